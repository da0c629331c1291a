// Powers in vectors, for inclusion by sources that are compiled once per instruction set.
#if defined(GLUINO_KERNELS_CPU_POWER_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CPU_POWER_INL_H
#undef GLUINO_KERNELS_CPU_POWER_INL_H
#else
#define GLUINO_KERNELS_CPU_POWER_INL_H
#endif

#include <gluino/kernels/cpu/support/math-inl.h>
#include <hwy/highway.h>

#include <limits>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The sum of a number and of what its rounding left out.
template <class V>
struct TwoParts {
  V high, low;
};

// A constant of float or, with the latter two, of double.
template <class D>
HWY_INLINE TwoParts<hn::Vec<D>> in_parts(D d, double high, double low, double high64,
                                         double low64) {
  if constexpr (kIsFloat<D>) return {constant(d, high), constant(d, low)};
  return {constant(d, high64), constant(d, low64)};
}

// a b, exactly but for the least of both.
template <class V>
HWY_INLINE TwoParts<V> times(TwoParts<V> a, TwoParts<V> b) {
  const V high = hn::Mul(a.high, b.high);
  const V lost = hn::MulSub(a.high, b.high, high);
  return {high, hn::MulAdd(a.high, b.low, hn::MulAdd(a.low, b.high, lost))};
}

// a + b, where a is 0 or the larger one.
template <class V>
HWY_INLINE TwoParts<V> plus(V a, TwoParts<V> b) {
  const V high = hn::Add(a, b.high);
  return {high, hn::Add(hn::Add(hn::Sub(a, high), b.high), b.low)};
}

// The logarithm to base 2 of a normal number, to some 2^-36 (2^-65) of it: the exponent, and of
// what is left, m between the roots of 1/2 and 2, the odd series of s = (m - 1) / (m + 1) times 2 /
// ln 2.
template <class D, class V>
HWY_INLINE TwoParts<V> log2_in_parts(D d, V x) {
  constexpr int kMantissa = kIsFloat<D> ? 23 : 52;
  constexpr int kBias = kIsFloat<D> ? 127 : 1023;
  const hn::RebindToSigned<D> di;
  const V one = constant(d, 1.0);
  const auto to_one =
      hn::Sub(hn::BitCast(di, one), hn::BitCast(di, constant(d, 0.70710678118654752)));
  const auto exponent = hn::ShiftRight<kMantissa>(hn::Add(hn::BitCast(di, x), to_one));
  const auto down = hn::ShiftLeft<kMantissa>(hn::Sub(exponent, hn::Set(di, kBias)));
  const V m = hn::BitCast(d, hn::Sub(hn::BitCast(di, x), down));
  // The exponent as a number: in the lowest bits of 2^23 (2^52) and more.
  const V shifter = constant(d, kIsFloat<D> ? 0x1p23 : 0x1p52);
  const V e = hn::Sub(hn::BitCast(d, hn::Or(exponent, hn::BitCast(di, shifter))),
                      hn::Add(shifter, constant(d, kBias)));

  const V below = hn::Sub(m, one);
  const V above = hn::Add(m, one);
  const V lost = hn::Sub(m, hn::Sub(above, one));
  const V inverse = hn::Div(one, above);
  const V quotient = hn::Mul(below, inverse);
  const V left = hn::NegMulAdd(quotient, lost, hn::NegMulAdd(quotient, above, below));
  const TwoParts<V> s{quotient, hn::Mul(left, inverse)};
  const auto square = times(s, s);
  auto series = times(square, in_parts(d, 0.96179670095443726, -7.028461651e-9,
                                       0x1.ec709dc3a03fdp-1, 5.0577616648125906e-17));
  V rest;
  if constexpr (kIsFloat<D>) {
    rest = polynomial(d, square.high, 0.5770800808, 0.4118593325, 0.3376246661);
  } else {
    rest = polynomial(d, square.high, 0.57707801635559102, 0.41219858310366519, 0.32059890035056127,
                      0.26230785712094942, 0.22197728709642552, 0.19140196763563937,
                      0.18909888704948548);
  }
  series.low = hn::MulAdd(hn::Mul(square.high, square.high), rest, series.low);
  const auto begin =
      in_parts(d, 2.885390043258667, 3.851925982e-8, 0x1.71547652b82fep+1, 4.0710547481862064e-17);
  series.low = hn::Add(series.low, begin.low);
  return plus(e, times(s, plus(begin.high, series)));
}

// 2^x = 2^n y with y between the roots of 1/2 and 2, where |x| is at most 2^20.
template <class V>
struct Exp2Parts {
  V y, n;
};
template <class D, class V>
HWY_INLINE Exp2Parts<V> exp2_in_parts(D d, TwoParts<V> x) {
  // What it is added to loses what follows the point.
  const V shifter = constant(d, kIsFloat<D> ? 12582912.0 : 6755399441055744.0);
  const V n = hn::Sub(hn::Add(hn::Add(x.high, x.low), shifter), shifter);
  const V r = hn::Add(hn::Sub(x.high, n), x.low);
  const auto ln2 =
      in_parts(d, 0.69314718246459961, -1.9046543e-9, 0x1.62e42fefa39efp-1, 2.3190468138462996e-17);
  const V product = hn::Mul(r, ln2.high);
  const TwoParts<V> t{product, hn::MulAdd(r, ln2.low, hn::MulSub(r, ln2.high, product))};
  const auto begin = plus(constant(d, 1.0), t);
  const V rest = hn::MulAdd(hn::Mul(t.high, t.high), exp_series(d, t.high), begin.low);
  return {hn::Add(begin.high, rest), n};
}

