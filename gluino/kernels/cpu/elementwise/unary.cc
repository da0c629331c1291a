#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/special.h>
#include <gluino/kernels/cpu/elementwise/unary.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <cmath>
#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/elementwise/unary.cc"
#include <hwy/foreach_target.h>
// Highway's order: what is compiled once per instruction set comes after foreach_target.
#include <gluino/kernels/cpu/support/angles-inl.h>
#include <gluino/kernels/cpu/support/math-inl.h>
#include <gluino/kernels/cpu/support/vectors-inl.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_UNARY_ONCE
#define GLUINO_KERNELS_UNARY_ONCE
namespace gluino::kernels {

constexpr double kTwoOverSqrtPi = 1.1283791670955126;
constexpr double kLn2 = std::numbers::ln2;
constexpr double kLn10 = std::numbers::ln10;
constexpr double kDegrees = 180 / std::numbers::pi;
constexpr double kRadians = std::numbers::pi / 180;

// What a slope reads.
enum class UnaryReads : unsigned { nothing = 0, x = 1, y = 2, x_and_y = 3 };
constexpr bool reads_x(UnaryReads reads) { return (static_cast<unsigned>(reads) & 1U) != 0; }
constexpr bool reads_y(UnaryReads reads) { return (static_cast<unsigned>(reads) & 2U) != 0; }

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
#define GLUINO_MEMBER(name, ...) UnaryRange<T> name##_range;
  GLUINO_UNARY_TABLE(GLUINO_MEMBER)
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
    if constexpr (reads_x(F::kReads)) vx = load(mask, d, x + i);
    if constexpr (reads_y(F::kReads)) vy = load(mask, d, y + i);
    store(F::gradient(d, vx, vy, load(mask, d, dy + i)), mask, d, dx + i);
  });
}

// Halves away from zero, as std::round does: trunc(x) and one more where half or more was cut off.
template <class D, class V>
HWY_INLINE V round_half_away(D d, V x) {
  const V whole = hn::Trunc(x);
  const auto up = hn::Ge(hn::Abs(hn::Sub(x, whole)), constant(d, 0.5));
  const V rounded = hn::Add(whole, hn::IfThenElseZero(up, hn::CopySign(constant(d, 1.0), x)));
  return hn::CopySign(rounded, x);
}

// Halves downwards: the last whole number, and one more where more than half is above it.
template <class D, class V>
HWY_INLINE V round_half_down(D d, V x) {
  const V whole = hn::Floor(x);
  const auto up = hn::Gt(hn::Sub(x, whole), constant(d, 0.5));
  const V rounded = hn::Add(whole, hn::IfThenElseZero(up, constant(d, 1.0)));
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
HWY_INLINE V relu_slope(D d, V y, V dy) {
  const V slope = hn::IfThenElseZero(hn::Gt(y, hn::Zero(d)), dy);
  return hn::IfThenElse(hn::IsNaN(y), y, slope);
}

// As maximum and minimum have it, one after the other: no zero is negative.
template <class D, class V>
HWY_INLINE V vector_relu6(D d, V x) {
  const V most = constant(d, 6.0);
  const V positive = hn::IfThenElse(hn::Gt(x, hn::Zero(d)), x, hn::Zero(d));
  const V y = hn::IfThenElse(hn::Lt(positive, most), positive, most);
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

template <class D, class V>
HWY_INLINE V relu6_slope(D d, V x, V dy) {
  const auto outside = hn::Or(hn::Lt(x, hn::Zero(d)), hn::Gt(x, constant(d, 6.0)));
  return hn::Mul(dy, hn::IfThenElse(outside, hn::Zero(d), constant(d, 1.0)));
}

// tanh(log(1 + e^x)) = n / (n + 2), where n = (1 + e^x)^2 - 1; beyond 20 it is 1.
template <class D, class V>
HWY_INLINE V tanh_softrelu(D d, V x) {
  const V e = vector_exp(d, hn::Min(x, constant(d, 20.0)));
  const V n = hn::Mul(e, hn::Add(e, constant(d, 2.0)));
  return hn::Div(n, hn::Add(n, constant(d, 2.0)));
}

// tanh(log(1 + e^x)) + x * sigmoid(x) * (1 - tanh^2) = n / (n + 2) + 4x * e^x * (1 + e^x) / (n +
// 2)^2.
template <class D, class V>
HWY_INLINE V mish_slope(D d, V x) {
  const V two = constant(d, 2.0);
  const V most = hn::Min(x, constant(d, 20.0));
  const V e = vector_exp(d, most);
  const V n = hn::Mul(e, hn::Add(e, two));
  const V part = hn::Div(two, hn::Add(n, two));
  const V rising = hn::Mul(hn::Mul(most, hn::MulAdd(e, e, e)), hn::Mul(part, part));
  return hn::IfThenElse(hn::IsNaN(x), x, hn::MulAdd(n, hn::Div(part, two), rising));
}

// A function for one number, of each element.
template <class D, class V, class F>
HWY_INLINE V each_lane(D d, V x, F f) {
  HWY_ALIGN hn::TFromD<D> lanes[hn::MaxLanes(d)];
  hn::Store(x, d, lanes);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) lanes[i] = f(lanes[i]);
  return hn::Load(d, lanes);
}
#define LIBM(function) each_lane(d, x, [](auto lane) { return function(lane); })

// The functions of the table. Their expressions see the Highway tag d, the vectors x (and y, dy),
// and `one`.
#define GLUINO_DEFINE(name, kind, reads, range, whole, description, value, slope, derivative)      \
  struct name##_function {                                                                         \
    static constexpr UnaryReads kReads = UnaryReads::reads;                                        \
    template <class D, class V>                                                                    \
    static HWY_INLINE V forward(D d, V x) {                                                        \
      [[maybe_unused]] const V one = hn::Set(d, 1);                                                \
      return value;                                                                                \
    }                                                                                              \
    template <class D, class V>                                                                    \
    static HWY_INLINE V gradient([[maybe_unused]] D d, [[maybe_unused]] V x, [[maybe_unused]] V y, \
                                 [[maybe_unused]] V dy) {                                          \
      [[maybe_unused]] const V one = hn::Set(d, 1);                                                \
      return slope;                                                                                \
    }                                                                                              \
  };
GLUINO_UNARY_TABLE(GLUINO_DEFINE)
#undef GLUINO_DEFINE
#undef LIBM

template <class T>
const UnaryRanges<T>* unary_ranges() {
#define GLUINO_ENTRY(name, ...)                                             \
  {&forward_range<name##_function, T>, &gradient_range<name##_function, T>, \
   reads_x(name##_function::kReads), reads_y(name##_function::kReads)},
  static constexpr UnaryRanges<T> ranges = {GLUINO_UNARY_TABLE(GLUINO_ENTRY)};
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

GLUINO_CHOSEN_TABLE(UnaryRanges, ranges, unary_ranges_float, unary_ranges_double)

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
#define GLUINO_DEFINE(name, ...)                                             \
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
GLUINO_UNARY_TABLE(GLUINO_DEFINE)
#undef GLUINO_DEFINE
}  // namespace unary

}  // namespace gluino::kernels
#endif
