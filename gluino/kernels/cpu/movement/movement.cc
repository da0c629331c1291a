#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/movement/movement.h>
#include <gluino/kernels/cpu/support/grain.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace gluino::kernels {
namespace {

// Both walks, axes of size 1 dropped and neighbours joined where both walks allow it.
struct Walk {
  int ndim = 0;
  std::array<std::int64_t, Shape::kMaxDims> dims{};
  Strides from{};
  Strides to{};

  Walk(const Shape& shape, const Strides& source, const Strides& destination) {
    for (int axis = 0; axis < shape.ndim(); ++axis) {
      const auto i = static_cast<std::size_t>(axis);
      if (shape[axis] == 1) continue;
      const auto last = static_cast<std::size_t>(ndim - 1);
      if (ndim > 0 && from[last] == source[i] * shape[axis] &&
          to[last] == destination[i] * shape[axis]) {
        dims[last] *= shape[axis];
        from[last] = source[i];
        to[last] = destination[i];
      } else {
        append(shape[axis], source[i], destination[i]);
      }
    }
    if (ndim == 0) append(1, 1, 1);
  }

  // Takes an axis out.
  void drop(int axis) {
    for (int next = axis + 1; next < ndim; ++next) {
      const auto i = static_cast<std::size_t>(next);
      dims[i - 1] = dims[i];
      from[i - 1] = from[i];
      to[i - 1] = to[i];
    }
    --ndim;
  }

  std::int64_t count() const {
    std::int64_t count = 1;
    for (int axis = 0; axis < ndim; ++axis) count *= dims[static_cast<std::size_t>(axis)];
    return count;
  }

  // The offsets of the index-th item.
  std::pair<std::int64_t, std::int64_t> offsets(std::int64_t index) const {
    std::pair<std::int64_t, std::int64_t> result;
    for (int axis = ndim - 1; axis >= 0; --axis) {
      const auto i = static_cast<std::size_t>(axis);
      const std::int64_t place = index % dims[i];
      index /= dims[i];
      result.first += place * from[i];
      result.second += place * to[i];
    }
    return result;
  }

 private:
  void append(std::int64_t dim, std::int64_t source, std::int64_t destination) {
    const auto i = static_cast<std::size_t>(ndim++);
    dims[i] = dim;
    from[i] = source;
    to[i] = destination;
  }
};

// One line of n elements.
template <class T>
void copy_line(const T* from, std::int64_t from_step, T* to, std::int64_t to_step, std::int64_t n) {
  if (from_step == 1 && to_step == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
  } else if (to_step == 1) {
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[i * from_step];
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i * to_step] = from[i * from_step];
  }
}

constexpr std::int64_t kTile = 8;

// A block of rows x columns, dense along `rows` in the source and along `columns` in the
// destination, in small tiles, so that each line that is fetched is used up.
template <class T>
void transpose_block(const T* from, std::int64_t column_step, T* to, std::int64_t row_step,
                     std::int64_t rows, std::int64_t columns) {
  std::int64_t j = 0;
  for (; j + kTile <= columns; j += kTile) {
    std::int64_t i = 0;
    for (; i + kTile <= rows; i += kTile) {
      T tile[kTile][kTile];
      for (std::int64_t c = 0; c < kTile; ++c) {
        std::memcpy(tile[c], from + (j + c) * column_step + i, sizeof(tile[c]));
      }
      for (std::int64_t r = 0; r < kTile; ++r) {
        T* line = to + (i + r) * row_step + j;
        for (std::int64_t c = 0; c < kTile; ++c) line[c] = tile[c][r];
      }
    }
    for (; i < rows; ++i) {
      for (std::int64_t c = 0; c < kTile; ++c) {
        to[i * row_step + j + c] = from[(j + c) * column_step + i];
      }
    }
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t c = j; c < columns; ++c) to[i * row_step + c] = from[c * column_step + i];
  }
}

