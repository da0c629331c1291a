#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct EmbeddingOptions {
  std::int64_t input_dim = 0;
  std::int64_t output_dim = 0;
  /// The type of the weight, where it is not given.
  DType dtype = float32;
  /// The gradient of the weight is row_sparse: it stores the rows that data names.
  bool sparse_grad = false;
  /// A number outside the rows is an Error; see LabelCheck.
  bool check_labels = true;
};

namespace ops {

/// The rows of weight (input_dim, output_dim) that the numbers in data name: data's shape and a
/// last axis of size output_dim. Numbers outside are an Error or, unless LabelCheck is on, brought
/// inside.
template <Operand A>
A Embedding(const A& data, const A& weight, const EmbeddingOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<EmbeddingOptions>("Embedding");
  return call(op, options, {data, weight}, name);
}
template <SymbolicOperand A>
A Embedding(const A& data, const EmbeddingOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<EmbeddingOptions>("Embedding");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
