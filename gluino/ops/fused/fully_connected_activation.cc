#include <gluino/ops/core/define.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/elementwise/activation_kernel-inl.h>
#include <gluino/ops/fused/fully_connected_activation.h>
#include <gluino/ops/layers/fully_connected_kernel-inl.h>

namespace gluino {
namespace {

constexpr const char* kName = "_fused_fully_connected_activation";

bool omits_bias(const FullyConnectedActivationOptions& o) { return o.fully_connected.no_bias; }

void infer(const FullyConnectedActivationOptions& o, Inference& s) {
  static const Op& fully_connected = Op::get("FullyConnected");
  s.expect(can_fuse(o), -1, "act_type: the gradient of ", o.act_type, " needs its input");
  fully_connected.infer(&o.fully_connected, s);
}

void forward(const FullyConnectedActivationOptions& o, const Call& call) {
  const FullyConnectedKernel kernel(o.fully_connected, call.in[1].shape, call.out[0].shape);
  dispatch_real(call.out[0].dtype, kName, [&]<class T>() {
    kernel.forward<T>(call, activation_kernel<T>(o.act_type).forward_piece);
  });
}

void backward(const FullyConnectedActivationOptions& o, const GradientCall& call) {
  const FullyConnectedKernel kernel(o.fully_connected, call.in[1].shape, call.out_grad[0].shape);
  dispatch_real(call.out_grad[0].dtype, kName, [&]<class T>() {
    const Temporary<T> gradient(kernel.size());
    activation_kernel<T>(o.act_type)
        .gradient(nullptr, call.out[0].as<T>(), call.out_grad[0].as<T>(), gradient.data(),
                  kernel.size());
    kernel.backward<T>(call, gradient.data());
  });
}

const FullyConnectedActivationOptions kTanh = {.fully_connected = {.num_hidden = 5},
                                               .act_type = "tanh"};
const FullyConnectedActivationOptions kNoBias = {
    .fully_connected = {.num_hidden = 2, .no_bias = true}, .act_type = "sigmoid"};

const auto registered = define_op<FullyConnectedActivationOptions>(kName)
                            .doc("A fully connected layer and its activation, as one.")
                            .inputs({"data"})
                            .parameters({"weight", "bias"})
                            .omits_last_when(omits_bias)
                            .infer(infer)
                            .forward(forward)
                            .backward(backward, Op::inputs | Op::outputs)
                            .sample(kTanh, {{{3, 7}}, {{5, 7}}, {{5}}})
                            .sample(kNoBias, {{{4, 2, 3}}, {{2, 6}}})
                            .sample(kTanh, {{{0, 7}}, {{5, 7}}, {{5}}});

}  // namespace

bool can_fuse(const FullyConnectedActivationOptions& o) {
  return !activation_kernel<float>(o.act_type).gradient_reads_x;
}

}  // namespace gluino
