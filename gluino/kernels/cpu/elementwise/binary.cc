#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/elementwise/binary_range.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <limits>
#include <tuple>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/elementwise/binary.cc"
#include <hwy/foreach_target.h>
// Highway's order: what is compiled once per instruction set comes after foreach_target.
#include <gluino/kernels/cpu/elementwise/binary_functions-inl.h>
#include <gluino/kernels/cpu/support/power-inl.h>
#include <gluino/kernels/cpu/support/vectors-inl.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_BINARY_ONCE
#define GLUINO_KERNELS_BINARY_ONCE
namespace gluino::kernels {

// The functions of one instruction set.
template <class T>
struct RealRanges {
#define GLUINO_MEMBER(name) BinaryRange<T> name##_range;
  GLUINO_REAL_BINARY_FUNCTIONS(GLUINO_MEMBER)
  void (*multiply_gradient)(const T* a, const T* b, const T* dy, T* da, T* db, std::int64_t n);
  void (*divide_gradient)(const T* a, const T* b, const T* dy, T* da, T* db, std::int64_t n);
};
template <class T>
struct ArithmeticRanges {
  GLUINO_ARITHMETIC_BINARY_FUNCTIONS(GLUINO_MEMBER)
};
template <class T>
struct IntegerRanges {
  GLUINO_WHOLE_BINARY_FUNCTIONS(GLUINO_MEMBER)
#undef GLUINO_MEMBER
};
using BinaryRanges = std::tuple<
    RealRanges<float>, RealRanges<double>, ArithmeticRanges<float>, ArithmeticRanges<double>,
    ArithmeticRanges<std::int32_t>, ArithmeticRanges<std::int64_t>, ArithmeticRanges<std::uint8_t>,
    ArithmeticRanges<std::int8_t>, IntegerRanges<std::int32_t>, IntegerRanges<std::int64_t>,
    IntegerRanges<std::uint8_t>, IntegerRanges<std::int8_t>>;

}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

// out[i] = f(a[i * a_step], b[i * b_step]), where a step is 1, or 0 for one repeated number; where
// f takes so long that another load does not matter.
template <class F, class T>
HWY_NOINLINE void each_of_steps(const T* a, std::int64_t a_step, const T* b, std::int64_t b_step,
                                T* out, std::int64_t n) {
  if constexpr (std::is_floating_point_v<T>) {
    const hn::ScalableTag<T> d;
    for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
      const auto of_a = a_step == 0 ? hn::Set(d, *a) : load(mask, d, a + i);
      const auto of_b = b_step == 0 ? hn::Set(d, *b) : load(mask, d, b + i);
      store(InVectors<F>::apply(d, of_a, of_b), mask, d, out + i);
    });
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i] = F::apply(a[i * a_step], b[i * b_step]);
  }
}

template <class F>
constexpr bool kDivides = std::is_same_v<F, divide_function> || std::is_same_v<F, mod_function> ||
                          std::is_same_v<F, floor_divide_function>;
template <class F, class T>
constexpr bool kTakesLong =
    std::is_floating_point_v<T> ? InVectors<F>::kExists
                                : kDivides<F> || std::is_same_v<F, power_function>;

// out[i] = a[i]^b. The frequent powers are asked for once, not for each vector.
template <std::floating_point T>
HWY_NOINLINE void powers(const T* a, T b, T* out, std::int64_t n) {
  const hn::ScalableTag<T> d;
  const auto each = [=](auto power) HWY_ATTR {
    for_vectors(d, n, [=](std::int64_t i, auto mask) HWY_ATTR {
      store(power(load(mask, d, a + i)), mask, d, out + i);
    });
  };
  if (b == 2) return each([](auto x) HWY_ATTR { return hn::Mul(x, x); });
  if (b == T(0.5)) return each([=](auto x) HWY_ATTR { return root_power(d, x); });
  if (b == -1) return each([=](auto x) HWY_ATTR { return hn::Div(hn::Set(d, T(1)), x); });
  if (b == 1) {
    std::copy_n(a, n, out);
  } else {
    each_of_steps<power_function>(a, 1, &b, 0, out, n);
  }
}

