#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/unary.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/losses/regression_output.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace gluino {
namespace {

enum Input { kData, kLabel };

void infer(const RegressionOutputOptions& /*options*/, Inference& s) {
  const Shape& data = s.in(kData);
  s.expect(data.ndim() >= 1, kData, "expected at least 1 dimension, got ", data);
  s.set_out(0, data);
  const Shape& label = s.in(kLabel);
  const Shape column = {data[0]};
  if (data.ndim() == 2 && data[1] == 1 && (!label.ndim_known() || label == column)) {
    s.set_in(kLabel, column);
  } else {
    s.set_in(kLabel, data);
  }
}

template <class T, class Slope>
void gradient(const RegressionOutputOptions& o, const GradientCall& call, Slope slope) {
  const Tensor& label = call.in[kLabel];
  const std::int64_t n = label.size();
  if (!call.in_grad[kData] || n == 0) return;
  const T* y = call.out[0].as<T>();
  const T* wanted = label.as<T>();
  T* dx = call.in_grad[kData].as<T>();
  const double per_sample = static_cast<double>(n / label.shape[0]);
  const T scale = static_cast<T>(o.grad_scale / per_sample);
  parallel_for(n, kernels::kCopyGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) dx[i] = slope(y[i] - wanted[i]) * scale;
  });
}

void copy(const RegressionOutputOptions& /*options*/, const Call& call) {
  const Tensor& x = call.in[kData];
  const auto bytes = static_cast<std::size_t>(x.size()) * size_of(x.dtype);
  if (bytes > 0) std::memmove(call.out[0].data, x.data, bytes);
}

void logistic(const RegressionOutputOptions& /*options*/, const Call& call) {
  const Tensor& x = call.in[kData];
  dispatch_real(x.dtype, "LogisticRegressionOutput", [&]<class T>() {
    kernels::unary::sigmoid<T>().forward(x.as<T>(), call.out[0].as<T>(), x.size());
  });
}

constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};
constexpr Fill kPart{Fill::Kind::uniform, 0, 1};

// `distance` is what the kernel's slope is, of arrays: of the data, since the gradient of a loss
// does not go through its output.
template <class Forward, class Slope, class Distance>
bool define_regression(const char* name, const char* doc, Forward forward, Slope slope,
                       Distance distance) {
  auto definition = define_op<RegressionOutputOptions>(name);
  if (forward == copy) definition.passes_on();
  definition.doc(doc)
      .inputs({"data"})
      .row_wise()
      .parameters({"label"})
      .looks_up({kLabel})
      .field("grad_scale", &RegressionOutputOptions::grad_scale, "Multiplies the gradient.")
      .in_place()
      .loss()
      .infer(infer)
      .forward(forward)
      .backward(
          [=](const RegressionOutputOptions& o, const GradientCall& call) {
            dispatch_real(call.out[0].dtype, name, [&]<class T>() { gradient<T>(o, call, slope); });
          },
          Op::inputs | Op::outputs)
      .derivative([=](const RegressionOutputOptions& o, const DerivativeCall& call) {
        const NDArray& x = call.in[kData];
        if (x.size() == 0) return std::vector<NDArray>(2);
        const double per_sample = static_cast<double>(x.size() / x.shape()[0]);
        const NDArray label = derivative::reshaped(call.in[kLabel], x.shape());
        return std::vector<NDArray>{distance(x, label) * (o.grad_scale / per_sample), NDArray()};
      })
      .sample({}, {{{4, 3}, kDistinct}, {{4, 3}, kPart}})
      .sample({.grad_scale = 0.5}, {{{5, 1}, kDistinct}, {{5}, kPart}})
      .sample({}, {{{0, 3}}, {{0, 3}}});
  return true;
}

[[maybe_unused]] const bool linear = define_regression(
    "LinearRegressionOutput",
    "The data; the gradient is that of half the squared error with a label.", copy,
    [](auto difference) { return difference; },
    [](const NDArray& x, const NDArray& label) { return x - label; });
[[maybe_unused]] const bool logistic_output = define_regression(
    "LogisticRegressionOutput",
    "sigmoid(data); the gradient is that of the cross entropy with a label.", logistic,
    [](auto difference) { return difference; },
    [](const NDArray& x, const NDArray& label) { return ops::sigmoid(x) - label; });
[[maybe_unused]] const bool absolute = define_regression(
    "MAERegressionOutput", "The data; the gradient is that of the absolute error with a label.",
    copy,
    // Where they are equal the slope is -1, as in MXNet.
    [](auto difference) {
      using T = decltype(difference);
      return difference > 0 ? T(1) : T(-1);
    },
    [](const NDArray& x, const NDArray& label) { return ops::sign(ops::sign(x - label) - 0.5); });

}  // namespace
}  // namespace gluino
