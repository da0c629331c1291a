#pragma once

#include <gluino/ops/core/invoke.h>

#include <string>

/// Other ways to store an array, as operators, so that a gradient finds its way.
namespace gluino {

struct CastStorageOptions {
  /// "default", "csr" or "row_sparse".
  std::string stype = "default";
};

namespace ops {

/// The same elements, stored as stype says: see NDArray::tostype.
template <Operand A>
A cast_storage(const A& data, const CastStorageOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<CastStorageOptions>("cast_storage");
  return call(op, options, {data}, name);
}

/// The rows of data that `indices` names; the others are 0. Of row_sparse data it stores just the
/// rows named, in order, each once, also those that data did not store: updates that look at stored
/// rows alone find them. Throws Error for indices outside.
template <Operand A>
A sparse_retain(const A& data, const A& indices, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_sparse_retain");
  return call(op, NoOptions{}, {data, indices}, name);
}

}  // namespace ops
}  // namespace gluino
