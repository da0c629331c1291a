#pragma once

#include <gluino/gluon/hybrid_block.h>
#include <gluino/ops/indexing/embedding.h>

namespace gluino::gluon::nn {

struct EmbeddingLayerOptions {
  /// The matrix has so many rows of that size.
  std::int64_t input_dim = 0;
  std::int64_t output_dim = 0;
  DType dtype = float32;
  /// Without it, the initializer that initialize() is given.
  init::Initializer weight_initializer{};
  /// The gradient of the weight is row_sparse: it stores the rows that the input names.
  bool sparse_grad = false;
  std::string prefix{};
};

/// Rows of a matrix, weight (input_dim, output_dim), by their numbers: of an input of any shape, an
/// output with one axis more.
class GLUINO_API Embedding : public HybridBlock {
 public:
  using Options = EmbeddingLayerOptions;
  explicit Embedding(const EmbeddingLayerOptions& options);
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;
  const Parameter& weight() const { return weight_; }

 private:
  EmbeddingOptions op_options_;
  Parameter weight_;
};

}  // namespace gluino::gluon::nn
