#include <gluino/kernels/cpu/movement/indexing.h>
#include <gluino/ops/core/stored.h>
#include <gluino/ops/elementwise/cast.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/sparse/stored_elements-inl.h>
#include <gluino/ops/sparse/stored_rows-inl.h>

#include <algorithm>

// Parts of csr arrays, and csr arrays made of parts.
namespace gluino {
namespace {

using Results = std::vector<NDArray>;

// Where a slice begins along an axis.
std::int64_t begin_of(const SliceOptions& o, std::size_t axis, std::int64_t size) {
  if (axis >= o.begin.size()) return 0;
  const std::int64_t begin = o.begin[axis].value_or(0);
  return std::clamp<std::int64_t>(begin < 0 ? begin + size : begin, 0, size);
}

Results sliced(const SliceOptions& o, const StoredCall& call) {
  const NDArray& data = call.in[0];
  const bool plain = std::all_of(o.step.begin(), o.step.end(),
                                 [](const auto& step) { return step.value_or(1) == 1; });
  if (data.stype() != StorageType::csr || !plain) return {};
  const Csr x(data);
  const Shape& shape = call.form[0].shape;
  const std::int64_t first = begin_of(o, 0, x.rows);
  const std::int64_t left = begin_of(o, 1, x.width);
  return dispatch(data.dtype(), [&]<class T>() {
    const T* from = x.values.data<T>();
    std::vector<T> values;
    Numbers columns, starts{0};
    for (std::int64_t row = first; row < first + shape[0]; ++row) {
      for (std::int64_t i = x.starts[row]; i < x.starts[row + 1]; ++i) {
        if (x.columns[i] < left || x.columns[i] >= left + shape[1]) continue;
        columns.push_back(x.columns[i] - left);
        values.push_back(from[i]);
      }
      starts.push_back(static_cast<std::int64_t>(columns.size()));
    }
    const NDArray kept(Shape{static_cast<std::int64_t>(columns.size())}, data.dtype(),
                       data.context());
    std::copy(values.begin(), values.end(), kept.data<T>());
    return Results{csr_of(kept, columns, starts, shape)};
  });
}

[[maybe_unused]] const bool slice = add_stored<SliceOptions>("slice", sliced);

// Rows by their numbers.
Results taken(const TakeOptions& o, const StoredCall& call) {
  const NDArray& data = call.in[0];
  const NDArray& indices = call.in[1];
  if (data.stype() != StorageType::csr || normalize_axis(o.axis, 2) != 0 || indices.ndim() != 1 ||
      !(o.mode == "clip" || o.mode == "wrap")) {
    return {};
  }
  Numbers rows =
      ops::cast(indices.tostype(StorageType::dense), {.dtype = int64}).to_vector<std::int64_t>();
  kernels::bound_indices(rows.data(), static_cast<std::int64_t>(rows.size()), data.shape()[0],
                         o.mode == "wrap" ? kernels::IndexMode::wrap : kernels::IndexMode::clip);
  const Csr x(data);
  Numbers places, columns, starts{0};
  for (const std::int64_t row : rows) {
    for (std::int64_t i = x.starts[row]; i < x.starts[row + 1]; ++i) {
      places.push_back(i);
      columns.push_back(x.columns[i]);
    }
    starts.push_back(static_cast<std::int64_t>(columns.size()));
  }
  return {csr_of(gathered(x.values, places), columns, starts, call.form[0].shape)};
}

[[maybe_unused]] const bool take = add_stored<TakeOptions>("take", taken);

// Rows below rows.
Results joined(const ConcatOptions& o, const StoredCall& call) {
  for (const NDArray& part : call.in) {
    if (part.stype() != StorageType::csr) return {};
  }
  if (normalize_axis(o.dim, 2) != 0) return {};
  std::vector<NDArray> values, columns;
  Numbers starts{0};
  for (const NDArray& part : call.in) {
    const NDArray sorted = nd::sparse::in_order(part);
    const std::int64_t before = starts.back();
    const Csr x(sorted);
    for (std::int64_t row = 1; row <= x.rows; ++row) starts.push_back(before + x.starts[row]);
    values.push_back(sorted.stored_values());
    columns.push_back(sorted.indices());
  }
  const NDArray all = ops::concat(values, {.dim = 0});
  const NDArray places = ops::concat(columns, {.dim = 0});
  return {csr_of(all, places.to_vector<std::int64_t>(), starts, call.form[0].shape)};
}

[[maybe_unused]] const bool concat = add_stored<ConcatOptions>("Concat", joined);

}  // namespace
}  // namespace gluino