// The factors of many whole numbers side by side, which become vectors; of the unsigned type, in
// which they wrap around alike.
template <class U>
HWY_NOINLINE void powers_of_unsigned(const U* a, std::uint64_t b, U* out, std::int64_t n) {
  constexpr std::int64_t kBlock = 512;
  std::array<U, kBlock> factors, products;
  for (std::int64_t begin = 0; begin < n; begin += kBlock) {
    const std::int64_t count = std::min(kBlock, n - begin);
    std::copy_n(a + begin, count, factors.begin());
    products.fill(1);
    for (std::uint64_t left = b; left != 0; left >>= 1U) {
      for (std::int64_t i = 0; (left & 1U) != 0 && i < count; ++i) products[i] *= factors[i];
      for (std::int64_t i = 0; left > 1 && i < count; ++i) factors[i] *= factors[i];
    }
    std::copy_n(products.begin(), count, out + begin);
  }
}

template <std::integral T>
HWY_NOINLINE void powers(const T* a, T b, T* out, std::int64_t n) {
  // No vector multiplies bytes many times.
  const bool one_by_one = !kHasWideVectors || b < 0 || (sizeof(T) == 1 && b != 2);
  if (one_by_one) return each_of_steps<power_function>(a, 1, &b, 0, out, n);
  if (sizeof(T) == 1 || b == 2) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = multiply_function::apply(a[i], a[i]);
    return;
  }
  using U = std::make_unsigned_t<T>;
  powers_of_unsigned(reinterpret_cast<const U*>(a), static_cast<std::uint64_t>(b),
                     reinterpret_cast<U*>(out), n);
}

template <class T>
concept Byte = std::integral<T> && sizeof(T) == 1;

// Each gives quotients, or rests, of as many of n whole numbers by one as fill vectors, and how
// many those are. Bytes become products with 2^16 / b, of which what is dropped is less than 1 / b.
template <class F, Byte T>
HWY_INLINE std::int64_t divide_vectors(const T* a, T b, T* out, std::int64_t n) {
  const hn::ScalableTag<std::int16_t> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const hn::Rebind<T, decltype(d)> bytes;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const int size = b;
  const auto times = hn::Set(du, static_cast<std::uint16_t>(65536 / std::abs(size) + 1));
  const auto by_size = [=](auto x) HWY_ATTR {
    return hn::BitCast(d, hn::MulHigh(hn::BitCast(du, x), times));
  };
  const auto divisor = hn::Set(d, b);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto x = hn::PromoteTo(d, hn::LoadU(bytes, a + i));
    auto result = x;
    if constexpr (std::is_unsigned_v<T>) {
      result = by_size(x);
    } else {
      // Of ~x, the quotient rounded down is the opposite one: ~(~x / b).
      const auto positive = b < 0 ? hn::Neg(x) : x;
      const auto sign = hn::ShiftRight<15>(positive);
      result = std::is_same_v<F, divide_function>
                   ? hn::Sub(hn::Xor(by_size(hn::Abs(x)), sign), sign)
                   : hn::Xor(by_size(hn::Xor(positive, sign)), sign);
    }
    if constexpr (std::is_same_v<F, mod_function>) result = hn::Sub(x, hn::Mul(result, divisor));
    hn::StoreU(hn::DemoteTo(bytes, result), bytes, out + i);
  }
  return i;
}

// Others become products of real numbers that hold them exactly with 1 / b: the half that is added
// is more than what rounding takes from a multiple of b. Of large numbers it may not be.
template <class F, std::integral T>
HWY_INLINE std::int64_t divide_vectors(const T* a, T b, T* out, std::int64_t n) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<T, decltype(d)> whole;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto divisor = static_cast<double>(b);
  constexpr double kLarge = 0x1p50;
  if (std::abs(divisor) >= kLarge) return 0;
  const auto inverse = hn::Set(d, 1 / divisor);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto given = hn::LoadU(whole, a + i);
    hn::Vec<decltype(d)> x;
    if constexpr (sizeof(T) == 4) {
      x = hn::PromoteTo(d, given);
    } else {
      x = hn::ConvertTo(d, given);
      if (!hn::AllTrue(d, hn::Lt(hn::Abs(x), hn::Set(d, kLarge)))) {
        each_of_steps<F>(a + i, 1, &b, 0, out + i, lanes);
        continue;
      }
    }
    auto result = x;
    if constexpr (std::is_same_v<F, divide_function>) {
      result = hn::Trunc(hn::Mul(hn::Add(x, hn::CopySign(hn::Set(d, 0.5), x)), inverse));
    } else {
      result = hn::Floor(hn::Mul(hn::Add(x, hn::Set(d, std::copysign(0.5, divisor))), inverse));
    }
    if constexpr (std::is_same_v<F, mod_function>) {
      result = hn::NegMulAdd(result, hn::Set(d, divisor), x);
    }
    if constexpr (sizeof(T) == 4) {
      hn::StoreU(hn::DemoteTo(whole, result), whole, out + i);
    } else {
      hn::StoreU(hn::ConvertTo(whole, result), whole, out + i);
    }
  }
  return i;
}

