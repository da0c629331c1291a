#pragma once

#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/sparse_array.h>

#include <cstdint>
#include <vector>

/// The elements that a csr array stores. Only this corner includes it.
namespace gluino {

using Numbers = std::vector<std::int64_t>;

inline NDArray csr_of(const NDArray& values, const Numbers& columns, const Numbers& starts,
                      const Shape& shape) {
  const Context& place = values.context();
  return make_sparse({StorageType::csr, values, nd::from(columns, values.shape(), place),
                      nd::from(starts, Shape{static_cast<std::int64_t>(starts.size())}, place)},
                     shape);
}

/// A csr array's places, for loops.
struct Csr {
  explicit Csr(const NDArray& array)
      : values(array.stored_values()),
        columns(array.indices().data<std::int64_t>()),
        starts(array.indptr().data<std::int64_t>()),
        rows(array.shape()[0]),
        width(array.shape()[1]) {}

  NDArray values;
  const std::int64_t* columns;
  const std::int64_t* starts;
  std::int64_t rows, width;
};

/// The elements that either of two csr arrays stores, with the values of both; 0 where one has
/// none.
struct StoredUnion {
  StoredUnion(const NDArray& a, const NDArray& b) : shape(a.shape()) {
    const NDArray one = nd::sparse::in_order(a), other = nd::sparse::in_order(b);
    const Csr x(one), y(other);
    constexpr std::int64_t none = -1;
    Numbers from_x, from_y;
    for (std::int64_t row = 0; row < x.rows; ++row) {
      std::int64_t i = x.starts[row], j = y.starts[row];
      while (i < x.starts[row + 1] || j < y.starts[row + 1]) {
        const bool ends_x = i >= x.starts[row + 1], ends_y = j >= y.starts[row + 1];
        const std::int64_t column = ends_x   ? y.columns[j]
                                    : ends_y ? x.columns[i]
                                             : std::min(x.columns[i], y.columns[j]);
        columns.push_back(column);
        from_x.push_back(!ends_x && x.columns[i] == column ? i++ : none);
        from_y.push_back(!ends_y && y.columns[j] == column ? j++ : none);
      }
      starts.push_back(static_cast<std::int64_t>(columns.size()));
    }
    left = taken(x.values, from_x);
    right = taken(y.values, from_y);
  }

  NDArray with(const NDArray& values) const { return csr_of(values, columns, starts, shape); }

  Shape shape;
  Numbers columns, starts{0};
  NDArray left, right;

 private:
  static NDArray taken(const NDArray& values, const Numbers& places) {
    const NDArray found(Shape{static_cast<std::int64_t>(places.size())}, values.dtype(),
                        values.context());
    dispatch(values.dtype(), [&]<class T>() {
      T* to = found.data<T>();
      for (const std::int64_t place : places) *to++ = place < 0 ? T(0) : values.data<T>()[place];
    });
    return found;
  }
};

/// The elements of a dense matrix, row, column or number at the places that a csr array stores.
inline NDArray elements_at(const NDArray& csr, const NDArray& dense) {
  const Csr x(csr);
  const NDArray found(x.values.shape(), dense.dtype(), dense.context());
  const int ndim = dense.ndim();
  const std::int64_t width = ndim > 0 ? dense.shape()[ndim - 1] : 1;
  const std::int64_t column_step = width == 1 ? 0 : 1;
  const std::int64_t row_step = ndim > 1 && dense.shape()[ndim - 2] != 1 ? width : 0;
  dispatch(dense.dtype(), [&]<class T>() {
    const T* from = dense.data<T>();
    T* to = found.data<T>();
    for (std::int64_t row = 0; row < x.rows; ++row) {
      for (std::int64_t i = x.starts[row]; i < x.starts[row + 1]; ++i) {
        to[i] = from[row * row_step + x.columns[i] * column_step];
      }
    }
  });
  return found;
}

/// The same array without elements that are 0.
inline NDArray without_zeros(const NDArray& csr) {
  const Csr x(csr);
  return dispatch(csr.dtype(), [&]<class T>() {
    const T* values = x.values.data<T>();
    Numbers kept, columns, starts{0};
    for (std::int64_t row = 0; row < x.rows; ++row) {
      for (std::int64_t i = x.starts[row]; i < x.starts[row + 1]; ++i) {
        if (static_cast<double>(values[i]) == 0) continue;
        kept.push_back(i);
        columns.push_back(x.columns[i]);
      }
      starts.push_back(static_cast<std::int64_t>(kept.size()));
    }
    const NDArray left(Shape{static_cast<std::int64_t>(kept.size())}, csr.dtype(), csr.context());
    T* to = left.data<T>();
    for (const std::int64_t place : kept) *to++ = values[place];
    return csr_of(left, columns, starts, csr.shape());
  });
}

}  // namespace gluino