// y 2^k for whole k; the power is made of its bits, in three factors, lest one of them end where
// the product does not.
template <class D, class V>
HWY_INLINE V times_power_of_two(D d, V y, V k) {
  const hn::RebindToSigned<D> whole;
  const V end = constant(d, kIsFloat<D> ? 300.0 : 2200.0);
  const V clamped = hn::Min(hn::Max(k, hn::Neg(end)), end);
  const V third = hn::Trunc(hn::Mul(clamped, constant(d, 1.0 / 3)));
  const V rest = hn::Sub(clamped, hn::Add(third, third));
  const V factor = power_of_two(d, hn::ConvertTo(whole, third));
  return hn::Mul(hn::Mul(hn::Mul(y, factor), factor), power_of_two(d, hn::ConvertTo(whole, rest)));
}

// a^b as 2^(b log2 |a|), with rules for zeros and the signs of negative numbers; subnormal numbers,
// infinities and NaN by SLEEF. Errors: in float at most 0.83 units in the last place, in double
// 0.8, near the ends of the range 1.7.
template <class D, class V>
HWY_INLINE V power_by_logarithm(D d, V a, V b) {
  if constexpr (HWY_NATIVE_FMA != 0) {
    const hn::RebindToSigned<D> di;
    const V zero = hn::Zero(d);
    const V infinity = constant(d, std::numeric_limits<double>::infinity());
    const V least = constant(d, std::numeric_limits<hn::TFromD<D>>::min());
    const V size = hn::Abs(a);
    const auto log = log2_in_parts(d, size);
    const V high = hn::Mul(log.high, b);
    const TwoParts<V> exponent{high, hn::MulAdd(log.low, b, hn::MulSub(log.high, b, high))};
    const auto [part, n] = exp2_in_parts(d, exponent);
    const auto finite = hn::Lt(size, infinity);
    const auto inside = hn::Lt(hn::Abs(high), constant(d, kIsFloat<D> ? 125.0 : 1021.0));
    if (hn::AllTrue(d, hn::And(hn::Ge(a, least), hn::And(finite, inside)))) {
      return hn::Mul(part, power_of_two(d, hn::ConvertTo(di, n)));
    }
    V y = times_power_of_two(d, part, n);
    const V half = hn::Mul(constant(d, 0.5), b);
    const auto whole = hn::Eq(hn::Round(b), b);
    const auto odd = hn::AndNot(hn::Eq(hn::Round(half), half), whole);
    const auto of_zero = hn::And(hn::Eq(a, zero), hn::Gt(hn::Abs(b), zero));
    y = hn::IfThenElse(of_zero, hn::IfThenElseZero(hn::Lt(b, zero), infinity), y);
    y = hn::IfThenElse(hn::AndNot(whole, hn::Lt(a, zero)),
                       constant(d, std::numeric_limits<double>::quiet_NaN()), y);
    y = hn::Xor(y, hn::IfThenElseZero(odd, hn::And(a, hn::SignBit(d))));
    const auto normal = hn::And(hn::Ge(size, least), finite);
    const auto known = hn::Or(of_zero, hn::And(normal, hn::Lt(hn::Abs(high), constant(d, 0x1p20))));
    if (hn::AllTrue(d, known)) return y;
    return hn::IfThenElse(known, y, sleef_pow(a, b));
  }
  return sleef_pow(a, b);
}

// a^(1/2): of -0 and of -infinity another one than the square root.
template <class D, class V>
HWY_INLINE V root_power(D d, V a) {
  const V infinity = constant(d, std::numeric_limits<double>::infinity());
  return hn::IfThenElse(hn::Eq(a, hn::Neg(infinity)), infinity, hn::Sqrt(hn::Add(a, hn::Zero(d))));
}

// The most frequent powers, 2, 1/2, -1 and 1, are one operation of the processor, whatever stands
// beside them.
template <class D, class V>
HWY_INLINE V vector_power(D d, V a, V b) {
  // The powers of two from 1/4 to 2 are apart in the two lowest bits of the exponent alone.
  using T = hn::TFromD<D>;
  const hn::RebindToUnsigned<D> bits;
  const auto apart = hn::Set(bits, hn::TFromD<decltype(bits)>{3} << hwy::MantissaBits<T>());
  const auto quarter = hn::BitCast(bits, constant(d, 0.25));
  const auto from_quarter = hn::Sub(hn::BitCast(bits, hn::Abs(b)), quarter);
  const auto none = hn::Ne(hn::AndNot(apart, from_quarter), hn::Zero(bits));
  if (hn::AllTrue(bits, none)) return power_by_logarithm(d, a, b);
  const V one = constant(d, 1.0);
  const auto squared = hn::Eq(b, constant(d, 2.0)), rooted = hn::Eq(b, constant(d, 0.5));
  const auto same = hn::Eq(b, one), inverted = hn::Eq(b, hn::Neg(one));
  if (hn::AllTrue(d, squared)) return hn::Mul(a, a);
  V y = power_by_logarithm(d, a, b);
  if (hn::AllFalse(d, hn::Or(hn::Or(squared, rooted), hn::Or(same, inverted)))) return y;
  y = hn::IfThenElse(squared, hn::Mul(a, a), y);
  y = hn::IfThenElse(rooted, root_power(d, a), y);
  y = hn::IfThenElse(inverted, hn::Div(one, a), y);
  return hn::IfThenElse(same, a, y);
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#endif
