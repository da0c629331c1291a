// Vector functions of floor 1, for inclusion by sources that are compiled once per instruction set.
// The polynomials were fitted for this library by weighted least squares (Lawson's iteration).
#if defined(GLUINO_KERNELS_CPU_MATH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CPU_MATH_INL_H
#undef GLUINO_KERNELS_CPU_MATH_INL_H
#else
#define GLUINO_KERNELS_CPU_MATH_INL_H
#endif

#include <gluino/kernels/cpu/support/sleef-inl.h>
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <limits>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
constexpr bool kIsFloat = sizeof(hn::TFromD<D>) == 4;

template <class D>
HWY_INLINE hn::Vec<D> constant(D d, double value) {
  return hn::Set(d, static_cast<hn::TFromD<D>>(value));
}

// c[0] + c[1] x + c[2] x^2 + ... (Horner).
template <class D, class V, class... Rest>
HWY_INLINE V polynomial(D d, V x, double c, Rest... rest) {
  if constexpr (sizeof...(rest) == 0) {
    return constant(d, c);
  } else {
    return hn::MulAdd(polynomial(d, x, rest...), x, constant(d, c));
  }
}

// 2^n for integral n (in the low bits of `n`) within the exponent's range.
template <class D, class VI>
HWY_INLINE hn::Vec<D> power_of_two(D d, VI n) {
  const hn::RebindToSigned<D> di;
  if constexpr (kIsFloat<D>) {
    return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(n, hn::Set(di, 127))));
  } else {
    return hn::BitCast(d, hn::ShiftLeft<52>(hn::Add(n, hn::Set(di, 1023))));
  }
}

// (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2.
template <class D, class V>
HWY_INLINE V exp_series(D d, V r) {
  if constexpr (kIsFloat<D>) {
    return polynomial(d, r, 0.5, 0.16666519, 0.04166621, 0.00836889, 0.00139505);
  } else {
    return polynomial(d, r, 0.500000000000000528, 0.166666666666665898, 0.0416666666665753458,
                      0.00833333333338871962, 0.00138888889320643079, 0.000198412697218153499,
                      2.48015046386537086e-5, 2.75574041691386371e-6, 2.76263021154879985e-7,
                      2.50551133773158018e-8);
  }
}

// x = n ln 2 + r, and e^r - 1 as `rest`, whose relative error near 0 is that of r.
template <class V, class VI>
struct ExpParts {
  V n, rest;
  VI whole;  // n
};
template <class D, class V>
HWY_INLINE auto exp_parts(D d, V x) {
  const hn::RebindToSigned<D> di;
  // Adding it leaves round(x / ln 2) in the lowest bits.
  const V shifter = constant(d, kIsFloat<D> ? 12582912.0 : 6755399441055744.0);
  const V shifted = hn::Add(hn::Mul(x, constant(d, 1.4426950408889634)), shifter);
  const V n = hn::Sub(shifted, shifter);
  const auto whole = hn::Sub(hn::BitCast(di, shifted), hn::BitCast(di, shifter));
  V r = hn::NegMulAdd(n, constant(d, kIsFloat<D> ? 0.693145751953125 : 0x1.62e42feep-1), x);
  r = hn::NegMulAdd(n, constant(d, kIsFloat<D> ? 1.428606765330187e-06 : 1.9082149292705877e-10),
                    r);
  return ExpParts<V, decltype(hn::Zero(di))>{n, hn::MulAdd(hn::Mul(r, r), exp_series(d, r), r),
                                             whole};
}

