#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/broadcast.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/kernels/cpu/reduce/reduce_axes-inl.h>
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
// Highway's order: what is compiled once per instruction set comes after foreach_target.
#include <gluino/kernels/cpu/reduce/reduce_range-inl.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_REDUCE_ONCE
#define GLUINO_KERNELS_REDUCE_ONCE
namespace gluino::kernels {

// An associative function: what it starts from, how an element enters, how two results join.
struct SumOp {
  template <class T>
  static constexpr std::size_t kBytes = 32 * sizeof(T);
  static constexpr std::int64_t kBlock = kReduceBlock;
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
  static constexpr bool kGreatest = true;
  template <class T>
  static constexpr std::size_t kBytes = 512;
  static constexpr std::int64_t kBlock = kReducePart;
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
  static constexpr bool kGreatest = false;
  template <class T>
  static constexpr std::size_t kBytes = 512;
  static constexpr std::int64_t kBlock = kReducePart;
  template <class T>
  static constexpr T start() {
    return std::numeric_limits<T>::infinity();
  }
  template <class T>
  static T join(T a, T b) {
    return a != a ? a : (a < b ? a : b);
  }
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
