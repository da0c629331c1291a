// What the functions of two numbers are, of numbers and, where no compiler makes them so, of
// vectors; for inclusion by sources that are compiled once per instruction set.
#if defined(GLUINO_KERNELS_CPU_BINARY_FUNCTIONS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CPU_BINARY_FUNCTIONS_INL_H
#undef GLUINO_KERNELS_CPU_BINARY_FUNCTIONS_INL_H
#else
#define GLUINO_KERNELS_CPU_BINARY_FUNCTIONS_INL_H
#endif

#include <gluino/kernels/cpu/support/angles-inl.h>
#include <gluino/kernels/cpu/support/power-inl.h>
#include <gluino/kernels/cpu/support/sleef-inl.h>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <type_traits>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

// Integers are added and multiplied modulo 2^bits: as unsigned numbers of at least int's width.
template <class T, bool integral = std::is_integral_v<T>>
struct Wrapping {
  using type = std::make_unsigned_t<std::common_type_t<T, int>>;
};
template <class T>
struct Wrapping<T, false> {
  using type = T;
};

#define GLUINO_BINARY(name, expression)                      \
  struct name##_function {                                   \
    template <class T>                                       \
    static HWY_INLINE T apply(T a, T b) {                    \
      using W [[maybe_unused]] = typename Wrapping<T>::type; \
      return expression;                                     \
    }                                                        \
  };

template <class T>
HWY_INLINE T divide_value(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    // The processor traps at a divisor of 0, and at what the least number's opposite would be.
    if (b == 0) return 0;
    if (std::is_signed_v<T> && b == static_cast<T>(-1)) {
      return static_cast<T>(0 - static_cast<typename Wrapping<T>::type>(a));
    }
  }
  return static_cast<T>(a / b);
}

template <class T>
HWY_INLINE T mod_value(T a, T b) {
  if (b == 0) return 0;
  if constexpr (std::is_integral_v<T>) {
    if (std::is_signed_v<T> && b == static_cast<T>(-1)) return 0;
    const T rest = static_cast<T>(a % b);
    return rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
  } else {
    const T rest = std::fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
  }
}

template <std::integral T>
HWY_INLINE T floor_divide_value(T a, T b) {
  const bool rounds = mod_value(a, b) != 0 && (a < 0) != (b < 0);
  return static_cast<T>(divide_value(a, b) - (rounds ? 1 : 0));
}

template <class T>
HWY_INLINE T power_value(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (b < 0)
      return a == 1 ? 1 : a == static_cast<T>(-1) ? static_cast<T>(b % 2 == 0 ? 1 : -1) : 0;
    using W = typename Wrapping<T>::type;
    W result = 1;
    W factor = static_cast<W>(a);
    for (W left = static_cast<W>(b); left != 0; left >>= 1U, factor *= factor) {
      if ((left & 1U) != 0) result *= factor;
    }
    return static_cast<T>(result);
  } else {
    return std::pow(a, b);
  }
}

GLUINO_BINARY(add, static_cast<T>(W(a) + W(b)))
GLUINO_BINARY(subtract, static_cast<T>(W(a) - W(b)))
GLUINO_BINARY(multiply, static_cast<T>(W(a) * W(b)))
GLUINO_BINARY(maximum, a != a ? a : (a > b ? a : b))
GLUINO_BINARY(minimum, a != a ? a : (a < b ? a : b))
GLUINO_BINARY(divide, divide_value(a, b))
GLUINO_BINARY(power, power_value(a, b))
GLUINO_BINARY(mod, mod_value(a, b))
GLUINO_BINARY(floor_divide, floor_divide_value(a, b))
GLUINO_BINARY(hypot, std::hypot(a, b))
GLUINO_BINARY(arctan2, std::atan2(a, b))
GLUINO_BINARY(fmax, a != a || a < b ? b : a)
GLUINO_BINARY(fmin, a != a || a > b ? b : a)
GLUINO_BINARY(ldexp, a* std::exp2(b))
#undef GLUINO_BINARY

// Where it is worth its code: the baseline has whole numbers one by one.
constexpr bool kHasWideVectors = HWY_TARGET != HWY_SCALAR;

// mod_value of each lane. a - trunc(a / b) b is exact where the quotient is; rounding may have made
// that one too large. The rest (large quotients, infinities, the divisor 0) as numbers.
template <class D, class V>
HWY_INLINE V vector_mod(D d, V a, V b) {
  using T = hn::TFromD<D>;
  const V zero = hn::Zero(d);
  const V quotient = hn::Trunc(hn::Div(a, b));
  const V most = hn::Set(d, static_cast<T>(std::int64_t{1} << (sizeof(T) == 4 ? 22 : 51)));
  // Where there is no multiply-add of its own, the product is rounded.
  constexpr bool kFused = HWY_NATIVE_FMA != 0;
  if (kFused && hn::AllTrue(d, hn::And(hn::Lt(hn::Abs(quotient), most), hn::IsFinite(b)))) {
    const auto with_sign_of = [&](V rest, V sign, V step) HWY_ATTR {
      const auto differ = hn::Xor(hn::Lt(rest, zero), hn::Lt(sign, zero));
      return hn::IfThenElse(hn::AndNot(hn::Eq(rest, zero), differ), hn::Add(rest, step), rest);
    };
    const V rest = with_sign_of(hn::NegMulAdd(quotient, b, a), a, hn::CopySign(b, a));
    return hn::IfThenElse(hn::Eq(rest, zero), hn::CopySign(zero, a), with_sign_of(rest, b, b));
  }
  HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(T)];
  HWY_ALIGN T divisors[HWY_MAX_BYTES / sizeof(T)];
  hn::Store(a, d, lanes);
  hn::Store(b, d, divisors);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) lanes[i] = mod_value(lanes[i], divisors[i]);
  return hn::Load(d, lanes);
}

template <class D, class V>
HWY_INLINE V vector_ldexp(D d, V a, V b) {
  const auto is_whole = hn::Eq(hn::Round(b), b);
  // In float, as in most arrays, where one factor is enough.
  if constexpr (kHasWideVectors && sizeof(hn::TFromD<D>) == 4) {
    if (hn::AllTrue(d, hn::And(is_whole, hn::Le(hn::Abs(b), hn::Set(d, 126))))) {
      return hn::Mul(a, power_of_two(d, hn::ConvertTo(hn::RebindToSigned<D>(), b)));
    }
  }
  const V y = times_power_of_two(d, a, b);
  if (hn::AllTrue(d, is_whole)) return y;
  return hn::IfThenElse(is_whole, y, hn::Mul(a, sleef_pow(hn::Set(d, 2), b)));
}

// The functions of real numbers that no compiler turns into vectors.
template <class F>
struct InVectors {
  static constexpr bool kExists = false;
};
#define GLUINO_IN_VECTORS(name, expression)        \
  template <>                                      \
  struct InVectors<name##_function> {              \
    static constexpr bool kExists = true;          \
    template <class D, class V>                    \
    static HWY_INLINE V apply(D /*d*/, V a, V b) { \
      return expression;                           \
    }                                              \
  };
GLUINO_IN_VECTORS(power, vector_power(D(), a, b))
GLUINO_IN_VECTORS(hypot, sleef_hypot(a, b))
GLUINO_IN_VECTORS(arctan2, vector_atan2(D(), a, b))
GLUINO_IN_VECTORS(mod, vector_mod(D(), a, b))
GLUINO_IN_VECTORS(ldexp, vector_ldexp(D(), a, b))
#undef GLUINO_IN_VECTORS

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#endif
