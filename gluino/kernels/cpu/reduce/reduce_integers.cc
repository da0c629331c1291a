// Reductions of whole numbers, in which no order of the terms matters.
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/kernels/cpu/reduce/reduce_axes-inl.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/reduce/reduce_integers.cc"
#include <hwy/foreach_target.h>
// Highway's order: what is compiled once per instruction set comes after foreach_target.
#include <gluino/kernels/cpu/reduce/reduce_range-inl.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_REDUCE_INTEGERS_ONCE
#define GLUINO_KERNELS_REDUCE_INTEGERS_ONCE
namespace gluino::kernels {

// Sums and products of unsigned numbers, which are those of signed ones modulo the same power.
struct WholeSumOp {
  template <class T>
  static constexpr std::size_t kBytes = 512;
  static constexpr std::int64_t kBlock = kReducePart;
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
    return static_cast<T>(a + b);
  }
};
struct WholeProductOp : WholeSumOp {
  template <class T>
  static constexpr T start() {
    return 1;
  }
  template <class T>
  static T join(T a, T b) {
    return static_cast<T>(a * b);
  }
};
struct WholeMaxOp : WholeSumOp {
  template <class T>
  static constexpr T start() {
    return std::numeric_limits<T>::min();
  }
  template <class T>
  static T join(T a, T b) {
    return std::max(a, b);
  }
};
struct WholeMinOp : WholeSumOp {
  template <class T>
  static constexpr T start() {
    return std::numeric_limits<T>::max();
  }
  template <class T>
  static T join(T a, T b) {
    return std::min(a, b);
  }
};

template <class T>
struct WholeRanges {
  ReduceRange<std::make_unsigned_t<T>> sum, prod;
  ReduceRange<T> max, min;
};

struct AllWholeRanges {
  WholeRanges<std::uint8_t> u8;
  WholeRanges<std::int8_t> i8;
  WholeRanges<std::int32_t> i32;
  WholeRanges<std::int64_t> i64;
};

}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

template <class T>
constexpr WholeRanges<T> whole_ranges_of() {
  using Unsigned = std::make_unsigned_t<T>;
  return {reduce_range<WholeSumOp, Unsigned>(), reduce_range<WholeProductOp, Unsigned>(),
          reduce_range<WholeMaxOp, T>(), reduce_range<WholeMinOp, T>()};
}

const AllWholeRanges* whole_ranges_of_set() {
  static constexpr AllWholeRanges ranges = {
      whole_ranges_of<std::uint8_t>(), whole_ranges_of<std::int8_t>(),
      whole_ranges_of<std::int32_t>(), whole_ranges_of<std::int64_t>()};
  return &ranges;
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

GLUINO_CHOSEN(AllWholeRanges, all_ranges, whole_ranges_of_set)

template <class T>
const WholeRanges<T>& ranges() {
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    return all_ranges().u8;
  } else if constexpr (std::is_same_v<T, std::int8_t>) {
    return all_ranges().i8;
  } else if constexpr (std::is_same_v<T, std::int32_t>) {
    return all_ranges().i32;
  } else {
    return all_ranges().i64;
  }
}

template <class T>
void reduce_unsigned(const ReduceRange<std::make_unsigned_t<T>>& range, const T* x,
                     const Shape& shape, AxisMask axes, T* y) {
  using Unsigned = std::make_unsigned_t<T>;
  reduce_axes(range, range, reinterpret_cast<const Unsigned*>(x), shape, axes,
              reinterpret_cast<Unsigned*>(y));
}

}  // namespace

namespace reduce {

template <std::integral T>
void sum(const T* x, const Shape& shape, AxisMask axes, T* y) {
  reduce_unsigned(ranges<T>().sum, x, shape, axes, y);
}

template <std::integral T>
void prod(const T* x, const Shape& shape, AxisMask axes, T* y) {
  reduce_unsigned(ranges<T>().prod, x, shape, axes, y);
}

template <std::integral T>
void max(const T* x, const Shape& shape, AxisMask axes, T* y) {
  reduce_axes(ranges<T>().max, ranges<T>().max, x, shape, axes, y);
}

template <std::integral T>
void min(const T* x, const Shape& shape, AxisMask axes, T* y) {
  reduce_axes(ranges<T>().min, ranges<T>().min, x, shape, axes, y);
}

#define GLUINO_DEFINE(T)                                    \
  template void sum(const T*, const Shape&, AxisMask, T*);  \
  template void prod(const T*, const Shape&, AxisMask, T*); \
  template void max(const T*, const Shape&, AxisMask, T*);  \
  template void min(const T*, const Shape&, AxisMask, T*);
GLUINO_DEFINE(std::uint8_t)
GLUINO_DEFINE(std::int8_t)
GLUINO_DEFINE(std::int32_t)
GLUINO_DEFINE(std::int64_t)
#undef GLUINO_DEFINE

}  // namespace reduce
}  // namespace gluino::kernels
#endif
