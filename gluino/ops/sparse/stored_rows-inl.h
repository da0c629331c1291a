#pragma once

#include <gluino/base/parallel.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/sparse_array.h>

#include <algorithm>
#include <cstring>
#include <vector>

/// The rows that a row_sparse array stores. Only this corner includes it.
namespace gluino {

using RowNumbers = std::vector<std::int64_t>;

/// An array of rows at places that are in order, each once.
inline NDArray array_of_rows(const NDArray& values, const RowNumbers& rows, const Shape& shape) {
  const Shape count{static_cast<std::int64_t>(rows.size())};
  return make_sparse({StorageType::row_sparse, values, nd::from(rows, count, values.context())},
                     shape);
}

struct StoredRows {
  explicit StoredRows(const NDArray& given) : shape(given.shape()) {
    const NDArray array = nd::sparse::in_order(given);
    values = array.stored_values();
    rows = array.indices().to_vector<std::int64_t>();
  }

  /// Bytes of a row.
  std::size_t width() const {
    return static_cast<std::size_t>(shape.size_between(1, shape.ndim())) * size_of(values.dtype());
  }

  /// The values at `wanted`, in order; 0 where nothing is stored.
  NDArray at(const RowNumbers& wanted) const {
    Shape size = shape;
    size[0] = static_cast<std::int64_t>(wanted.size());
    const NDArray found(size, values.dtype(), values.context());
    auto* to = static_cast<std::byte*>(found.data());
    const auto* from = static_cast<const std::byte*>(values.data());
    if (width() == 0) return found;
    for (std::size_t i = 0, j = 0; i < wanted.size(); ++i, to += width()) {
      while (j < rows.size() && rows[j] < wanted[i]) ++j;
      if (j < rows.size() && rows[j] == wanted[i]) {
        std::memcpy(to, from + j * width(), width());
      } else {
        std::memset(to, 0, width());
      }
    }
    return found;
  }

  /// The array that stores these rows alone.
  NDArray taken(const RowNumbers& wanted) const { return array_of_rows(at(wanted), wanted, shape); }

  Shape shape;
  NDArray values;
  RowNumbers rows;
};

/// Rows of a dense array, copied.
inline NDArray gathered(const NDArray& dense, const RowNumbers& rows) {
  Shape size = dense.shape();
  size[0] = static_cast<std::int64_t>(rows.size());
  const NDArray found(size, dense.dtype(), dense.context());
  const auto width = static_cast<std::size_t>(dense.shape().size_between(1, dense.ndim())) *
                     size_of(dense.dtype());
  auto* to = static_cast<std::byte*>(found.data());
  if (width == 0) return found;
  for (const std::int64_t row : rows) {
    std::memcpy(to, static_cast<std::byte*>(dense.data()) + static_cast<std::size_t>(row) * width,
                width);
    to += width;
  }
  return found;
}

/// Rows of a dense array, overwritten.
inline void scatter(const NDArray& values, const RowNumbers& rows, const NDArray& dense) {
  const auto width = static_cast<std::size_t>(dense.shape().size_between(1, dense.ndim())) *
                     size_of(dense.dtype());
  const auto* from = static_cast<const std::byte*>(values.data());
  if (width == 0) return;
  for (const std::int64_t row : rows) {
    std::memcpy(static_cast<std::byte*>(dense.data()) + static_cast<std::size_t>(row) * width, from,
                width);
    from += width;
  }
  dense.note_change();
}

}  // namespace gluino
