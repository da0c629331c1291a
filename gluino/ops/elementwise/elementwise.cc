#include <gluino/base/convert.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace gluino {
namespace {

template <class O>
void infer(const O& /*options*/, Inference& s) {
  s.set_out(0, s.in(0));
}

// Plain loops, which the compiler turns into vectors: if what a choice is between is computed
// before it, whichever is chosen.
template <class F>
void each(std::int64_t n, F f) {
  parallel_for(n, kernels::kCopyGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) f(i);
  });
}

// y = value(x, options) and dx = dy * slope(x, options).
template <class O, Types types, class Value, class Slope>
OpDefinition<O> define_function(const char* name, const char* doc, Value value, Slope slope) {
  auto definition = define_op<O>(name);
  definition.doc(doc)
      .inputs({"data"})
      .nameless()
      .types(types)
      .row_wise()
      .in_place()
      .forward([=](const O& o, const Call& call) {
        dispatch_as<types>(call.in[0].dtype, name, [&]<class T>() {
          const T* x = call.in[0].as<T>();
          T* y = call.out[0].as<T>();
          each(call.in[0].size(), [&](std::int64_t i) { y[i] = value(x[i], o); });
        });
      })
      .backward(
          [=](const O& o, const GradientCall& call) {
            dispatch_real(call.in[0].dtype, name, [&]<class T>() {
              const T* x = call.in[0].as<T>();
              const T* dy = call.out_grad[0].as<T>();
              T* dx = call.in_grad[0].as<T>();
              each(call.in[0].size(), [&](std::int64_t i) { dx[i] = dy[i] * slope(x[i], o); });
            });
          },
          Op::inputs);
  return definition;
}

constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

// By the kernels of maximum and minimum, a piece at a time, so that the second finds it in a cache.
void clip_forward(const ClipOptions& o, const Call& call) {
  dispatch_numbers(call.in[0].dtype, [&]<class T>() {
    const T* const x = call.in[0].as<T>();
    T* const y = call.out[0].as<T>();
    constexpr std::int64_t kPiece = 4096;
    const std::int64_t n = call.in[0].size();
    parallel_for(n, kernels::kCopyGrain, [&](std::int64_t begin, std::int64_t end) {
      for (; begin < end; begin += kPiece) {
        const std::int64_t count = std::min(kPiece, end - begin);
        kernels::binary::maximum<T>().array_scalar(x + begin, convert<T>(o.a_min), y + begin,
                                                   count);
        kernels::binary::minimum<T>().array_scalar(y + begin, convert<T>(o.a_max), y + begin,
                                                   count);
      }
    });
  });
}

const auto clip = define_function<ClipOptions, Types::numbers>(
                      "clip", "Brings each element into [a_min, a_max].",
                      [](auto x, const ClipOptions& o) {
                        const auto low = convert<decltype(x)>(o.a_min);
                        const auto high = convert<decltype(x)>(o.a_max);
                        return x < low ? low : x > high ? high : x;
                      },
                      [](auto x, const ClipOptions& o) {
                        using T = decltype(x);
                        const bool below = x < static_cast<T>(o.a_min);
                        const bool above = x > static_cast<T>(o.a_max);
                        return (below | above) ? T(0) : T(1);
                      })
                      .elementwise()
                      .activation_by([](const ClipOptions& o) {
                        return std::string(o.a_min == 0 && o.a_max == 6 ? "relu6" : "");
                      })
                      .forward(clip_forward)
                      .field("a_min", &ClipOptions::a_min, "The least value.")
                      .required()
                      .field("a_max", &ClipOptions::a_max, "The largest value.")
                      .required()
                      .infer(+[](const ClipOptions& o, Inference& s) {
                        s.expect(o.a_min <= o.a_max, -1, "a_min: expected at most a_max ", o.a_max,
                                 ", got ", o.a_min);
                        s.set_out(0, s.in(0));
                      })
                      .derivative([](const ClipOptions& o, const DerivativeCall& call) {
                        const NDArray& x = call.in[0];
                        const NDArray inside = (x >= o.a_min) * (x <= o.a_max);
                        return std::vector<NDArray>{derivative::where(inside, call.out_grad[0])};
                      })
                      .sample({.a_min = -1, .a_max = 0.5}, {{{3, 5}, kDistinct}})
                      .sample({.a_min = 0, .a_max = 1}, {{{0, 5}}});

const auto smooth_l1 =
    define_function<SmoothL1Options, Types::real>(
        "smooth_l1", "A parabola near 0, the magnitude beyond.",
        [](auto x, const SmoothL1Options& o) {
          using T = decltype(x);
          const T end = static_cast<T>(1 / (o.scalar * o.scalar));
          const T scaled = x * static_cast<T>(o.scalar);
          const T parabola = scaled * scaled / 2;
          const T line = std::abs(x) - end / 2;
          return std::abs(x) < end ? parabola : line;
        },
        [](auto x, const SmoothL1Options& o) {
          using T = decltype(x);
          const T end = static_cast<T>(1 / (o.scalar * o.scalar));
          const T inner = x * static_cast<T>(o.scalar) * static_cast<T>(o.scalar);
          const T sign = static_cast<T>(x > 0) - static_cast<T>(x < 0);
          return std::abs(x) < end ? inner : sign;
        })
        .field("scalar", &SmoothL1Options::scalar, "The parabola ends at 1 / scalar^2.")
        .infer(infer<SmoothL1Options>)
        .derivative([](const SmoothL1Options& o, const DerivativeCall& call) {
          const NDArray& x = call.in[0];
          const double factor = o.scalar * o.scalar;
          const NDArray near = ops::abs(x) < 1 / factor;
          const NDArray slope = ops::where(near, x * factor, ops::sign(x));
          return std::vector<NDArray>{call.out_grad[0] * slope};
        })
        .sample({}, {{{3, 5}, kDistinct}})
        .sample({.scalar = 2}, {{{3, 5}, kDistinct}})
        .sample({}, {{{0, 5}}});

