#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/unary.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/elementwise/unary.cc"
#include <hwy/foreach_target.h>
// Highway's order: what is compiled once per instruction set comes after foreach_target.
#include <gluino/kernels/cpu/support/math-inl.h>
#include <gluino/kernels/cpu/support/vectors-inl.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_UNARY_ONCE
#define GLUINO_KERNELS_UNARY_ONCE
namespace gluino::kernels {

// The functions of one instruction set, each over one range.
template <class T>
struct UnaryRange {
  void (*forward)(const T* x, T* y, std::int64_t n);
  void (*gradient)(const T* x, const T* y, const T* dy, T* dx, std::int64_t n);
  bool reads_x;
  bool reads_y;
};

template <class T>
struct UnaryRanges {
#define GLUINO_MEMBER(name) UnaryRange<T> name##_range;
  GLUINO_UNARY_FUNCTIONS(GLUINO_MEMBER)
#undef GLUINO_MEMBER
};

}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

template <class F, class T>
void forward_range(const T* x, T* y, std::int64_t n) {
  const hn::ScalableTag<T> d;
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    store(F::forward(d, load(mask, d, x + i)), mask, d, y + i);
  });
}

template <class F, class T>
void gradient_range(const T* x, const T* y, const T* dy, T* dx, std::int64_t n) {
  const hn::ScalableTag<T> d;
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    auto vx = hn::Zero(d);
    auto vy = hn::Zero(d);
    if constexpr (F::kReadsX) vx = load(mask, d, x + i);
    if constexpr (F::kReadsY) vy = load(mask, d, y + i);
    store(F::gradient(d, vx, vy, load(mask, d, dy + i)), mask, d, dx + i);
  });
}

// Defines a function: GLUINO_UNARY(name, what its gradient reads, y = f(x), dx = dy * f'), where
// the expressions see the Highway tag d, the vectors x (and y, dy), and `one`.
#define GLUINO_UNARY(name, reads_x, reads_y, forward_expression, gradient_expression) \
  struct name##_function {                                                            \
    static constexpr bool kReadsX = reads_x, kReadsY = reads_y;                       \
    template <class D, class V>                                                       \
    static HWY_INLINE V forward(D d, V x) {                                           \
      [[maybe_unused]] const V one = hn::Set(d, 1);                                   \
      return forward_expression;                                                      \
    }                                                                                 \
    template <class D, class V>                                                       \
    static HWY_INLINE V gradient(D d, [[maybe_unused]] V x, [[maybe_unused]] V y,     \
                                 [[maybe_unused]] V dy) {                             \
      [[maybe_unused]] const V one = hn::Set(d, 1);                                   \
      return gradient_expression;                                                     \
    }                                                                                 \
  };

// Halves away from zero, as std::round does: trunc(x) and one more where half or more was cut off.
template <class D, class V>
HWY_INLINE V round_half_away(D d, V x) {
  const V whole = hn::Trunc(x);
  const auto up = hn::Ge(hn::Abs(hn::Sub(x, whole)), constant(d, 0.5));
  const V rounded = hn::Add(whole, hn::IfThenElseZero(up, hn::CopySign(constant(d, 1.0), x)));
  return hn::CopySign(rounded, x);
}

