#pragma once

#include <gluino/gluon/block.h>
#include <gluino/ops/indexing/embedding.h>

#include <string>

namespace gluino::gluon::contrib::nn {

struct SparseEmbeddingOptions {
  /// The matrix has so many rows of that size.
  std::int64_t input_dim = 0;
  std::int64_t output_dim = 0;
  DType dtype = float32;
  /// Without it, the initializer that initialize() is given.
  init::Initializer weight_initializer{};
  std::string prefix{};
};

/// Embedding whose weight and gradient are row_sparse: a step of training touches the rows of its
/// batch alone. No hybrid block, as graphs hold dense arrays.
class GLUINO_API SparseEmbedding : public Block {
 public:
  using Options = SparseEmbeddingOptions;
  explicit SparseEmbedding(const SparseEmbeddingOptions& options);
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;
  const Parameter& weight() const { return weight_; }

 private:
  EmbeddingOptions op_options_;
  Parameter weight_;
};

}  // namespace gluino::gluon::contrib::nn