// At most 1.1 ulp.
template <class D, class V>
HWY_INLINE V vector_exp(D d, V x) {
  const V clamped = hn::Min(hn::Max(x, constant(d, kIsFloat<D> ? -104.5 : -746.0)),
                            constant(d, kIsFloat<D> ? 89.0 : 710.0));
  const auto parts = exp_parts(d, clamped);
  const V e = hn::Add(constant(d, 1.0), parts.rest);
  // In two steps, because 2^n itself may be no number while the product is one.
  const auto half = hn::ShiftRight<1>(parts.whole);
  const V y =
      hn::Mul(hn::Mul(e, power_of_two(d, half)), power_of_two(d, hn::Sub(parts.whole, half)));
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

template <class D, class V>
HWY_INLINE V vector_log(D d, V x) {
  V y = hn::Log(d, x);
  const V infinity = constant(d, std::numeric_limits<double>::infinity());
  y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(infinity), y);
  y = hn::IfThenElse(hn::Eq(x, infinity), x, y);
  const V nan = constant(d, std::numeric_limits<double>::quiet_NaN());
  return hn::IfThenElse(hn::Ge(x, hn::Zero(d)), y, nan);
}

// log(1 + x): log of the rounded sum, corrected by what the rounding lost (W. Kahan).
template <class D, class V>
HWY_INLINE V vector_log1p(D d, V x) {
  const V one = constant(d, 1.0);
  const V u = hn::Add(x, one);
  const V gap = hn::Sub(u, one);
  V y = hn::Mul(vector_log(d, u), hn::Div(x, gap));
  y = hn::IfThenElse(hn::Eq(gap, hn::Zero(d)), x, y);
  const V infinity = constant(d, std::numeric_limits<double>::infinity());
  const auto plain = hn::Or(hn::Eq(x, infinity), hn::Not(hn::Gt(u, hn::Zero(d))));
  return hn::IfThenElse(plain, vector_log(d, u), y);
}

// e^x - 1 = 2^n (e^r - 1) + (2^n - 1), by half of 2^n, which is a number where the result is one.
// At most 2.1 ulp.
template <class D, class V>
HWY_INLINE V vector_expm1(D d, V x) {
  const hn::RebindToSigned<D> di;
  const V half = constant(d, 0.5);
  // Beyond, it is -1 and infinity.
  const V clamped =
      hn::Min(hn::Max(x, constant(d, -60.0)), constant(d, kIsFloat<D> ? 89.0 : 710.0));
  const auto parts = exp_parts(d, clamped);
  const V scale = power_of_two(d, hn::Sub(parts.whole, hn::Set(di, 1)));
  const V by_half = hn::MulAdd(scale, parts.rest, hn::Sub(scale, half));
  const V y = hn::IfThenElse(hn::Eq(parts.n, hn::Zero(d)), parts.rest, hn::Add(by_half, by_half));
  return hn::IfThenElse(hn::IsNaN(x), x, hn::CopySign(y, x));
}

// In float a rational function of degree 9 over 8, error below 3e-7.
template <class D, class V>
HWY_INLINE V vector_tanh(D d, V x) {
  const V one = constant(d, 1.0);
  if constexpr (kIsFloat<D>) {
    const V limit = constant(d, 8.8);
    const V z = hn::Min(hn::Max(x, hn::Neg(limit)), limit);
    const V u = hn::Mul(z, z);
    const V p = polynomial(d, u, 0.9999999834233592, 0.13394023226942264, 0.003511057045999538,
                           2.0865449314693783e-05, 1.3714752966852355e-08);
    const V q = polynomial(d, u, 1.0, 0.4672734203844025, 0.02593574352044174,
                           0.0003311002981697716, 7.922821547865519e-07);
    V y = hn::Div(hn::Mul(z, p), q);
    y = hn::Min(hn::Max(y, hn::Neg(one)), one);
    return hn::IfThenElse(hn::IsNaN(x), x, y);
  } else {
    // Of |x|, where e^-2|x| - 1 can neither overflow nor cancel.
    const V a = hn::Abs(x);
    const V t = vector_expm1(d, hn::Mul(constant(d, -2.0), a));
    return hn::CopySign(hn::Div(t, hn::Add(t, constant(d, 2.0))), x);
  }
}

template <class D, class V>
HWY_INLINE V vector_sigmoid(D d, V x) {
  const V one = constant(d, 1.0);
  return hn::Div(one, hn::Add(one, vector_exp(d, hn::Neg(x))));
}

