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

// e^x: x = n ln 2 + r, a polynomial for e^r. At most 1 ulp in float.
template <class D, class V>
HWY_INLINE V vector_exp(D d, V x) {
  const hn::RebindToSigned<D> di;
  // Adding it leaves round(x / ln 2) in the lowest bits.
  const V shifter = constant(d, kIsFloat<D> ? 12582912.0 : 6755399441055744.0);
  const V clamped = hn::Min(hn::Max(x, constant(d, kIsFloat<D> ? -104.5 : -746.0)),
                            constant(d, kIsFloat<D> ? 89.0 : 710.0));
  const V shifted = hn::Add(hn::Mul(clamped, constant(d, 1.4426950408889634)), shifter);
  const V n = hn::Sub(shifted, shifter);
  const auto ni = hn::Sub(hn::BitCast(di, shifted), hn::BitCast(di, shifter));
  V r, p;
  if constexpr (kIsFloat<D>) {
    r = hn::NegMulAdd(n, constant(d, 0.693145751953125), clamped);
    r = hn::NegMulAdd(n, constant(d, 1.428606765330187e-06), r);
    p = polynomial(d, r, 0.5, 0.16666519, 0.04166621, 0.00836889, 0.00139505);
  } else {
    r = hn::NegMulAdd(n, constant(d, 0x1.62e42feep-1), clamped);
    r = hn::NegMulAdd(n, constant(d, 1.9082149292705877e-10), r);
    p = polynomial(d, r, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320,
                   1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600);
  }
  const V e = hn::Add(constant(d, 1.0), hn::MulAdd(hn::Mul(r, r), p, r));
  // In two steps, because 2^n itself may be no number while the product is one.
  const auto half = hn::ShiftRight<1>(ni);
  const V y = hn::Mul(hn::Mul(e, power_of_two(d, half)), power_of_two(d, hn::Sub(ni, half)));
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

// e^x - 1, accurate near zero (W. Kahan's correction of e^x - 1 by x / log(e^x)).
template <class D, class V>
HWY_INLINE V vector_expm1(D d, V x) {
  const V one = constant(d, 1.0);
  const V u = vector_exp(d, x);
  const V rest = hn::Sub(u, one);
  const V corrected = hn::Div(hn::Mul(rest, x), vector_log(d, u));
  V y = hn::IfThenElse(hn::Eq(u, one), x, corrected);
  return hn::IfThenElse(hn::Lt(hn::Abs(x), one), y, rest);
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
GLUINO_DEFINE(tan)
GLUINO_DEFINE(asin)
GLUINO_DEFINE(acos)
GLUINO_DEFINE(atan)
GLUINO_DEFINE(log2)
GLUINO_DEFINE(log10)
#undef GLUINO_DEFINE

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

// In float by e^x, and by Taylor's series where that would cancel; at most 2 ulp.
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
  return hn::IfThenElse(large, hn::CopySign(half_exp(d, x), x), sleef_sinh(x));
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

// In float Halley's iteration, twice, from a third of the exponent; then Newton's with the exact
// rest. At most 1 ulp.
template <class D, class V>
HWY_INLINE V vector_cbrt(D d, V x) {
  if constexpr (kIsFloat<D> && HWY_NATIVE_FMA != 0) {
    const hn::RebindToSigned<D> di;
    const V a = hn::Abs(x);
    // Numbers without an exponent get one, and those whose double is none lose some.
    const auto small = hn::Lt(a, constant(d, 0x1p-100));
    const auto large = hn::Gt(a, constant(d, 0x1p100));
    const V one = constant(d, 1.0);
    const V scale = hn::IfThenElse(small, constant(d, 0x1p48),
                                   hn::IfThenElse(large, constant(d, 0x1p-48), one));
    const V back = hn::IfThenElse(small, constant(d, 0x1p-16),
                                  hn::IfThenElse(large, constant(d, 0x1p16), one));
    const V scaled = hn::Mul(a, scale);
    const V third = hn::Mul(hn::ConvertTo(d, hn::BitCast(di, scaled)), constant(d, 1.0 / 3));
    V y = hn::BitCast(d, hn::Add(hn::ConvertTo(di, third), hn::Set(di, 0x2a5137a0)));
    for (int i = 0; i < 2; ++i) {
      const V cube = hn::Mul(hn::Mul(y, y), y);
      y = hn::Mul(
          y, hn::Div(hn::Add(cube, hn::Add(scaled, scaled)), hn::Add(hn::Add(cube, cube), scaled)));
    }
    const V square = hn::Mul(y, y);
    const V lost = hn::MulSub(y, y, square);
    const V rest = hn::NegMulAdd(lost, y, hn::NegMulAdd(square, y, scaled));
    y = hn::MulAdd(rest, hn::Div(constant(d, 1.0 / 3), square), y);
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
  }
  return hn::IfThenElse(large, hn::CopySign(log_of_double(d, x), x), sleef_asinh(x));
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
