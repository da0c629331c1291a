#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/broadcast.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/reduce/reduce.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_REDUCE_ONCE
#define GLUINO_KERNELS_REDUCE_ONCE
namespace gluino::kernels {

// What is summed in one go, elementwise, into kLanes partial results.
constexpr std::int64_t kLanes = 32;
constexpr std::int64_t kBlock = 1024;

// An associative function: what it starts from, how an element enters, how two results join.
struct SumOp {
  template <class T>
  static constexpr T start() {
    return 0;
  }
  template <class T>
  static T enter(T x) {
    return x;
  }
  template <class T>
  static T join(T a, T b) {
    return a + b;
  }
};
struct SumOfSquaresOp : SumOp {
  template <class T>
  static T enter(T x) {
    return x * x;
  }
};
// Sums beyond the range are added again with terms that are so much smaller or larger.
constexpr double kSmallerTerms = 0x1p-64;
template <class T>
constexpr double kSmallerSquares = sizeof(T) == 4 ? 0x1p-80 : 0x1p-600;
template <class T>
constexpr double kLargerSquares = sizeof(T) == 4 ? 0x1p96 : 0x1p600;
struct SumOfSmallerOp : SumOp {
  template <class T>
  static T enter(T x) {
    return x * static_cast<T>(kSmallerTerms);
  }
};
struct SmallerSquaresOp : SumOp {
  template <class T>
  static T enter(T x) {
    const T scaled = x * static_cast<T>(kSmallerSquares<T>);
    return scaled * scaled;
  }
};
struct LargerSquaresOp : SumOp {
  template <class T>
  static T enter(T x) {
    const T scaled = x * static_cast<T>(kLargerSquares<T>);
    return scaled * scaled;
  }
};
struct SumOfMagnitudesOp : SumOp {
  template <class T>
  static T enter(T x) {
    return x < 0 ? -x : x;
  }
};
struct MaxOp : SumOp {
  template <class T>
  static constexpr T start() {
    return -std::numeric_limits<T>::infinity();
  }
  template <class T>
  static T join(T a, T b) {
    return a != a ? a : (a > b ? a : b);
  }
};
struct MinOp : SumOp {
  template <class T>
  static constexpr T start() {
    return std::numeric_limits<T>::infinity();
  }
  template <class T>
  static T join(T a, T b) {
    return a != a ? a : (a < b ? a : b);
  }
};

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
struct ReduceRanges {
  ReduceRange<T> sum, sum_of_smaller, sum_of_squares, smaller_squares, larger_squares,
      sum_of_magnitudes, max, min;
};

}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

// Plain loops over a fixed number of lanes: the same additions, in the same order, whatever the
// instruction set.
template <class Op, class T>
T reduce_block(const T* x, std::int64_t n) {
  if (n < kLanes) {
    T result = Op::template start<T>();
    for (std::int64_t i = 0; i < n; ++i) result = Op::join(result, Op::enter(x[i]));
    return result;
  }
  T lanes[kLanes];
  for (T& lane : lanes) lane = Op::template start<T>();
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) lanes[l] = Op::join(lanes[l], Op::enter(x[i + l]));
  }
  for (std::int64_t l = 0; i + l < n; ++l) lanes[l] = Op::join(lanes[l], Op::enter(x[i + l]));
  for (std::int64_t width = kLanes / 2; width > 0; width /= 2) {
    for (std::int64_t l = 0; l < width; ++l) lanes[l] = Op::join(lanes[l], lanes[l + width]);
  }
  return lanes[0];
}

template <class Op, class T>
T reduce_contiguous(const T* x, std::int64_t n) {
  if (n <= kBlock) return reduce_block<Op>(x, n);
  // Blocks are halved at multiples of the block's size: pairwise addition.
  const std::int64_t half = (n / kBlock + 1) / 2 * kBlock;
  return Op::join(reduce_contiguous<Op>(x, half), reduce_contiguous<Op>(x + half, n - half));
}

template <class Op, class T>
void reduce_columns(const T* x, std::int64_t n, std::int64_t width, std::int64_t stride, T* y) {
  for (std::int64_t row = 0; row < n; ++row) {
    const T* from = x + row * stride;
    for (std::int64_t j = 0; j < width; ++j) y[j] = Op::join(y[j], Op::enter(from[j]));
  }
}

template <class Op, class T>
void join_results(const T* other, std::int64_t n, T* y) {
  for (std::int64_t j = 0; j < n; ++j) y[j] = Op::join(y[j], other[j]);
}

template <class Op, class T>
constexpr ReduceRange<T> reduce_range() {
  return {Op::template start<T>(), &reduce_contiguous<Op, T>, &reduce_columns<Op, T>,
          &join_results<Op, T>};
}