// max(x, 0) + log(1 + e^-|x|).
template <class D, class V>
HWY_INLINE V vector_softrelu(D d, V x) {
  const V tail = vector_log1p(d, vector_exp(d, hn::Neg(hn::Abs(x))));
  const V y = hn::Add(hn::Max(x, hn::Zero(d)), tail);
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

template <class D, class V>
HWY_INLINE V vector_erf(D d, V x) {
  if constexpr (kIsFloat<D>) {
    const V one = constant(d, 1.0);
    const V a = hn::Abs(x);
    const V u = hn::Mul(x, x);
    const V inner =
        hn::Mul(x, polynomial(d, u, 1.128379165726708, -0.3761262582421824, 0.11283585148449993,
                              -0.02685381192844072, 0.00518832767265906, -0.0008010193509717101,
                              7.85386096961993e-05));
    const V b = hn::Min(a, constant(d, 4.0));
    const V log_rest = polynomial(
        d, b, 0.0001834430871445747, -1.1295568251134618, -0.6332626232539282, -0.10837246594985729,
        0.02517895930425859, -0.004193607727053744, 0.00043910565025490593, -2.149604839196464e-05);
    const V outer = hn::CopySign(hn::Sub(one, vector_exp(d, log_rest)), x);
    return hn::IfThenElse(hn::Gt(a, one), outer, inner);
  } else {
    return sleef_erf(x);
  }
}

#define GLUINO_DEFINE(name)                  \
  template <class D, class V>                \
  HWY_INLINE V vector_##name(D /*d*/, V x) { \
    return sleef_##name(x);                  \
  }
GLUINO_DEFINE(sin)
GLUINO_DEFINE(cos)
GLUINO_DEFINE(asin)
GLUINO_DEFINE(log2)
GLUINO_DEFINE(log10)
#undef GLUINO_DEFINE

// By asin(s) = s + s z P(z) for z = s^2 up to 1/4, where 1 - |x| = 2 s^2 for the larger half; at
// most 1.15 ulp.
template <class D, class V>
HWY_INLINE V vector_acos(D d, V x) {
  if constexpr (kIsFloat<D>) {
    const V half = constant(d, 0.5);
    // A quarter of a turn, and what its float lacks.
    const V quarter = constant(d, 1.57079637050628662);
    const V lost = constant(d, -4.37113882867379e-08);
    const V a = hn::Abs(x);
    const auto near = hn::Lt(a, half);
    const V z = hn::IfThenElse(near, hn::Mul(x, x), hn::NegMulAdd(a, half, half));
    const V s = hn::IfThenElse(near, x, hn::Sqrt(z));
    const V rest = hn::Mul(
        hn::Mul(s, z), polynomial(d, z, 0.166667524809625, 0.07495297674107546,
                                  0.045470372524201164, 0.02417953059254252, 0.042166282402600785));
    const V from_quarter = hn::Sub(quarter, hn::Add(s, hn::Sub(rest, lost)));
    const V y = hn::IfThenElse(hn::Gt(x, hn::Zero(d)), hn::Add(s, rest), from_quarter);
    return hn::IfThenElse(near, from_quarter, hn::Add(y, y));
  } else {
    return sleef_acos(x);
  }
}

// e^|x| / 2, which is sinh and cosh of numbers so large that SLEEF's overflow before they do.
template <class D, class V>
HWY_INLINE V half_exp(D d, V x) {
  const V half = constant(d, 0.5);
  const V root = vector_exp(d, hn::Mul(half, hn::Abs(x)));
  return hn::Mul(hn::Mul(half, root), root);
}
template <class D>
HWY_INLINE hn::Vec<D> large_exponent(D d) {
  return constant(d, kIsFloat<D> ? 88.0 : 709.0);
}

