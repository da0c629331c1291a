#include <gluino/kernels/cpu/normalization/softmax.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/labels.h>
#include <gluino/ops/fused/softmax_loss.h>

#include <algorithm>

namespace gluino {
namespace {

constexpr const char* kName = "_fused_softmax_cross_entropy";

enum Input { kData, kLabel };
// The probabilities are kept for the gradient.
enum Output { kLoss, kProbabilities };

void infer(const SoftmaxLossOptions& o, Inference& s) {
  Shape loss = s.in(kData);
  s.expect(loss.ndim() >= 1 && loss.back() > 0, kData, "expected at least 1 class, got ", loss);
  if (o.keepdims) {
    loss[loss.ndim() - 1] = 1;
  } else {
    loss.erase(loss.ndim() - 1);
  }
  s.expect(s.in(kLabel).size() == loss.size(), kLabel, "expected one class for each of ", loss,
           ", got ", s.in(kLabel));
  s.set_out(kLoss, loss);
  s.set_out(kProbabilities, s.in(kData));
}

void check_classes(const SoftmaxLossOptions& o, const Call& call) {
  const std::int64_t classes = call.in[kData].shape.back();
  if (o.check_labels) check_labels("pick", call.in[kLabel], {.classes = classes});
}

void forward(const SoftmaxLossOptions& o, const Call& call) {
  check_classes(o, call);
  dispatch_real(call.in[kData].dtype, kName, [&]<class T>() {
    kernels::softmax_cross_entropy<T>(call.in[kData].as<T>(), call.in[kLabel].as<T>(),
                                      call.out[kProbabilities].as<T>(), call.out[kLoss].as<T>(),
                                      call.out[kLoss].size(), call.in[kData].shape.back());
  });
}

void backward(const SoftmaxLossOptions& /*options*/, const GradientCall& call) {
  const Tensor& label = call.in[kLabel];
  dispatch_real(label.dtype, kName, [&]<class T>() {
    const Tensor& dx = call.in_grad[kData];
    if (!dx) return;
    kernels::softmax_cross_entropy_gradient<T>(call.out[kProbabilities].as<T>(), label.as<T>(),
                                               call.out_grad[kLoss].as<T>(), dx.as<T>(),
                                               label.size(), dx.shape.back());
  });
}

const auto registered =
    define_op<SoftmaxLossOptions>(kName)
        .doc("-log(softmax(row)[label]) of each row, as one.")
        .inputs({"data", "label"})
        .reads_places({kLabel})
        .outputs({"output", "probabilities"}, 1)
        .labels(kLabel, check_classes)
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .sample({}, {{{4, 3}}, {{4}, {Fill::Kind::integers, 0, 3}}})
        .sample({.keepdims = true}, {{{2, 4, 3}}, {{2, 4}, {Fill::Kind::integers, 0, 3}}})
        .sample({}, {{{0, 3}}, {{0}, {Fill::Kind::integers, 0, 3}}});

}  // namespace
}  // namespace gluino
