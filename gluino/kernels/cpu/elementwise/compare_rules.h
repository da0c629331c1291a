#pragma once

#include <gluino/base/float16.h>
#include <gluino/kernels/cpu/elementwise/binary_range.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace gluino::kernels {

/// The type a T is compared in.
template <class T>
using Compared =
    std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>, float, T>;

/// The comparisons of two numbers, name##_holds::holds(a, b).
#define GLUINO_COMPARISON(name, expression) \
  struct name##_holds {                     \
    template <class V>                      \
    static bool holds(V a, V b) {           \
      return expression;                    \
    }                                       \
  };
GLUINO_COMPARISON(equal, a == b)
GLUINO_COMPARISON(not_equal, a != b)
GLUINO_COMPARISON(greater, a > b)
GLUINO_COMPARISON(greater_equal, a >= b)
GLUINO_COMPARISON(logical_and, (a != V(0)) & (b != V(0)))
GLUINO_COMPARISON(logical_or, (a != V(0)) | (b != V(0)))
GLUINO_COMPARISON(logical_xor, (a != V(0)) != (b != V(0)))
#undef GLUINO_COMPARISON

/// All comparisons, made of the few for which L has loops: array_array<Op>(a, b, out, n),
/// array_scalar<Op> and scalar_array<Op>. The others turn the operands of one of these round.
template <class L, class T, class R>
struct Comparisons {
  template <class Op>
  static void turned(const T* a, const T* b, R* out, std::int64_t n) {
    L::template array_array<Op>(b, a, out, n);
  }
  template <class Op>
  static void number_first(T a, const T* b, R* out, std::int64_t n) {
    L::template array_scalar<Op>(b, a, out, n);
  }
  template <class Op>
  static void number_last(const T* a, T b, R* out, std::int64_t n) {
    L::template scalar_array<Op>(b, a, out, n);
  }

  /// With a number, a logical function asks at most whether a is 0.
  template <class Op>
  static void with_truth(const T* a, T b, R* out, std::int64_t n) {
    const auto number = static_cast<Compared<T>>(b);
    const bool of_zero = Op::holds(Compared<T>(0), number);
    const bool of_others = Op::holds(Compared<T>(1), number);
    if (of_zero == of_others) {
      std::fill_n(out, n, static_cast<R>(of_zero ? 1 : 0));
    } else if (of_zero) {
      L::template array_scalar<equal_holds>(a, T(0), out, n);
    } else {
      L::template array_scalar<not_equal_holds>(a, T(0), out, n);
    }
  }
  template <class Op>
  static void truth_first(T a, const T* b, R* out, std::int64_t n) {
    with_truth<Op>(b, a, out, n);
  }

  template <class Op>
  static constexpr BinaryRange<T, R> kSymmetric = {
      &L::template array_array<Op>, &L::template array_scalar<Op>, &number_first<Op>};
  template <class Op>
  static constexpr BinaryRange<T, R> kOrdered = {
      &L::template array_array<Op>, &L::template array_scalar<Op>, &L::template scalar_array<Op>};
  /// That of which Op is the opposite direction: a < b is b > a.
  template <class Op>
  static constexpr BinaryRange<T, R> kTurned = {&turned<Op>, &number_last<Op>, &number_first<Op>};
  template <class Op>
  static constexpr BinaryRange<T, R> kLogical = {&L::template array_array<Op>, &with_truth<Op>,
                                                 &truth_first<Op>};

  static constexpr BinaryRange<T, R> equal = kSymmetric<equal_holds>;
  static constexpr BinaryRange<T, R> not_equal = kSymmetric<not_equal_holds>;
  static constexpr BinaryRange<T, R> greater = kOrdered<greater_holds>;
  static constexpr BinaryRange<T, R> greater_equal = kOrdered<greater_equal_holds>;
  static constexpr BinaryRange<T, R> lesser = kTurned<greater_holds>;
  static constexpr BinaryRange<T, R> lesser_equal = kTurned<greater_equal_holds>;
  static constexpr BinaryRange<T, R> logical_and = kLogical<logical_and_holds>;
  static constexpr BinaryRange<T, R> logical_or = kLogical<logical_or_holds>;
  static constexpr BinaryRange<T, R> logical_xor = kLogical<logical_xor_holds>;
};

}  // namespace gluino::kernels
