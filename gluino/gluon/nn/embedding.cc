#include <gluino/base/error.h>
#include <gluino/gluon/nn/embedding.h>

namespace gluino::gluon::nn {

Embedding::Embedding(const EmbeddingLayerOptions& options)
    : HybridBlock(new_prefix("embedding", options.prefix)),
      op_options_{.input_dim = options.input_dim,
                  .output_dim = options.output_dim,
                  .dtype = options.dtype,
                  .sparse_grad = options.sparse_grad} {
  check(options.input_dim > 0 && options.output_dim > 0, "[Embedding ", name(),
        "] input_dim and output_dim: expected at least 1, got ", options.input_dim, " and ",
        options.output_dim);
  weight_ = parameter(
      "weight", {.shape = {options.input_dim, options.output_dim},
                 .dtype = options.dtype,
                 .init = options.weight_initializer,
                 .grad_stype = options.sparse_grad ? StorageType::row_sparse : StorageType::dense});
}

NDArray Embedding::forward(const NDArray& input) {
  static const Op& op = Op::get<EmbeddingOptions>("Embedding");
  return apply_op(op, &op_options_, input, {&weight_});
}

std::string Embedding::to_string() const {
  return str(type_name(), "(", op_options_.input_dim, " -> ", op_options_.output_dim, ", ",
             op_options_.dtype, ")");
}

}  // namespace gluino::gluon::nn