template <class D, class V>
HWY_INLINE V vector_sign(D d, V x) {
  const V one = constant(d, 1.0);
  const V y = hn::IfThenElse(hn::Gt(hn::Abs(x), hn::Zero(d)), hn::CopySign(one, x), hn::Zero(d));
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

// NaN where y is, as in MXNet.
template <class D, class V>
HWY_INLINE V relu_gradient(D d, V y, V dy) {
  const V slope = hn::IfThenElseZero(hn::Gt(y, hn::Zero(d)), dy);
  return hn::IfThenElse(hn::IsNaN(y), y, slope);
}

constexpr double kTwoOverSqrtPi = 1.1283791670955126;

// clang-format off
GLUINO_UNARY(exp, false, true, vector_exp(d, x), hn::Mul(dy, y))
GLUINO_UNARY(log, true, false, vector_log(d, x), hn::Div(dy, x))
GLUINO_UNARY(tanh, false, true, vector_tanh(d, x), hn::Mul(dy, hn::NegMulAdd(y, y, one)))
GLUINO_UNARY(sigmoid, false, true, vector_sigmoid(d, x),
             hn::Mul(dy, hn::Mul(y, hn::Sub(one, y))))
GLUINO_UNARY(relu, false, true,
             hn::IfThenElse(hn::Le(x, hn::Zero(d)), hn::Zero(d), x),
             relu_gradient(d, y, dy))
GLUINO_UNARY(softsign, true, false, hn::Div(x, hn::Add(one, hn::Abs(x))),
             hn::Div(hn::Div(dy, hn::Add(one, hn::Abs(x))), hn::Add(one, hn::Abs(x))))
GLUINO_UNARY(softrelu, true, false, vector_softrelu(d, x), hn::Mul(dy, vector_sigmoid(d, x)))
GLUINO_UNARY(sqrt, false, true, hn::Sqrt(x), hn::Div(hn::Mul(dy, constant(d, 0.5)), y))
GLUINO_UNARY(square, true, false, hn::Mul(x, x), hn::Mul(dy, hn::Add(x, x)))
GLUINO_UNARY(abs, true, false, hn::Abs(x), hn::Mul(dy, vector_sign(d, x)))
GLUINO_UNARY(negative, false, false, hn::Neg(x), hn::Neg(dy))
GLUINO_UNARY(sign, false, false, vector_sign(d, x), hn::Zero(d))
GLUINO_UNARY(reciprocal, false, true, hn::Div(one, x), hn::Neg(hn::Mul(hn::Mul(dy, y), y)))
GLUINO_UNARY(rsqrt, false, true, hn::Div(one, hn::Sqrt(x)),
             hn::Mul(hn::Mul(hn::Mul(hn::Mul(dy, constant(d, -0.5)), y), y), y))
GLUINO_UNARY(log1p, true, false, vector_log1p(d, x), hn::Div(dy, hn::Add(one, x)))
GLUINO_UNARY(expm1, false, true, vector_expm1(d, x), hn::Mul(dy, hn::Add(y, one)))
GLUINO_UNARY(sin, true, false, vector_sin(d, x), hn::Mul(dy, vector_cos(d, x)))
GLUINO_UNARY(cos, true, false, vector_cos(d, x), hn::Neg(hn::Mul(dy, vector_sin(d, x))))
GLUINO_UNARY(erf, true, false, vector_erf(d, x),
             hn::Mul(hn::Mul(dy, constant(d, kTwoOverSqrtPi)),
                     vector_exp(d, hn::Neg(hn::Mul(x, x)))))
GLUINO_UNARY(round, false, false, round_half_away(d, x), hn::Zero(d))
GLUINO_UNARY(rint, false, false, hn::Round(x), hn::Zero(d))
GLUINO_UNARY(floor, false, false, hn::Floor(x), hn::Zero(d))
GLUINO_UNARY(ceil, false, false, hn::Ceil(x), hn::Zero(d))
GLUINO_UNARY(trunc, false, false, hn::Trunc(x), hn::Zero(d))
// clang-format on
#undef GLUINO_UNARY

template <class T>
const UnaryRanges<T>* unary_ranges() {
#define GLUINO_ENTRY(name)                                                  \
  {&forward_range<name##_function, T>, &gradient_range<name##_function, T>, \
   name##_function::kReadsX, name##_function::kReadsY},
  static constexpr UnaryRanges<T> ranges = {GLUINO_UNARY_FUNCTIONS(GLUINO_ENTRY)};
#undef GLUINO_ENTRY
  return &ranges;
}
const UnaryRanges<float>* unary_ranges_float() { return unary_ranges<float>(); }
const UnaryRanges<double>* unary_ranges_double() { return unary_ranges<double>(); }

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

HWY_EXPORT(unary_ranges_float);
HWY_EXPORT(unary_ranges_double);

template <class T>
const UnaryRanges<T>& ranges() {
  static const UnaryRanges<T>* const chosen = [] {
    if constexpr (sizeof(T) == 4) {
      return HWY_DYNAMIC_DISPATCH(unary_ranges_float)();
    } else {
      return HWY_DYNAMIC_DISPATCH(unary_ranges_double)();
    }
  }();
  return *chosen;
}

template <class T>
void forward(const UnaryRange<T>& range, const T* x, T* y, std::int64_t n) {
  parallel_for(n, kMathGrain, [&](std::int64_t begin, std::int64_t end) {
    range.forward(x + begin, y + begin, end - begin);
  });
}

template <class T>
void gradient(const UnaryRange<T>& range, const T* x, const T* y, const T* dy, T* dx,
              std::int64_t n) {
  parallel_for(n, kMathGrain, [&](std::int64_t begin, std::int64_t end) {
    range.gradient(range.reads_x ? x + begin : nullptr, range.reads_y ? y + begin : nullptr,
                   dy + begin, dx + begin, end - begin);
  });
}

}  // namespace

namespace unary {
#define GLUINO_DEFINE(name)                                                  \
  template <class T>                                                         \
  const UnaryKernel<T>& name() {                                             \
    static const UnaryKernel<T> kernel = {                                   \
        [](const T* x, T* y, std::int64_t n) {                               \
          kernels::forward(ranges<T>().name##_range, x, y, n);               \
        },                                                                   \
        ranges<T>().name##_range.forward,                                    \
        [](const T* x, const T* y, const T* dy, T* dx, std::int64_t n) {     \
          kernels::gradient(ranges<T>().name##_range, x, y, dy, dx, n);      \
        },                                                                   \
        ranges<T>().name##_range.reads_x, ranges<T>().name##_range.reads_y}; \
    return kernel;                                                           \
  }                                                                          \
  template const UnaryKernel<float>& name<float>();                          \
  template const UnaryKernel<double>& name<double>();
GLUINO_UNARY_FUNCTIONS(GLUINO_DEFINE)
#undef GLUINO_DEFINE
}  // namespace unary

}  // namespace gluino::kernels
#endif