template <class F, class T>
HWY_NOINLINE void divisions(const T* a, T b, T* out, std::int64_t n) {
  std::int64_t done = 0;
  if constexpr (kHasWideVectors) {
    if (b < -1 || b > 1) done = divide_vectors<F>(a, b, out, n);
  }
  each_of_steps<F>(a + done, 1, &b, 0, out + done, n - done);
}

// Plain loops become vectors of the instruction set at hand by the compiler.
template <class F, class T>
void array_array(const T* a, const T* b, T* out, std::int64_t n) {
  if constexpr (kTakesLong<F, T>) {
    each_of_steps<F>(a, 1, b, 1, out, n);
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i] = F::apply(a[i], b[i]);
  }
}

template <class F, class T>
void array_scalar(const T* a, T b, T* out, std::int64_t n) {
  if constexpr (std::is_same_v<F, power_function>) {
    powers(a, b, out, n);
  } else if constexpr (std::is_integral_v<T> && kDivides<F>) {
    divisions<F>(a, b, out, n);
  } else if constexpr (kTakesLong<F, T>) {
    each_of_steps<F>(a, 1, &b, 0, out, n);
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i] = F::apply(a[i], b);
  }
}

template <class F, class T>
void scalar_array(T a, const T* b, T* out, std::int64_t n) {
  if constexpr (kTakesLong<F, T>) {
    each_of_steps<F>(&a, 0, b, 1, out, n);
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i] = F::apply(a, b[i]);
  }
}

template <class T>
void multiply_gradient_range(const T* a, const T* b, const T* dy, T* da, T* db, std::int64_t n) {
  if (da == nullptr || db == nullptr) {
    const T* other = da == nullptr ? a : b;
    T* out = da == nullptr ? db : da;
    for (std::int64_t i = 0; i < n; ++i) out[i] = dy[i] * other[i];
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    const T to_a = dy[i] * b[i];
    const T to_b = dy[i] * a[i];
    da[i] = to_a;
    db[i] = to_b;
  }
}

template <class T>
void divide_gradient_range(const T* a, const T* b, const T* dy, T* da, T* db, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T to_a = dy[i] / b[i];
    const T to_b = -(to_a * (a[i] / b[i]));
    if (da != nullptr) da[i] = to_a;
    if (db != nullptr) db[i] = to_b;
  }
}

