// Tangents and angles in vectors, for inclusion by sources that are compiled once per instruction
// set.
#if defined(GLUINO_KERNELS_CPU_ANGLES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CPU_ANGLES_INL_H
#undef GLUINO_KERNELS_CPU_ANGLES_INL_H
#else
#define GLUINO_KERNELS_CPU_ANGLES_INL_H
#endif

#include <gluino/kernels/cpu/support/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// In float a polynomial of what is left of n right angles, and -1 / that where n is odd; with what
// rounding left out of the angle, of the polynomial and of the inverse. At most 1.2 ulp.
template <class D, class V>
HWY_INLINE V vector_tan(D d, V x) {
  if constexpr (kIsFloat<D> && HWY_NATIVE_FMA != 0) {
    const hn::RebindToSigned<D> di;
    const V one = constant(d, 1.0);
    const V shifter = constant(d, 12582912.0);
    const V shifted = hn::MulAdd(x, constant(d, 0.63661977236758134), shifter);
    const V n = hn::Sub(shifted, shifter);
    // Pi / 2 in three parts; the difference to the first is exact.
    const V second = constant(d, 4.3711388286737929e-8);
    const V left = hn::NegMulAdd(n, constant(d, 1.57079637050628662), x);
    const V more = hn::Mul(n, second);
    const V more_lost =
        hn::MulAdd(n, constant(d, 1.7151245100058819e-15), hn::MulSub(n, second, more));
    const V r = hn::Add(left, more);
    const V r_lost = hn::Add(hn::Add(hn::Sub(left, r), more), more_lost);
    const V u = hn::Mul(r, r);
    const V series = polynomial(d, u, 0.3333334962, 0.1333266338, 0.05406018273, 0.02127997696,
                                0.01084294374, 7.928474411e-5, 0.00438175586);
    const V rest = hn::MulAdd(hn::Mul(u, r), series, hn::MulAdd(u, r_lost, r_lost));
    const V t = hn::Add(r, rest);
    const V t_lost = hn::Add(hn::Sub(r, t), rest);
    const V inverse = hn::Div(one, t);
    const V inverse_lost = hn::NegMulAdd(inverse, t_lost, hn::NegMulAdd(inverse, t, one));
    const V by_inverse = hn::Neg(hn::MulAdd(inverse, inverse_lost, inverse));
    const auto odd = hn::TestBit(hn::BitCast(di, shifted), hn::Set(di, 1));
    V y = hn::IfThenElse(hn::RebindMask(d, odd), by_inverse, t);
    y = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, y);  // with its sign
    const auto within = hn::Lt(hn::Abs(x), constant(d, 10000.0));
    if (hn::AllTrue(d, within)) return y;
    return hn::IfThenElse(within, y, sleef_tan(x));
  }
  return sleef_tan(x);
}

// arctan(z + lost) for 0 <= z <= 1 in float; the slope is 1 / (1 + z^2), of which 1 - z^2 / 2 will
// do.
template <class D, class V>
HWY_INLINE V angle_to_an_eighth(D d, V z, V lost) {
  const V u = hn::Mul(z, z);
  const V series =
      polynomial(d, u, -0.3333332766, 0.1999969974, -0.1428021537, 0.1106075801, -0.08820657251,
                 0.06763488992, -0.04499934093, 0.02280377208, -0.007442477352, 0.0011387453);
  const V slope = hn::NegMulAdd(u, constant(d, 0.5), constant(d, 1.0));
  return hn::Add(z, hn::MulAdd(hn::Mul(u, z), series, hn::Mul(slope, lost)));
}

// In float a polynomial on [0, 1]; beyond, the rest to a right angle is that of 1 / |x|. At
// most 1.5 ulp.
template <class D, class V>
HWY_INLINE V vector_atan(D d, V x) {
  if constexpr (kIsFloat<D>) {
    const V one = constant(d, 1.0);
    const V a = hn::Abs(x);
    const auto far = hn::Gt(a, one);
    const V z = hn::IfThenElse(far, hn::Div(one, a), a);
    const V angle = angle_to_an_eighth(d, z, hn::Zero(d));
    // Pi / 2 in two parts.
    const V beyond = hn::Sub(constant(d, 1.57079637050628662),
                             hn::Add(angle, constant(d, 4.37113900018624283e-8)));
    return hn::CopySign(hn::IfThenElse(far, beyond, angle), x);
  } else {
    return sleef_atan(x);
  }
}

// In float by the quotient of the smaller to the larger one, and what its rounding left out. At
// most 1.2 ulp.
template <class D, class V>
HWY_INLINE V vector_atan2(D d, V y, V x) {
  if constexpr (kIsFloat<D> && HWY_NATIVE_FMA != 0) {
    const V zero = hn::Zero(d);
    const V one = constant(d, 1.0);
    const V a = hn::Abs(x);
    const V b = hn::Abs(y);
    const V larger = hn::Max(a, b);
    const V smaller = hn::Min(a, b);
    V z = hn::Div(smaller, larger);
    const V lost = hn::Div(hn::NegMulAdd(z, larger, smaller), larger);
    // Of zeros 0, of infinities 1.
    z = hn::IfThenElse(hn::Eq(a, b), hn::IfThenElseZero(hn::Gt(a, zero), one), z);
    const V rest = angle_to_an_eighth(d, z, hn::IfThenElseZero(hn::Lt(hn::Abs(lost), one), lost));
    // From the nearest axis, which is none, one or two right angles away, on or back.
    const auto upright = hn::Gt(b, a);
    const auto behind = hn::Lt(hn::CopySign(one, x), zero);
    const V axis = hn::IfThenElse(upright, one, hn::IfThenElseZero(behind, constant(d, 2.0)));
    const V turned = hn::IfThenElse(hn::Xor(upright, behind), hn::Neg(rest), rest);
    const V angle = hn::MulAdd(axis, constant(d, 1.57079637050628662),
                               hn::MulAdd(axis, constant(d, -4.37113900018624283e-8), turned));
    return hn::IfThenElse(hn::Or(hn::IsNaN(x), hn::IsNaN(y)), hn::Add(x, y),
                          hn::CopySign(angle, y));
  }
  return sleef_atan2(y, x);
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#endif
