#include <gluino/base/error.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/sparse.h>
#include <gluino/ndarray/sparse_array.h>

#include <algorithm>
#include <cstring>
#include <numeric>

// One way of storage made from another.
namespace gluino::nd::sparse {
namespace {

using Places = std::vector<std::int64_t>;

// The rows of the first axis that are not 0, copied.
NDArray rows_of(const NDArray& dense) {
  check(dense.ndim() > 0, "tostype: a scalar has no rows to be stored");
  const std::int64_t width = dense.shape().size_between(1, dense.ndim());
  return dispatch(dense.dtype(), [&]<class T>() {
    const T* x = dense.data<T>();
    Places places;
    for (std::int64_t row = 0; row < dense.shape()[0]; ++row) {
      const T* const begin = x + row * width;
      if (std::any_of(begin, begin + width,
                      [](T value) { return static_cast<double>(value) != 0; }))
        places.push_back(row);
    }
    Shape stored = dense.shape();
    stored[0] = static_cast<std::int64_t>(places.size());
    const NDArray values(stored, dense.dtype(), dense.context());
    T* to = values.data<T>();
    for (const std::int64_t row : places) to = std::copy_n(x + row * width, width, to);
    const Shape count{stored[0]};
    return make_sparse({StorageType::row_sparse, values, from(places, count, dense.context())},
                       dense.shape());
  });
}

// The elements of a matrix that are not 0.
NDArray elements_of(const NDArray& dense) {
  check(dense.ndim() == 2, "tostype: only a matrix can be stored as csr, got shape ",
        dense.shape());
  const std::int64_t width = dense.shape()[1];
  return dispatch(dense.dtype(), [&]<class T>() {
    const T* x = dense.data<T>();
    Places columns, starts{0};
    std::vector<T> kept;
    for (std::int64_t row = 0; row < dense.shape()[0]; ++row, x += width) {
      for (std::int64_t column = 0; column < width; ++column) {
        if (static_cast<double>(x[column]) == 0) continue;
        columns.push_back(column);
        kept.push_back(x[column]);
      }
      starts.push_back(static_cast<std::int64_t>(columns.size()));
    }
    const Shape count{static_cast<std::int64_t>(kept.size())};
    const NDArray values(count, dense.dtype(), dense.context());
    std::copy(kept.begin(), kept.end(), values.data<T>());
    const Shape rows{static_cast<std::int64_t>(starts.size())};
    return make_sparse({StorageType::csr, values, from(columns, count, dense.context()),
                        from(starts, rows, dense.context())},
                       dense.shape());
  });
}

NDArray dense_of(const NDArray& given) {
  const NDArray sparse = in_order(given);
  const NDArray dense = nd::zeros(sparse.shape(), sparse.dtype(), sparse.context());
  const auto indices = sparse.indices().to_vector<std::int64_t>();
  if (sparse.stype() == StorageType::csr) {
    params::scatter_csr(sparse.stored_values(), sparse.indptr().to_vector<std::int64_t>(), indices,
                        dense);
  } else {
    params::scatter_rows(sparse.stored_values(), indices, dense);
  }
  return dense;
}

// The places of `keys` in such an order that those of each part, from one start to the next, grow.
std::vector<std::size_t> order_of(const Places& keys, const Places& starts) {
  std::vector<std::size_t> order(keys.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t part = 0; part + 1 < starts.size(); ++part) {
    std::sort(order.begin() + starts[part], order.begin() + starts[part + 1],
              [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
  }
  return order;
}

}  // namespace

NDArray stored_as(const NDArray& array, StorageType stype) {
  if (stype == array.stype()) return array;
  const NDArray dense = array.is_dense() ? array : dense_of(array);
  if (stype == StorageType::dense) return dense;
  return stype == StorageType::csr ? elements_of(dense) : rows_of(dense);
}

NDArray in_order(const NDArray& array) {
  if (array.is_dense() || parts_of(array).disorder.empty()) return array;
  SparseParts parts = parts_of(array);
  const auto places = array.indices().to_vector<std::int64_t>();
  const bool csr = parts.stype == StorageType::csr;
  const auto order = order_of(places, csr ? parts.indptr.to_vector<std::int64_t>()
                                          : Places{0, static_cast<std::int64_t>(places.size())});
  const NDArray& given = array.stored_values();
  parts.values = NDArray(given.shape(), given.dtype(), given.context());
  const std::size_t width = places.empty() ? 0 : given.bytes() / places.size();
  auto* to = static_cast<std::byte*>(parts.values.data());
  Places sorted;
  for (const std::size_t place : order) {
    sorted.push_back(places[place]);
    std::memcpy(to, static_cast<const std::byte*>(given.data()) + place * width, width);
    to += width;
  }
  parts.indices = from(sorted, array.indices().shape(), array.context());
  parts.disorder.clear();
  return make_sparse(std::move(parts), array.shape());
}

}  // namespace gluino::nd::sparse