enum Input { kCondition, kX, kY };

void infer_where(const NoOptions& /*options*/, Inference& s) {
  const Shape& x = s.in(kX);
  s.set_in(kY, x);
  s.expect(s.in_type(kX) == s.in_type(kY), kY, "expected ", s.in_type(kX), " as x, got ",
           s.in_type(kY), "; convert with astype");
  const Shape& condition = s.in(kCondition);
  const bool rows = x.ndim() > 0 && condition == Shape{x[0]};
  s.expect(rows || condition == x, kCondition, "expected the shape of x ", x,
           " or the size of its first axis, got ", condition);
  s.set_out(0, x);
}

// Calls f(i, condition) for each element.
template <class F>
void each_choice(const Tensor& condition, const Shape& shape, F f) {
  const std::int64_t n = shape.size();
  if (n == 0) return;
  const std::int64_t per_choice = n / condition.size();
  dispatch(condition.dtype, [&]<class C>() {
    const C* chosen = condition.as<C>();
    if (per_choice == 1) {
      each(n, [&](std::int64_t i) { f(i, convert<bool>(chosen[i])); });
      return;
    }
    const std::int64_t grain = kernels::row_grain(per_choice, kernels::kCopyGrain);
    parallel_for(condition.size(), grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t c = begin; c < end; ++c) {
        const bool choice = convert<bool>(chosen[c]);
        for (std::int64_t i = c * per_choice; i < (c + 1) * per_choice; ++i) f(i, choice);
      }
    });
  });
}

void where_forward(const NoOptions& /*options*/, const Call& call) {
  dispatch_words(call.in[kX].dtype, [&]<class T>() {
    const T* x = call.in[kX].as<T>();
    const T* y = call.in[kY].as<T>();
    T* out = call.out[0].as<T>();
    each_choice(call.in[kCondition], call.out[0].shape, [&](std::int64_t i, bool first) {
      const T yes = x[i];
      const T no = y[i];
      out[i] = first ? yes : no;
    });
  });
}

void where_backward(const NoOptions& /*options*/, const GradientCall& call) {
  dispatch_real(call.out_grad[0].dtype, "where", [&]<class T>() {
    const T* dout = call.out_grad[0].as<T>();
    for (const Input input : {kX, kY}) {
      T* grad = call.in_grad[input].as<T>();
      if (grad == nullptr) continue;
      each_choice(call.in[kCondition], call.out_grad[0].shape, [&](std::int64_t i, bool first) {
        const T head = dout[i];
        grad[i] = first == (input == kX) ? head : T(0);
      });
    }
  });
}

constexpr Fill kChoice{Fill::Kind::integers, 0, 2};

const auto where = define_op("where")
                       .doc("Elements of x where the condition is not 0, else of y.")
                       .types(Types::any)
                       .inputs({"condition", "x", "y"})
                       .looks_up({kCondition})
                       .shaped_as_output({kX, kY})
                       .infer_types([](const NoOptions& /*options*/, auto in, auto out) {
                         for (auto& type : in) type = type ? type : in[kX];
                         out[0] = in[kX];
                       })
                       .infer(infer_where)
                       .forward(where_forward)
                       .backward(where_backward, Op::inputs)
                       .derivative(derivative::of_linear<NoOptions>("where"))
                       .sample({}, {{{3, 4}, kChoice}, {{3, 4}}, {{3, 4}}})
                       .sample({}, {{{3}, kChoice}, {{3, 4}}, {{3, 4}}})
                       .sample({}, {{{0, 4}, kChoice}, {{0, 4}}, {{0, 4}}});

bool define_like(const char* name, const char* doc, int value) {
  define_op(name)
      .doc(doc)
      .inputs({"data"})
      .nameless()
      .row_wise()
      .in_place()
      .types(Types::any)
      .infer(infer<NoOptions>)
      .forward([=](const NoOptions& /*options*/, const Call& call) {
        const Tensor& out = call.out[0];
        dispatch(out.dtype, [&]<class T>() {
          std::fill_n(out.as<T>(), out.size(), static_cast<T>(static_cast<float>(value)));
        });
      })
      .sample({}, {{{3, 4}}})
      .sample({}, {{{0, 4}}});
  return true;
}

[[maybe_unused]] const bool zeros_like = define_like("zeros_like", "Zeros in the form of data.", 0);
[[maybe_unused]] const bool ones_like = define_like("ones_like", "Ones in the form of data.", 1);

}  // namespace
}  // namespace gluino