#define GLUINO_ENTRY(name)                                              \
  {&array_array<name##_function, T>, &array_scalar<name##_function, T>, \
   &scalar_array<name##_function, T>},
template <class T>
constexpr RealRanges<T> real_ranges() {
  return {GLUINO_REAL_BINARY_FUNCTIONS(GLUINO_ENTRY) & multiply_gradient_range<T>,
          &divide_gradient_range<T>};
}
template <class T>
constexpr ArithmeticRanges<T> arithmetic_ranges() {
  return {GLUINO_ARITHMETIC_BINARY_FUNCTIONS(GLUINO_ENTRY)};
}
template <class T>
constexpr IntegerRanges<T> integer_ranges() {
  return {GLUINO_WHOLE_BINARY_FUNCTIONS(GLUINO_ENTRY)};
}
#undef GLUINO_ENTRY

const BinaryRanges* binary_ranges() {
  static constexpr BinaryRanges ranges = {real_ranges<float>(),
                                          real_ranges<double>(),
                                          arithmetic_ranges<float>(),
                                          arithmetic_ranges<double>(),
                                          arithmetic_ranges<std::int32_t>(),
                                          arithmetic_ranges<std::int64_t>(),
                                          arithmetic_ranges<std::uint8_t>(),
                                          arithmetic_ranges<std::int8_t>(),
                                          integer_ranges<std::int32_t>(),
                                          integer_ranges<std::int64_t>(),
                                          integer_ranges<std::uint8_t>(),
                                          integer_ranges<std::int8_t>()};
  return &ranges;
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

GLUINO_CHOSEN(BinaryRanges, chosen_ranges, binary_ranges)

template <class T>
const RealRanges<T>& real() {
  return std::get<RealRanges<T>>(chosen_ranges());
}

template <class T>
const ArithmeticRanges<T>& arithmetic() {
  return std::get<ArithmeticRanges<T>>(chosen_ranges());
}

template <class T>
const IntegerRanges<T>& integers() {
  return std::get<IntegerRanges<T>>(chosen_ranges());
}

}  // namespace

namespace binary {
#define GLUINO_DEFINE(name, table)                                                        \
  template <class T>                                                                      \
  const BinaryFunction<T>& name() {                                                       \
    static constexpr BinaryFunction<T> function = {                                       \
        [](const T* a, const Shape& a_shape, const T* b, const Shape& b_shape, T* out,    \
           const Shape& out_shape) {                                                      \
          run_broadcast(table<T>().name##_range, a, a_shape, b, b_shape, out, out_shape); \
        },                                                                                \
        [](const T* a, T scalar, T* out, std::int64_t n) {                                \
          run_array_scalar(table<T>().name##_range, a, scalar, out, n);                   \
        },                                                                                \
        [](const T* a, T scalar, T* out, std::int64_t n) {                                \
          run_scalar_array(table<T>().name##_range, a, scalar, out, n);                   \
        }};                                                                               \
    return function;                                                                      \
  }
#define GLUINO_OF_REAL(name)                           \
  template const BinaryFunction<float>& name<float>(); \
  template const BinaryFunction<double>& name<double>();
#define GLUINO_OF_INTEGERS(name)                                     \
  template const BinaryFunction<std::int32_t>& name<std::int32_t>(); \
  template const BinaryFunction<std::int64_t>& name<std::int64_t>(); \
  template const BinaryFunction<std::uint8_t>& name<std::uint8_t>(); \
  template const BinaryFunction<std::int8_t>& name<std::int8_t>();
#define GLUINO_DEFINE_REAL(name) GLUINO_DEFINE(name, real) GLUINO_OF_REAL(name)
GLUINO_REAL_BINARY_FUNCTIONS(GLUINO_DEFINE_REAL)
#define GLUINO_DEFINE_ARITHMETIC(name) \
  GLUINO_DEFINE(name, arithmetic) GLUINO_OF_REAL(name) GLUINO_OF_INTEGERS(name)
GLUINO_ARITHMETIC_BINARY_FUNCTIONS(GLUINO_DEFINE_ARITHMETIC)
#define GLUINO_DEFINE_WHOLE(name) GLUINO_DEFINE(name, integers) GLUINO_OF_INTEGERS(name)
GLUINO_WHOLE_BINARY_FUNCTIONS(GLUINO_DEFINE_WHOLE)

#define GLUINO_DEFINE_GRADIENT(name)                                                          \
  template <class T>                                                                          \
  void name(const T* a, const T* b, const T* dy, T* da, T* db, std::int64_t n) {              \
    parallel_for(n, kCopyGrain, [&](std::int64_t begin, std::int64_t end) {                   \
      real<T>().name(a + begin, b + begin, dy + begin, da == nullptr ? da : da + begin,       \
                     db == nullptr ? db : db + begin, end - begin);                           \
    });                                                                                       \
  }                                                                                           \
  template void name(const float*, const float*, const float*, float*, float*, std::int64_t); \
  template void name(const double*, const double*, const double*, double*, double*, std::int64_t);
GLUINO_DEFINE_GRADIENT(multiply_gradient)
GLUINO_DEFINE_GRADIENT(divide_gradient)
}  // namespace binary

}  // namespace gluino::kernels
#endif
