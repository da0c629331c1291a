#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/hard_sigmoid.h>

#include <cmath>
#include <vector>

namespace gluino {
namespace {

void infer(const HardSigmoidOptions& /*options*/, Inference& s) { s.set_out(0, s.in(0)); }

// y[i] = f(i), of n elements.
template <class T, class F>
void each(T* y, std::int64_t n, F f) {
  parallel_for(n, kernels::kCopyGrain, [=](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) y[i] = static_cast<T>(f(i));
  });
}

void forward(const HardSigmoidOptions& o, const Call& call) {
  dispatch_real(call.in[0].dtype, "hard_sigmoid", [&]<class T>() {
    const T* x = call.in[0].as<T>();
    const T alpha = static_cast<T>(o.alpha), beta = static_cast<T>(o.beta);
    each(call.out[0].as<T>(), call.in[0].size(), [=](std::int64_t i) {
      const T y = alpha * x[i] + beta;
      return y < 0 ? T(0) : y > 1 ? T(1) : y;
    });
  });
}

void backward(const HardSigmoidOptions& o, const GradientCall& call) {
  dispatch_real(call.out_grad[0].dtype, "hard_sigmoid", [&]<class T>() {
    const T* y = call.out[0].as<T>();
    const T* dy = call.out_grad[0].as<T>();
    const T alpha = static_cast<T>(o.alpha);
    each(call.in_grad[0].as<T>(), call.in_grad[0].size(),
         [=](std::int64_t i) { return y[i] > 0 && y[i] < 1 ? alpha * dy[i] : T(0); });
  });
}

constexpr Fill kAwayFromKinks{Fill::Kind::distinct, -4, 4};

const auto hard_sigmoid =
    define_op<HardSigmoidOptions>("hard_sigmoid")
        .doc("alpha x + beta, cut to [0, 1].")
        .inputs({"data"})
        .nameless()
        .row_wise()
        .field("alpha", &HardSigmoidOptions::alpha, "The slope.")
        .field("beta", &HardSigmoidOptions::beta, "The value at 0.")
        .in_place()
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::outputs)
        .derivative([](const HardSigmoidOptions& o, const DerivativeCall& call) {
          const NDArray& y = call.out[0];
          const NDArray inside = (y > 0) * (y < 1);
          return std::vector<NDArray>{derivative::where(inside, call.out_grad[0]) * o.alpha};
        })
        .sample({}, {{{3, 5}, kAwayFromKinks}})
        .sample({.alpha = 0.7, .beta = 0.4}, {{{2, 3, 3}, kAwayFromKinks}})
        .sample({}, {{{0, 4}}});

void infer_divided(const NoOptions& /*options*/, Inference& s) {
  s.expect(s.in(0).ndim() >= 1, 0, "expected at least 1 dimension");
  s.set_out(0, s.in(0));
}

// y = x / sqrt(the last axis' size).
void divide(const Tensor& x, const Tensor& y) {
  const double root = std::sqrt(static_cast<double>(x.shape.back()));
  dispatch_real(x.dtype, "div_sqrt_dim", [&]<class T>() {
    const T* from = x.as<T>();
    each(y.as<T>(), x.size(), [=](std::int64_t i) { return from[i] / static_cast<T>(root); });
  });
}

const auto div_sqrt_dim =
    define_op("_contrib_div_sqrt_dim")
        .doc("Each element divided by the root of the last axis' size.")
        .inputs({"data"})
        .nameless()
        .row_wise_if(
            [](const NoOptions& /*options*/, const Shape& data) { return data.ndim() > 1; })
        .in_place()
        .infer(infer_divided)
        .forward(
            [](const NoOptions& /*options*/, const Call& call) { divide(call.in[0], call.out[0]); })
        .backward([](const NoOptions& /*options*/,
                     const GradientCall& call) { divide(call.out_grad[0], call.in_grad[0]); },
                  Op::nothing)
        .derivative(derivative::of_linear<NoOptions>("_contrib_div_sqrt_dim"))
        .sample({}, {{{3, 5}}})
        .sample({}, {{{2, 3, 2}}})
        .sample({}, {{{0, 4}}})
        .sample({}, {{{3, 0}}});

}  // namespace
}  // namespace gluino