// In float by e^x, in double by e^x - 1, and by Taylor's series where that would cancel; at most 2
// ulp.
template <class D, class V>
HWY_INLINE V vector_sinh(D d, V x) {
  const auto large = hn::Gt(hn::Abs(x), large_exponent(d));
  if constexpr (kIsFloat<D>) {
    const V a = hn::Abs(x);
    const V e = vector_exp(d, a);
    const V far = hn::Mul(constant(d, 0.5), hn::Sub(e, hn::Div(constant(d, 1.0), e)));
    const V u = hn::Mul(a, a);
    const V rest = polynomial(d, u, 1.0 / 6, 1.0 / 120, 1.0 / 5040, 1.0 / 362880, 1.0 / 39916800,
                              1.0 / 6227020800);
    const V near = hn::MulAdd(hn::Mul(u, a), rest, a);
    const V y = hn::IfThenElse(hn::Gt(a, constant(d, 2.0)), far, near);
    return hn::CopySign(hn::IfThenElse(large, half_exp(d, x), y), x);
  }
  // By t = e^|x| - 1, or by the series.
  const V one = constant(d, 1.0);
  const V a = hn::Abs(x);
  const V t = vector_expm1(d, a);
  const V far = hn::Mul(constant(d, 0.5), hn::Add(t, hn::Div(t, hn::Add(t, one))));
  const V u = hn::Mul(a, a);
  const V rest = polynomial(d, u, 1.0 / 6, 1.0 / 120, 1.0 / 5040, 1.0 / 362880, 1.0 / 39916800,
                            1.0 / 6227020800, 1.0 / 1307674368000, 1.0 / 355687428096000);
  const V y = hn::IfThenElse(hn::Gt(a, one), far, hn::MulAdd(hn::Mul(u, a), rest, a));
  return hn::CopySign(hn::IfThenElse(large, half_exp(d, x), y), x);
}

template <class D, class V>
HWY_INLINE V vector_cosh(D d, V x) {
  const auto large = hn::Gt(hn::Abs(x), large_exponent(d));
  if constexpr (kIsFloat<D>) {
    const V half = constant(d, 0.5);
    const V e = vector_exp(d, hn::Abs(x));
    return hn::IfThenElse(large, half_exp(d, x), hn::MulAdd(half, e, hn::Div(half, e)));
  }
  return hn::IfThenElse(large, half_exp(d, x), sleef_cosh(x));
}

// 1 / cbrt(x) by the exponent's third and the series of (1 - e)^(-1/3), where e is what x y^3 lacks
// of 1, in double then by the series' first term; from it the root, and Newton's step with the
// exact rest. No division. At most 0.58 ulp.
template <class D, class V>
HWY_INLINE V vector_cbrt(D d, V x) {
  if constexpr (HWY_NATIVE_FMA != 0) {
    const hn::RebindToSigned<D> di;
    const V a = hn::Abs(x);
    const V one = constant(d, 1.0);
    // The rest of small numbers would have no exponent, as some of these themselves have none.
    const auto small = hn::Lt(a, constant(d, kIsFloat<D> ? 0x1p-100 : 0x1p-900));
    const V scaled =
        hn::Mul(a, hn::IfThenElse(small, constant(d, kIsFloat<D> ? 0x1p48 : 0x1p150), one));
    const V back = hn::IfThenElse(small, constant(d, kIsFloat<D> ? 0x1p-16 : 0x1p-50), one);
    V y;
    if constexpr (kIsFloat<D>) {
      const V third = hn::Mul(hn::ConvertTo(d, hn::BitCast(di, scaled)), constant(d, -1.0 / 3));
      y = hn::BitCast(d, hn::Add(hn::ConvertTo(di, third), hn::Set(di, 0x54a2fa8c)));
    } else {
      // The upper halves, as numbers: as the lowest bits of 2^52 and more.
      const V shifter = constant(d, 0x1p52);
      const V bits = hn::BitCast(
          d, hn::Or(hn::ShiftRight<32>(hn::BitCast(di, scaled)), hn::BitCast(di, shifter)));
      const V third =
          hn::NegMulAdd(hn::Sub(bits, shifter), constant(d, 1.0 / 3), constant(d, 0x553ef0ff));
      y = hn::BitCast(d, hn::ShiftLeft<32>(hn::BitCast(di, hn::Add(third, shifter))));
    }
    const V e = hn::NegMulAdd(hn::Mul(hn::Mul(scaled, y), y), y, one);
    const V series = kIsFloat<D> ? polynomial(d, e, 1.0 / 3, 2.0 / 9, 14.0 / 81)
                                 : polynomial(d, e, 1.0 / 3, 2.0 / 9, 14.0 / 81, 35.0 / 243);
    y = hn::MulAdd(hn::Mul(y, e), series, y);
    if constexpr (!kIsFloat<D>) {
      const V left = hn::NegMulAdd(hn::Mul(hn::Mul(scaled, y), y), y, one);
      y = hn::MulAdd(hn::Mul(y, left), constant(d, 1.0 / 3), y);
    }
    const V square_inverse = hn::Mul(y, y);
    y = hn::Mul(scaled, square_inverse);
    const V square = hn::Mul(y, y);
    const V lost = hn::MulSub(y, y, square);
    const V rest = hn::NegMulAdd(lost, y, hn::NegMulAdd(square, y, scaled));
    y = hn::MulAdd(rest, hn::Mul(constant(d, 1.0 / 3), square_inverse), y);
    y = hn::Mul(y, back);
    const auto plain = hn::And(hn::Gt(a, hn::Zero(d)), hn::IsFinite(a));
    return hn::IfThenElse(plain, hn::CopySign(y, x), x);
  }
  return sleef_cbrt(x);
}

