// Reductions over axes, made of those of contiguous elements and of columns (ReduceRange).
#pragma once

#include <gluino/base/parallel.h>
#include <gluino/base/shape.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/kernels/cpu/support/grain.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace gluino::kernels {

// Elements that are added in a row before sums are added pairwise, and those of a thread's part.
inline constexpr std::int64_t kReduceBlock = 1024;
inline constexpr std::int64_t kReducePart = 32 * kReduceBlock;

// One operation of one instruction set.
template <class T>
struct ReduceRange {
  T start;
  // The reduction of n contiguous elements.
  T (*contiguous)(const T* x, std::int64_t n);
  // y[j] joined with the columns of an (n, width) block whose rows are `stride` apart.
  void (*columns)(const T* x, std::int64_t n, std::int64_t width, std::int64_t stride, T* y);
  // y[j] joined with another result.
  void (*join)(const T* other, std::int64_t n, T* y);
};

template <class T>
T join(const ReduceRange<T>& range, T a, T b) {
  range.join(&b, 1, &a);
  return a;
}

// Axes joined where neighbours are both reduced or both kept: at most kMaxDims runs.
struct Runs {
  int count = 0;
  std::array<std::int64_t, Shape::kMaxDims> dims{};
  std::array<bool, Shape::kMaxDims> reduced{};
};

inline Runs join_axes(const Shape& shape, AxisMask axes) {
  Runs runs;
  for (int axis = 0; axis < shape.ndim(); ++axis) {
    const bool reduced = (axes >> axis & 1) != 0;
    if (shape[axis] == 1) continue;
    const auto last = static_cast<std::size_t>(runs.count - 1);
    if (runs.count > 0 && runs.reduced[last] == reduced) {
      runs.dims[last] *= shape[axis];
    } else {
      runs.dims[static_cast<std::size_t>(runs.count)] = shape[axis];
      runs.reduced[static_cast<std::size_t>(runs.count++)] = reduced;
    }
  }
  return runs;
}

// All of n contiguous elements, split into parts of a fixed size.
template <class T>
T reduce_all(const ReduceRange<T>& range, const T* x, std::int64_t n) {
  constexpr std::int64_t kPart = kReducePart;
  if (n <= kPart) return range.contiguous(x, n);
  std::vector<T> parts(static_cast<std::size_t>((n + kPart - 1) / kPart));
  const auto count = static_cast<std::int64_t>(parts.size());
  parallel_for(count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      parts[static_cast<std::size_t>(p)] =
          range.contiguous(x + p * kPart, std::min(kPart, n - p * kPart));
    }
  });
  while (parts.size() > 1) {
    std::vector<T> joined((parts.size() + 1) / 2);
    for (std::size_t i = 0; i < joined.size(); ++i) {
      joined[i] =
          2 * i + 1 < parts.size() ? join(range, parts[2 * i], parts[2 * i + 1]) : parts[2 * i];
    }
    parts = std::move(joined);
  }
  return parts[0];
}

// Joins the rows of (n, width) into y, halving n so that sums stay accurate.
template <class T>
void join_rows(const ReduceRange<T>& range, const T* x, std::int64_t n, std::int64_t width,
               std::int64_t stride, T* y) {
  constexpr std::int64_t kRows = 128;
  if (n <= kRows) {
    range.columns(x, n, width, stride, y);
    return;
  }
  const std::int64_t half = n / 2;
  std::array<T, 256> other;
  join_rows(range, x, half, width, stride, y);
  std::fill_n(other.data(), width, range.start);
  join_rows(range, x + half * stride, n - half, width, stride, other.data());
  range.join(other.data(), width, y);
}

