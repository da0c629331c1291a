#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/normalization/softmax.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/layers/softmax.h>

#include <vector>

namespace gluino {
namespace {

kernels::SoftmaxShape split_at_axis(const SoftmaxOptions& o, const Shape& shape) {
  const int axis = normalize_axis(o.axis, shape.ndim());
  return {.outer = shape.size_between(0, axis),
          .n = shape[axis],
          .inner = shape.size_between(axis + 1, shape.ndim())};
}

void infer(const SoftmaxOptions& o, Inference& s) {
  s.axis(0, o.axis, s.in(0).ndim());
  s.expect(!o.temperature || *o.temperature > 0, -1, "temperature: expected a number above 0, got ",
           o.temperature.value_or(1));
  s.set_out(0, s.in(0));
}

template <class Forward, class Backward, class Derivative>
bool define_softmax(const char* name, const char* doc, Forward run, Backward gradient,
                    Derivative derivative) {
  define_op<SoftmaxOptions>(name)
      .doc(doc)
      .inputs({"data"})
      .row_wise_if([](const SoftmaxOptions& o, const Shape& data) {
        return normalize_axis(o.axis, data.ndim()) != 0;
      })
      .field("axis", &SoftmaxOptions::axis, "The axis that is normalised.")
      .field("temperature", &SoftmaxOptions::temperature, "Inputs are divided by it first.")
      .tolerates("dtype", {"None"})
      .tolerates("use_length", {"False", "0", "None"})
      .in_place()
      .infer(infer)
      .forward([=](const SoftmaxOptions& o, const Call& call) {
        const Tensor& x = call.in[0];
        dispatch_real(x.dtype, name, [&]<class T>() {
          run(x.as<T>(), call.out[0].as<T>(), split_at_axis(o, x.shape), o.temperature.value_or(1));
        });
      })
      .backward(
          [=](const SoftmaxOptions& o, const GradientCall& call) {
            const Tensor& y = call.out[0];
            dispatch_real(y.dtype, name, [&]<class T>() {
              gradient(y.as<T>(), call.out_grad[0].as<T>(), call.in_grad[0].as<T>(),
                       split_at_axis(o, y.shape), o.temperature.value_or(1));
            });
          },
          Op::outputs)
      .derivative([=](const SoftmaxOptions& o, const DerivativeCall& call) {
        const NDArray& y = call.out[0];
        const Shape axis = {normalize_axis(o.axis, y.ndim())};
        const NDArray dx = derivative(y, call.out_grad[0], axis);
        return std::vector<NDArray>{o.temperature ? dx / *o.temperature : dx};
      })
      .sample({}, {{{3, 10}}})
      .sample({.axis = 1, .temperature = 2.0}, {{{2, 3, 4}}})
      .sample({}, {{{0, 10}}})
      .sample({}, {{{3, 0}}});
  return true;
}

[[maybe_unused]] const bool softmax = define_softmax(
    "softmax", "exp(x) / sum(exp(x)) along an axis.",
    [](auto* x, auto* y, const auto& shape, double t) { kernels::softmax(x, y, shape, t); },
    [](auto* y, auto* dy, auto* dx, const auto& shape, double t) {
      kernels::softmax_gradient(y, dy, dx, shape, t);
    },
    [](const NDArray& y, const NDArray& dy, const Shape& axis) {
      return y * (dy - (y * dy).sum(axis, true));
    });

// -x first, since the temperature would have to be negative else, and the largest x lead.
[[maybe_unused]] const bool softmin = define_softmax(
    "softmin", "softmax(-x) along an axis.",
    []<class T>(const T* x, T* y, const auto& shape, double t) {
      parallel_for(shape.outer * shape.n * shape.inner, kernels::kCopyGrain,
                   [=](std::int64_t i, std::int64_t end) {
                     for (; i < end; ++i) y[i] = -x[i];
                   });
      kernels::softmax<T>(y, y, shape, t);
    },
    [](auto* y, auto* dy, auto* dx, const auto& shape, double t) {
      kernels::softmax_gradient(y, dy, dx, shape, -t);
    },
    [](const NDArray& y, const NDArray& dy, const Shape& axis) {
      return y * ((y * dy).sum(axis, true) - dy);
    });

[[maybe_unused]] const bool log_softmax = define_softmax(
    "log_softmax", "log(softmax(x)) along an axis.",
    [](auto* x, auto* y, const auto& shape, double t) { kernels::log_softmax(x, y, shape, t); },
    [](auto* y, auto* dy, auto* dx, const auto& shape, double t) {
      kernels::log_softmax_gradient(y, dy, dx, shape, t);
    },
    [](const NDArray& y, const NDArray& dy, const Shape& axis) {
      return dy - ops::exp(y) * dy.sum(axis, true);
    });

}  // namespace
}  // namespace gluino
