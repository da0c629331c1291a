#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/layers/fully_connected.h>
#include <gluino/ops/layers/fully_connected_kernel-inl.h>

namespace gluino {
namespace {

enum Input { kData, kWeight, kBias };

void infer(const FullyConnectedOptions& o, Inference& s) {
  const Shape& data = s.in(kData);
  s.expect(o.num_hidden > 0, -1, "num_hidden: expected at least 1, got ", o.num_hidden);
  s.expect(data.ndim() >= 1, kData, "expected at least 1 dimension, got ", data);
  const std::int64_t in = o.flatten ? data.size_between(1, data.ndim()) : data.back();
  s.set_in(kWeight, {o.num_hidden, in});
  if (!o.no_bias) s.set_in(kBias, {o.num_hidden});
  Shape out = {data[0], o.num_hidden};
  if (!o.flatten) {
    out = data;
    out[out.ndim() - 1] = o.num_hidden;
  }
  s.set_out(0, out);
}

void forward(const FullyConnectedOptions& o, const Call& call) {
  const FullyConnectedKernel kernel(o, call.in[kWeight].shape, call.out[0].shape);
  dispatch_real(call.out[0].dtype, "FullyConnected", [&]<class T>() { kernel.forward<T>(call); });
}

void backward(const FullyConnectedOptions& o, const GradientCall& call) {
  const FullyConnectedKernel kernel(o, call.in[kWeight].shape, call.out_grad[0].shape);
  dispatch_real(call.out_grad[0].dtype, "FullyConnected",
                [&]<class T>() { kernel.backward<T>(call, call.out_grad[0].as<T>()); });
}

const auto registered =
    define_op<FullyConnectedOptions>("FullyConnected")
        .doc("y = x W^T + b for each row x of the data.")
        .inputs({"data"})
        .input_alias(0, "x")
        .row_wise_if([](const FullyConnectedOptions& o, const Shape& data) {
          return o.flatten || data.ndim() > 1;
        })
        .parameters({"weight", "bias"})
        .omits_last_when(&FullyConnectedOptions::no_bias)
        .field("num_hidden", &FullyConnectedOptions::num_hidden, "Number of outputs per row.")
        .required()
        .field("no_bias", &FullyConnectedOptions::no_bias, "Leave the bias out.")
        .field("flatten", &FullyConnectedOptions::flatten,
               "Take all axes but the first as one; else transform the last axis only.")
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs)
        .derivative(derivative::of_bilinear<FullyConnectedOptions>("FullyConnected"))
        .sample({.num_hidden = 5}, {{{3, 7}}, {{5, 7}}, {{5}}})
        .sample({.num_hidden = 2, .no_bias = true}, {{{4, 2, 3}}, {{2, 6}}})
        .sample({.num_hidden = 3, .flatten = false}, {{{2, 3, 4}}, {{3, 4}}, {{3}}})
        .sample({.num_hidden = 3}, {{{0, 4}}, {{3, 4}}, {{3}}})
        .sample({.num_hidden = 3}, {{{2, 0}}, {{3, 0}}, {{3}}});

}  // namespace
}  // namespace gluino
