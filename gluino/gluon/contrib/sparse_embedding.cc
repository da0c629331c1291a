#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/contrib/sparse_embedding.h>

namespace gluino::gluon::contrib::nn {

SparseEmbedding::SparseEmbedding(const SparseEmbeddingOptions& o)
    : Block(new_prefix("sparseembedding", o.prefix)),
      op_options_{.input_dim = o.input_dim,
                  .output_dim = o.output_dim,
                  .dtype = o.dtype,
                  .sparse_grad = true} {
  check(o.input_dim > 0 && o.output_dim > 0, "[SparseEmbedding ", name(),
        "] input_dim and output_dim: expected at least 1, got ", o.input_dim, " and ",
        o.output_dim);
  weight_ = parameter("weight", {.shape = {o.input_dim, o.output_dim},
                                 .dtype = o.dtype,
                                 .init = o.weight_initializer,
                                 .stype = StorageType::row_sparse,
                                 .grad_stype = StorageType::row_sparse});
}

NDArray SparseEmbedding::forward(const NDArray& input) {
  return ops::Embedding(input, weight_.row_sparse_data(input), op_options_);
}

std::string SparseEmbedding::to_string() const {
  return str(type_name(), "(", op_options_.input_dim, " -> ", op_options_.output_dim, ", ",
             op_options_.dtype, ")");
}

}  // namespace gluino::gluon::contrib::nn