// log(2 |x|), which is the inverse of both for numbers so large that SLEEF's square overflows.
template <class D, class V>
HWY_INLINE V log_of_double(D d, V x) {
  return hn::Add(vector_log(d, hn::Abs(x)), constant(d, 0.6931471805599453));
}
template <class D>
HWY_INLINE hn::Vec<D> large_root(D d) {
  return constant(d, kIsFloat<D> ? 1e12 : 1e100);
}

// k ln 2 + log(1 + u) in double, for u >= 0. 1 + u + lost is 2^e (1 + f), and log(1 + f) an odd
// series of f / (2 + f) (the steps are those of Sun's fdlibm, the polynomial is our own).
template <class D, class V>
HWY_INLINE V log1p_and_twos(D d, V u, V k) {
  const hn::RebindToSigned<D> di;
  const V one = constant(d, 1.0);
  const V half = constant(d, 0.5);
  const V w = hn::Add(u, one);
  // Of 1 and u the larger one is exact in the difference.
  const V lost =
      hn::IfThenElse(hn::Gt(u, one), hn::Sub(one, hn::Sub(w, u)), hn::Sub(u, hn::Sub(w, one)));
  // So that 1 + f lies between the roots of 1/2 and 2: the exponent of w / sqrt(1/2).
  const auto bits =
      hn::Add(hn::BitCast(di, w), hn::Set(di, 0x3ff0000000000000 - 0x3fe6a09e667f3bcd));
  const auto exponent = hn::ShiftRight<52>(bits);  // and 1023
  const V shifter = constant(d, 0x1p52);
  const V e = hn::Sub(hn::BitCast(d, hn::Or(exponent, hn::BitCast(di, shifter))),
                      constant(d, 0x1p52 + 1023));
  const auto down = hn::ShiftLeft<52>(hn::Sub(exponent, hn::Set(di, 1023)));
  const V m = hn::BitCast(d, hn::Sub(hn::BitCast(di, w), down));
  // 2^-e, of the large ones nothing, which lost nothing either.
  const V scale =
      hn::BitCast(d, hn::Max(hn::Sub(hn::Set(di, 0x3ff0000000000000), down), hn::Zero(di)));
  const V f = hn::MulAdd(lost, scale, hn::Sub(m, one));
  const V s = hn::Div(f, hn::Add(constant(d, 2.0), f));
  const V z = hn::Mul(s, s);
  const V r = hn::Mul(z, polynomial(d, z, 0.666666666666673939, 0.399999999993780288,
                                    0.28571428751289154, 0.22222197588617502, 0.181836189313262907,
                                    0.153125711389082791, 0.148115291109079653));
  const V square = hn::Mul(hn::Mul(half, f), f);
  const V twos = hn::Add(e, k);
  const V low =
      hn::MulAdd(s, hn::Add(square, r), hn::Mul(twos, constant(d, 1.90821492927058770002e-10)));
  return hn::MulAdd(twos, constant(d, 0x1.62e42feep-1), hn::Sub(f, hn::Sub(square, low)));
}