// Reduces the middle axis of (outer, n, inner), inner > 1.
template <class T>
void reduce_middle(const ReduceRange<T>& range, const T* x, std::int64_t outer, std::int64_t n,
                   std::int64_t inner, T* y) {
  constexpr std::int64_t kTile = 256;  // columns that a thread takes: join_rows keeps as many
  const std::int64_t tiles = (inner + kTile - 1) / kTile;
  const std::int64_t work = n * std::min(inner, kTile);
  parallel_for(outer * tiles, row_grain(work, kCopyGrain),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::int64_t o = i / tiles;
                   const std::int64_t column = i % tiles * kTile;
                   const std::int64_t width = std::min(kTile, inner - column);
                   T* out = y + o * inner + column;
                   std::fill_n(out, width, range.start);
                   join_rows(range, x + o * n * inner + column, n, width, inner, out);
                 }
               });
}

// Tall and narrow, (n, inner) to (inner): too few columns to share among threads, so the rows are
// split into fixed parts first.
template <class T>
void reduce_tall(const ReduceRange<T>& range, const T* x, std::int64_t n, std::int64_t inner,
                 T* y) {
  const std::int64_t rows = std::max<std::int64_t>(1, kCopyGrain / inner);
  std::int64_t parts = (n + rows - 1) / rows;
  std::vector<T> partial(static_cast<std::size_t>(parts * inner));
  parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      reduce_middle(range, x + p * rows * inner, 1, std::min(rows, n - p * rows), inner,
                    partial.data() + p * inner);
    }
  });
  while (parts > 1) {
    const std::int64_t half = (parts + 1) / 2;
    range.join(partial.data() + half * inner, (parts - half) * inner, partial.data());
    parts = half;
  }
  std::copy_n(partial.data(), inner, y);
}

template <class T>
void reduce_one_axis(const ReduceRange<T>& range, const T* x, std::int64_t outer, std::int64_t n,
                     std::int64_t inner, T* y) {
  if (inner == 1 && outer == 1) {
    *y = reduce_all(range, x, n);
  } else if (inner == 1) {
    parallel_for(outer, row_grain(n, kCopyGrain), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t o = begin; o < end; ++o) y[o] = range.contiguous(x + o * n, n);
    });
  } else if (outer == 1 && inner <= 4096 && n * inner > 4 * kCopyGrain && n > kCopyGrain / inner) {
    reduce_tall(range, x, n, inner, y);
  } else {
    reduce_middle(range, x, outer, n, inner, y);
  }
}

// Reduces run after run, the innermost first, through buffers. `first` enters elements (squares
// them, say); `next` joins results.
template <class T>
void reduce_axes(const ReduceRange<T>& first, const ReduceRange<T>& next, const T* x,
                 const Shape& shape, AxisMask axes, T* y) {
  const std::int64_t out_size = reduced_shape(shape, axes, true).size();
  if (out_size == 0) return;
  if (shape.size() == 0) {
    std::fill_n(y, out_size, first.start);
    return;
  }
  Runs runs = join_axes(shape, axes);
  std::vector<T> buffers[2];
  const T* from = x;
  int left = static_cast<int>(std::count(runs.reduced.begin(), runs.reduced.end(), true));
  if (left == 0) {
    // Nothing to join, but elements may have to enter (the magnitude of each).
    for (std::int64_t i = 0; i < out_size; ++i) y[i] = first.contiguous(x + i, 1);
    return;
  }
  std::int64_t inner = 1;
  bool is_first = true;
  for (int run = runs.count - 1; run >= 0; --run) {
    const auto i = static_cast<std::size_t>(run);
    if (!runs.reduced[i]) {
      inner *= runs.dims[i];
      continue;
    }
    std::int64_t outer = 1;
    for (std::size_t o = 0; o < i; ++o) outer *= runs.dims[o];
    T* to = y;
    if (--left > 0) {
      auto& buffer = buffers[left % 2];
      buffer.resize(static_cast<std::size_t>(outer * inner));
      to = buffer.data();
    }
    reduce_one_axis(is_first ? first : next, from, outer, runs.dims[i], inner, to);
    is_first = false;
    from = to;
  }
}

}  // namespace gluino::kernels