// The last axis is dense in the destination, axis `dense` in the source.
template <class T>
void copy_transposed(const T* from, T* to, Walk walk, int dense) {
  constexpr std::int64_t kRows = 64;
  const auto last = static_cast<std::size_t>(walk.ndim - 1);
  const auto first = static_cast<std::size_t>(dense);
  const std::int64_t columns = walk.dims[last];
  const std::int64_t column_step = walk.from[last];
  const std::int64_t rows = walk.dims[first];
  const std::int64_t row_step = walk.to[first];
  walk.drop(walk.ndim - 1);
  walk.drop(dense);
  const std::int64_t pieces = (rows + kRows - 1) / kRows;
  const std::int64_t grain = row_grain(std::min(rows, kRows) * columns, kCopyGrain);
  parallel_for(walk.count() * pieces, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto [source, destination] = walk.offsets(i / pieces);
      const std::int64_t row = i % pieces * kRows;
      transpose_block(from + source + row, column_step, to + destination + row * row_step, row_step,
                      std::min(kRows, rows - row), columns);
    }
  });
}

template <class T>
void copy_walk(const T* from, T* to, Walk walk) {
  const auto last = static_cast<std::size_t>(walk.ndim - 1);
  const std::int64_t from_step = walk.from[last];
  const std::int64_t to_step = walk.to[last];
  if (from_step != 1 && to_step == 1) {
    for (int axis = 0; axis + 1 < walk.ndim; ++axis) {
      if (walk.from[static_cast<std::size_t>(axis)] == 1) {
        return copy_transposed(from, to, walk, axis);
      }
    }
  }
  const std::int64_t n = walk.dims[last];
  if (walk.ndim == 1) {
    parallel_for(n, kCopyGrain, [&](std::int64_t begin, std::int64_t end) {
      copy_line(from + begin * from_step, from_step, to + begin * to_step, to_step, end - begin);
    });
    return;
  }
  walk.drop(walk.ndim - 1);
  parallel_for(walk.count(), row_grain(n, kCopyGrain), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto [source, destination] = walk.offsets(i);
      copy_line(from + source, from_step, to + destination, to_step, n);
    }
  });
}

// Elements of other types are moved through these.
using Bits8 [[gnu::may_alias]] = std::uint8_t;
using Bits16 [[gnu::may_alias]] = std::uint16_t;
using Bits32 [[gnu::may_alias]] = std::uint32_t;
using Bits64 [[gnu::may_alias]] = std::uint64_t;

}  // namespace

Strides dense_strides(const Shape& shape) {
  Strides strides{};
  std::int64_t stride = 1;
  for (int axis = shape.ndim() - 1; axis >= 0; --axis) {
    strides[static_cast<std::size_t>(axis)] = stride;
    stride *= shape[axis];
  }
  return strides;
}

void copy_strided(const void* source, const Strides& source_strides, void* destination,
                  const Strides& destination_strides, const Shape& shape,
                  std::size_t element_size) {
  if (shape.size() == 0) return;
  const Walk walk(shape, source_strides, destination_strides);
  switch (element_size) {
    case 1:
      return copy_walk(static_cast<const Bits8*>(source), static_cast<Bits8*>(destination), walk);
    case 2:
      return copy_walk(static_cast<const Bits16*>(source), static_cast<Bits16*>(destination), walk);
    case 4:
      return copy_walk(static_cast<const Bits32*>(source), static_cast<Bits32*>(destination), walk);
    case 8:
      return copy_walk(static_cast<const Bits64*>(source), static_cast<Bits64*>(destination), walk);
    default:
      fail("copy_strided: elements of ", element_size, " bytes");
  }
}

void transpose(const void* x, const Shape& shape, const Shape& permutation, void* y,
               std::size_t element_size) {
  bool valid = permutation.ndim() == shape.ndim();
  unsigned seen = 0;
  for (const std::int64_t axis : permutation) {
    valid = valid && axis >= 0 && axis < shape.ndim() && (seen >> axis & 1U) == 0;
    if (valid) seen |= 1U << axis;
  }
  check(valid, "transpose: ", permutation, " is no order of the axes of ", shape);
  const Strides dense = dense_strides(shape);
  Shape out;
  Strides strides{};
  for (const std::int64_t axis : permutation) {
    strides[static_cast<std::size_t>(out.ndim())] = dense[static_cast<std::size_t>(axis)];
    out.push_back(shape[static_cast<int>(axis)]);
  }
  copy_strided(x, strides, y, dense_strides(out), out, element_size);
}

}  // namespace gluino::kernels
