#include <gluino/kernels/cpu/movement/indexing.h>
#include <gluino/ops/core/stored.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/cast.h>
#include <gluino/ops/indexing/embedding.h>
#include <gluino/ops/sparse/stored_rows-inl.h>

#include <algorithm>

namespace gluino {
namespace {

template <bool kAlways>
bool is_sparse(const EmbeddingOptions& o) {
  return kAlways || o.sparse_grad;
}

// The gradient of the rows that data names, each once: sums in the order of the data.
template <bool kAlways>
std::vector<NDArray> backward(const EmbeddingOptions& o, const StoredGradientCall& call) {
  if (!is_sparse<kAlways>(o) || !call.wanted[1] || !call.out_grad[0].defined()) return {};
  RowNumbers places =
      ops::cast(call.in[0].tostype(StorageType::dense), {.dtype = int64}).to_vector<std::int64_t>();
  kernels::bound_indices(places.data(), static_cast<std::int64_t>(places.size()), o.input_dim,
                         kernels::IndexMode::clip);
  RowNumbers rows = places;
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  for (std::int64_t& place : places) {
    place = std::lower_bound(rows.begin(), rows.end(), place) - rows.begin();
  }
  const auto count = static_cast<std::int64_t>(rows.size());
  const DType dtype = call.out_grad[0].dtype();
  const bool half = dtype == float16 || dtype == bfloat16;
  const NDArray given = call.out_grad[0].tostype(StorageType::dense);
  const NDArray dy = half ? ops::cast(given, {.dtype = float32}) : given;
  const NDArray sums(Shape{count, o.output_dim}, dy.dtype(), dy.context());
  dispatch_real(dy.dtype(), "Embedding", [&]<class T>() {
    kernels::take_gradient<T>(dy.data<T>(), places.data(), static_cast<std::int64_t>(places.size()),
                              sums.data<T>(), {.outer = 1, .n = count, .inner = o.output_dim});
  });
  const NDArray values = half ? ops::cast(sums, {.dtype = dtype}) : sums;
  return {NDArray(), array_of_rows(values, rows, call.form[1].shape)};
}

template <bool kAlways>
bool gives_rows(const EmbeddingOptions& o, std::span<const StorageType> /*in*/, int input) {
  return is_sparse<kAlways>(o) && input == 1;
}

template <bool kAlways>
bool add(const char* op) {
  return add_stored<EmbeddingOptions>(op, nullptr, backward<kAlways>, is_sparse<kAlways>,
                                      gives_rows<kAlways>);
}

[[maybe_unused]] const bool added =
    add<false>("Embedding") && add<true>("_contrib_SparseEmbedding");

}  // namespace
}  // namespace gluino