template <class T>
const ReduceRanges<T>* reduce_ranges() {
  static constexpr ReduceRanges<T> ranges = {
      reduce_range<SumOp, T>(),           reduce_range<SumOfSmallerOp, T>(),
      reduce_range<SumOfSquaresOp, T>(),  reduce_range<SmallerSquaresOp, T>(),
      reduce_range<LargerSquaresOp, T>(), reduce_range<SumOfMagnitudesOp, T>(),
      reduce_range<MaxOp, T>(),           reduce_range<MinOp, T>()};
  return &ranges;
}
const ReduceRanges<float>* reduce_ranges_float() { return reduce_ranges<float>(); }
const ReduceRanges<double>* reduce_ranges_double() { return reduce_ranges<double>(); }

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {

namespace {

GLUINO_CHOSEN_TABLE(ReduceRanges, ranges, reduce_ranges_float, reduce_ranges_double)

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

Runs join_axes(const Shape& shape, AxisMask axes) {
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
  constexpr std::int64_t kPart = 32 * kBlock;
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

// y = sums / divisor. Where a sum left the range, which the result need not, it is taken again.
template <class T>
void add_up(const T* x, const Shape& shape, AxisMask axes, std::int64_t out_size, T divisor, T* y) {
  constexpr T kLargest = std::numeric_limits<T>::max();
  const ReduceRange<T>& sum = ranges<T>().sum;
  reduce_axes(sum, sum, x, shape, axes, y);
  if (std::all_of(y, y + out_size, [](T total) { return std::abs(total) <= kLargest; })) {
    if (divisor != 1) std::for_each(y, y + out_size, [=](T& total) { total /= divisor; });
    return;
  }
  std::vector<T> smaller(static_cast<std::size_t>(out_size));
  reduce_axes(ranges<T>().sum_of_smaller, sum, x, shape, axes, smaller.data());
  for (std::int64_t i = 0; i < out_size; ++i) {
    const T again = smaller[static_cast<std::size_t>(i)] / divisor;
    y[i] = std::abs(y[i]) <= kLargest ? y[i] / divisor : again / static_cast<T>(kSmallerTerms);
  }
}

// y = the roots of sums of squares; the same.
template <class T>
void root_of_squares(const T* x, const Shape& shape, AxisMask axes, std::int64_t out_size, T* y) {
  const ReduceRanges<T>& range = ranges<T>();
  reduce_axes(range.sum_of_squares, range.sum, x, shape, axes, y);
  constexpr T kLargest = std::numeric_limits<T>::max();
  // Below it squares that are rounded to multiples of the least number may matter.
  const T least = std::numeric_limits<T>::min() / std::numeric_limits<T>::epsilon() *
                  static_cast<T>(out_size == 0 ? 0 : shape.size() / out_size);
  const bool plain =
      std::all_of(y, y + out_size, [=](T sum) { return sum >= least && sum <= kLargest; });
  std::vector<T> smaller(static_cast<std::size_t>(plain ? 0 : out_size));
  std::vector<T> larger(smaller.size());
  if (!plain) {
    reduce_axes(range.smaller_squares, range.sum, x, shape, axes, smaller.data());
    reduce_axes(range.larger_squares, range.sum, x, shape, axes, larger.data());
  }
  for (std::int64_t i = 0; i < out_size; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (y[i] > kLargest) {
      y[i] = std::sqrt(smaller[at]) / static_cast<T>(kSmallerSquares<T>);
    } else if (y[i] < least) {
      y[i] = std::sqrt(larger[at]) / static_cast<T>(kLargerSquares<T>);
    } else {
      y[i] = std::sqrt(y[i]);
    }
  }
}

}  // namespace

Shape reduced_shape(const Shape& shape, AxisMask axes, bool keepdims) {
  Shape result;
  for (int axis = 0; axis < shape.ndim(); ++axis) {
    if ((axes >> axis & 1) == 0) {
      result.push_back(shape[axis]);
    } else if (keepdims) {
      result.push_back(1);
    }
  }
  return result;
}

namespace reduce {

template <class T>
void sum(const T* x, const Shape& shape, AxisMask axes, T* y) {
  add_up(x, shape, axes, reduced_shape(shape, axes, true).size(), T(1), y);
}

template <class T>
void mean(const T* x, const Shape& shape, AxisMask axes, T* y) {
  const std::int64_t out_size = reduced_shape(shape, axes, true).size();
  if (out_size == 0) return;
  add_up(x, shape, axes, out_size, static_cast<T>(shape.size() / out_size), y);
}

template <class T>
void max(const T* x, const Shape& shape, AxisMask axes, T* y) {
  reduce_axes(ranges<T>().max, ranges<T>().max, x, shape, axes, y);
}

template <class T>
void min(const T* x, const Shape& shape, AxisMask axes, T* y) {
  reduce_axes(ranges<T>().min, ranges<T>().min, x, shape, axes, y);
}

template <class T>
void sum_of_squares(const T* x, const Shape& shape, AxisMask axes, T* y) {
  reduce_axes(ranges<T>().sum_of_squares, ranges<T>().sum, x, shape, axes, y);
}

template <class T>
void norm(const T* x, const Shape& shape, AxisMask axes, int order, T* y) {
  check(order == 1 || order == 2, "norm: expected the order 1 or 2, got ", order);
  if (order == 1) {
    reduce_axes(ranges<T>().sum_of_magnitudes, ranges<T>().sum, x, shape, axes, y);
    return;
  }
  root_of_squares(x, shape, axes, reduced_shape(shape, axes, true).size(), y);
}

#define GLUINO_DEFINE(name)                                         \
  template void name(const float*, const Shape&, AxisMask, float*); \
  template void name(const double*, const Shape&, AxisMask, double*);
GLUINO_DEFINE(sum)
GLUINO_DEFINE(mean)
GLUINO_DEFINE(max)
GLUINO_DEFINE(min)
GLUINO_DEFINE(sum_of_squares)
#undef GLUINO_DEFINE
template void norm(const float*, const Shape&, AxisMask, int, float*);
template void norm(const double*, const Shape&, AxisMask, int, double*);

}  // namespace reduce

}  // namespace gluino::kernels
#endif
