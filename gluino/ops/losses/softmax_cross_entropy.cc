#include <gluino/kernels/cpu/normalization/softmax.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/labels.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/layers/softmax.h>
#include <gluino/ops/losses/softmax_cross_entropy.h>

#include <algorithm>
#include <vector>

namespace gluino {
namespace {

enum Input { kData, kLabel };
// The probabilities are kept for the gradient.
enum Output { kLoss, kProbabilities };

void infer_loss(const SoftmaxCrossEntropyOptions& /*options*/, Inference& s) {
  s.expect_ndim(kData, 2, "(N, classes)");
  s.expect(s.in(kData)[1] > 0, kData, "expected at least 1 class, got ", s.in(kData));
  s.set_in(kLabel, {s.in(kData)[0]});
  s.set_out(kLoss, {1});
  s.set_out(kProbabilities, s.in(kData));
}

void check_classes(const SoftmaxCrossEntropyOptions& o, const Call& call) {
  const std::int64_t classes = call.in[kData].shape[1];
  if (o.check_labels) {
    check_labels("softmax_cross_entropy", call.in[kLabel], {.classes = classes});
  }
}

void loss_forward(const SoftmaxCrossEntropyOptions& o, const Call& call) {
  check_classes(o, call);
  const Tensor& x = call.in[kData];
  dispatch_real(x.dtype, "softmax_cross_entropy", [&]<class T>() {
    const Temporary<T> losses(x.shape[0]);
    kernels::softmax_cross_entropy<T>(x.as<T>(), call.in[kLabel].as<T>(),
                                      call.out[kProbabilities].as<T>(), losses.data(), x.shape[0],
                                      x.shape[1]);
    double sum = 0;
    for (std::int64_t i = 0; i < x.shape[0]; ++i) sum += losses.data()[i];
    call.out[kLoss].as<T>()[0] = static_cast<T>(sum);
  });
}

void loss_backward(const SoftmaxCrossEntropyOptions& /*options*/, const GradientCall& call) {
  const Tensor& label = call.in[kLabel];
  dispatch_real(label.dtype, "softmax_cross_entropy", [&]<class T>() {
    const Tensor& dx = call.in_grad[kData];
    if (!dx) return;
    const Temporary<T> heads(label.size());
    std::fill_n(heads.data(), label.size(), call.out_grad[kLoss].as<T>()[0]);
    kernels::softmax_cross_entropy_gradient<T>(call.out[kProbabilities].as<T>(), label.as<T>(),
                                               heads.data(), dx.as<T>(), dx.shape[0], dx.shape[1]);
  });
}

std::vector<NDArray> loss_derivative(const SoftmaxCrossEntropyOptions& /*options*/,
                                     const DerivativeCall& call) {
  const NDArray& x = call.in[kData];
  const NDArray classes =
      ops::one_hot(call.in[kLabel], {.depth = x.shape()[1], .dtype = x.dtype()});
  return {(ops::softmax(x) - classes) * call.out_grad[kLoss], NDArray()};
}

const auto cross_entropy = define_op<SoftmaxCrossEntropyOptions>("softmax_cross_entropy")
                               .doc("The sum over the rows of -log(softmax(row)[label]).")
                               .inputs({"data", "label"})
                               .reads_places({kLabel})
                               .outputs({"output", "probabilities"}, 1)
                               .checks_labels(&SoftmaxCrossEntropyOptions::check_labels)
                               .labels(kLabel, check_classes)
                               .infer(infer_loss)
                               .forward(loss_forward)
                               .backward(loss_backward, Op::inputs | Op::outputs)
                               .derivative(loss_derivative)
                               .sample({}, {{{4, 3}}, {{4}, {Fill::Kind::integers, 0, 3}}})
                               .sample({}, {{{0, 3}}, {{0}, {Fill::Kind::integers, 0, 3}}});

kernels::SoftmaxShape split(const SoftmaxActivationOptions& o, const Shape& shape) {
  if (o.mode == "channel") return {shape[0], shape[1], shape.size_between(2, shape.ndim())};
  return {shape.size_between(0, shape.ndim() - 1), shape.back(), 1};
}

const auto activation =
    define_op<SoftmaxActivationOptions>("SoftmaxActivation")
        .doc("softmax over the last axis, or over axis 1.")
        .inputs({"data"})
        .nameless()
        .row_wise()
        .field("mode", &SoftmaxActivationOptions::mode, "What is normalised.",
               {"instance", "channel"})
        .in_place()
        .infer(+[](const SoftmaxActivationOptions& /*options*/, Inference& s) {
          s.expect(s.in(0).ndim() >= 2, 0, "expected at least 2 dimensions, got ", s.in(0));
          s.set_out(0, s.in(0));
        })
        .forward([](const SoftmaxActivationOptions& o, const Call& call) {
          const Tensor& x = call.in[0];
          dispatch_real(x.dtype, "SoftmaxActivation", [&]<class T>() {
            kernels::softmax<T>(x.as<T>(), call.out[0].as<T>(), split(o, x.shape));
          });
        })
        .backward(
            [](const SoftmaxActivationOptions& o, const GradientCall& call) {
              const Tensor& y = call.out[0];
              dispatch_real(y.dtype, "SoftmaxActivation", [&]<class T>() {
                kernels::softmax_gradient<T>(y.as<T>(), call.out_grad[0].as<T>(),
                                             call.in_grad[0].as<T>(), split(o, y.shape));
              });
            },
            Op::outputs)
        .derivative([](const SoftmaxActivationOptions& o, const DerivativeCall& call) {
          const NDArray& y = call.out[0];
          const NDArray& dy = call.out_grad[0];
          const Shape axis = {o.mode == "channel" ? 1 : y.ndim() - 1};
          return std::vector<NDArray>{y * (dy - (y * dy).sum(axis, true))};
        })
        .sample({}, {{{2, 3, 2}}})
        .sample({.mode = "channel"}, {{{2, 3, 2}}})
        .sample({}, {{{0, 3}}});

}  // namespace
}  // namespace gluino