// These three in float: by the logarithm where it is not small, else by a polynomial.
template <class D, class V>
HWY_INLINE V vector_asinh(D d, V x) {
  const V a = hn::Abs(x);
  const auto large = hn::Gt(a, large_root(d));
  if constexpr (kIsFloat<D>) {
    const V one = constant(d, 1.0);
    const V u = hn::Mul(a, a);
    const V far = vector_log(d, hn::Add(a, hn::Sqrt(hn::Add(u, one))));
    const V rest = polynomial(d, u, -0.1666660654, 0.07498181093, -0.04445044313, 0.02935759836,
                              -0.01915000843, 0.01076041504, -0.004496914422, 0.001178721173,
                              -0.0001415293986);
    const V y =
        hn::IfThenElse(hn::Gt(a, constant(d, 1.2)), far, hn::MulAdd(hn::Mul(u, a), rest, a));
    return hn::CopySign(hn::IfThenElse(large, log_of_double(d, x), y), x);
  } else {
    // log(1 + a + (sqrt(a^2 + 1) - 1)), or log(2 a).
    const V one = constant(d, 1.0);
    const V square = hn::Mul(a, a);
    const V beyond = hn::Div(square, hn::Add(one, hn::Sqrt(hn::Add(square, one))));
    const V u = hn::IfThenElse(large, a, hn::Add(a, beyond));
    const V y = log1p_and_twos(d, u, hn::IfThenElseZero(large, one));
    return hn::CopySign(hn::IfThenElse(hn::IsFinite(a), y, a), x);
  }
}

template <class D, class V>
HWY_INLINE V vector_acosh(D d, V x) {
  const auto large = hn::Gt(x, large_root(d));
  if constexpr (kIsFloat<D>) {
    // Near 1 it is sqrt(2 u) times a polynomial of u.
    const V one = constant(d, 1.0);
    const auto near = hn::Lt(x, constant(d, 2.0));
    const V u = hn::Sub(x, one);
    const V root = hn::Sqrt(hn::IfThenElse(near, hn::Add(u, u), hn::MulSub(x, x, one)));
    const V rest = polynomial(d, u, -0.08333309149, 0.01874506896, -0.005546413093, 0.001788475484,
                              -0.0005070380475, 8.286110863e-05);
    const V y = hn::IfThenElse(near, hn::MulAdd(hn::Mul(root, u), rest, root),
                               vector_log(d, hn::Add(x, root)));
    return hn::IfThenElse(large, log_of_double(d, x), y);
  }
  return hn::IfThenElse(large, log_of_double(d, x), sleef_acosh(x));
}

template <class D, class V>
HWY_INLINE V vector_atanh(D d, V x) {
  if constexpr (kIsFloat<D>) {
    const V one = constant(d, 1.0);
    const V half = constant(d, 0.5);
    const V a = hn::Abs(x);
    const V u = hn::Mul(a, a);
    const V far = hn::Mul(half, vector_log(d, hn::Div(hn::Add(one, a), hn::Sub(one, a))));
    const V rest = polynomial(d, u, 0.3333330007, 0.200025186, 0.1422275537, 0.1182379077,
                              0.05135578095, 0.1766948541);
    const V near = hn::MulAdd(hn::Mul(u, a), rest, a);
    return hn::CopySign(hn::IfThenElse(hn::Gt(a, half), far, near), x);
  }
  return sleef_atanh(x);
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#endif
