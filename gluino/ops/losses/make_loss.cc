#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/losses/make_loss.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace gluino {
namespace {

// Operators that pass data on and have a gradient of their own.
template <class O>
void infer(const O& /*options*/, Inference& s) {
  s.set_out(0, s.in(0));
}

template <class O>
void pass(const O& /*options*/, const Call& call) {
  const Tensor& in = call.in[0];
  const auto bytes = static_cast<std::size_t>(in.size()) * size_of(in.dtype);
  if (bytes > 0 && call.out[0].data != in.data) std::memcpy(call.out[0].data, in.data, bytes);
}

void fill_gradient(const char* name, const GradientCall& call, double value) {
  const Tensor& dx = call.in_grad[0];
  dispatch_real(dx.dtype, name,
                [&]<class T>() { std::fill_n(dx.as<T>(), dx.size(), static_cast<T>(value)); });
}

// The elements that normalization "valid" counts; one at least.
double count_valid(const MakeLossOptions& o, const Tensor& data) {
  std::int64_t count = 0;
  dispatch_real(data.dtype, "MakeLoss", [&]<class T>() {
    const T* x = data.as<T>();
    const T threshold = static_cast<T>(o.valid_thresh);
    count = std::count_if(x, x + data.size(), [=](T value) { return value > threshold; });
  });
  return static_cast<double>(std::max<std::int64_t>(count, 1));
}

// The gradient of each element.
double make_loss_slope(const MakeLossOptions& o, const Tensor& data) {
  double divisor = 1;
  if (o.normalization == "batch") divisor = static_cast<double>(data.shape[0]);
  if (o.normalization == "valid") divisor = count_valid(o, data);
  return o.grad_scale / divisor;
}

void make_loss_gradient(const MakeLossOptions& o, const GradientCall& call) {
  if (call.in_grad[0].size() == 0) return;
  fill_gradient("MakeLoss", call, make_loss_slope(o, call.in[0]));
}

// A gradient that is the same everywhere, and has none.
std::vector<NDArray> constant(const DerivativeCall& call, double value) {
  const NDArray gradient = derivative::zeros(call.in[0]);
  gradient.assign(value);
  return {gradient};
}

const auto make_loss_layer =
    define_op<MakeLossOptions>("MakeLoss")
        .doc("The data, as a loss: its gradient is grad_scale.")
        .inputs({"data"})
        .field("grad_scale", &MakeLossOptions::grad_scale, "The gradient.")
        .field("valid_thresh", &MakeLossOptions::valid_thresh,
               "Elements above it are counted by normalization valid.")
        .field("normalization", &MakeLossOptions::normalization, "What the gradient is divided by.",
               {"null", "batch", "valid"})
        .in_place()
        .passes_on()
        .loss()
        .infer(+[](const MakeLossOptions& o, Inference& s) {
          s.expect(o.normalization != "batch" || s.in(0).ndim() > 0, 0,
                   "normalization batch needs at least 1 dimension, got ", s.in(0));
          s.set_out(0, s.in(0));
        })
        .forward(pass<MakeLossOptions>)
        .backward(make_loss_gradient, Op::inputs)
        .reads_by([](const MakeLossOptions& o) -> unsigned {
          return o.normalization == "valid" ? Op::inputs : Op::nothing;
        })
        .derivative([](const MakeLossOptions& o, const DerivativeCall& call) {
          const NDArray& x = call.in[0];
          if (x.size() == 0) return constant(call, 0);
          double divisor = o.normalization == "batch" ? static_cast<double>(x.shape()[0]) : 1;
          if (o.normalization == "valid") {
            const NDArray counted = (x > o.valid_thresh).astype(float64);
            divisor = std::max(1.0, counted.sum().asscalar<double>());
          }
          return constant(call, o.grad_scale / divisor);
        })
        .sample({.grad_scale = 2}, {{{3, 4}}})
        .sample({.normalization = "batch"}, {{{3, 4}}})
        .sample({.valid_thresh = 0.2, .normalization = "valid"}, {{{3, 4}}})
        .sample({}, {{{0, 4}}});

const auto make_loss_op =
    define_op("make_loss")
        .doc("The data, as a loss: its gradient is 1.")
        .inputs({"data"})
        .nameless()
        .output_names_by([](const NoOptions& /*o*/) { return std::vector<std::string>{"loss"}; })
        .in_place()
        .passes_on()
        .loss()
        .infer(infer<NoOptions>)
        .forward(pass<NoOptions>)
        .backward([](const NoOptions& /*options*/,
                     const GradientCall& call) { fill_gradient("make_loss", call, 1); },
                  Op::nothing)
        .derivative([](const NoOptions& /*options*/, const DerivativeCall& call) {
          return constant(call, 1);
        })
        .sample({}, {{{3, 4}}})
        .sample({}, {{{0, 4}}});

const auto block_grad = define_op("BlockGrad")
                            .aliases({"stop_gradient"})
                            .doc("The data; no gradient goes through.")
                            .types(Types::any)
                            .inputs({"data"})
                            .nameless()
                            .in_place()
                            .passes_on()
                            .loss()
                            .infer(infer<NoOptions>)
                            .forward(pass<NoOptions>)
                            .sample({}, {{{3, 4}}})
                            .sample({}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
