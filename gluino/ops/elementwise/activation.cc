#include <gluino/base/error.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/elementwise/activation.h>
#include <gluino/ops/elementwise/activation_kernel-inl.h>
#include <gluino/ops/elementwise/unary_functions-inl.h>

#include <string>
#include <vector>

namespace gluino {
namespace {

unsigned reads(const ActivationOptions& o) { return activation_function(o.act_type).reads(); }

std::vector<std::string> act_types() {
  std::vector<std::string> names;
  for (const UnaryFunction& function : unary_functions()) {
    if (function.is_activation()) names.emplace_back(function.name);
  }
  return names;
}

void infer(const ActivationOptions& /*options*/, Inference& s) { s.set_out(0, s.in(0)); }

void forward(const ActivationOptions& o, const Call& call) {
  dispatch_real(call.in[0].dtype, "Activation", [&]<class T>() {
    activation_kernel<T>(o.act_type)
        .forward(call.in[0].as<T>(), call.out[0].as<T>(), call.in[0].size());
  });
}

void backward(const ActivationOptions& o, const GradientCall& call) {
  dispatch_real(call.out_grad[0].dtype, "Activation", [&]<class T>() {
    activation_kernel<T>(o.act_type)
        .gradient(call.in[0].as<T>(), call.out[0].as<T>(), call.out_grad[0].as<T>(),
                  call.in_grad[0].as<T>(), call.in_grad[0].size());
  });
}

std::vector<NDArray> derivative_of(const ActivationOptions& o, const DerivativeCall& call) {
  return {activation_function(o.act_type).derivative(call.in[0], call.out[0], call.out_grad[0])};
}

constexpr Fill kAwayFromZero{Fill::Kind::distinct, -2, 2};

const auto registered =
    define_op<ActivationOptions>("Activation")
        .doc("Applies a function to each element.")
        .inputs({"data"})
        .nameless()
        .row_wise()
        .elementwise()
        .activation_by(&ActivationOptions::act_type)
        .field("act_type", &ActivationOptions::act_type, "The function.", act_types())
        .required()
        .in_place()
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .reads_by(reads)
        .derivative(derivative_of)
        .sample({.act_type = "relu"}, {{{3, 5}, kAwayFromZero}})
        .sample({.act_type = "sigmoid"}, {{{3, 5}}})
        .sample({.act_type = "tanh"}, {{{2, 3, 5}}})
        .sample({.act_type = "softrelu"}, {{{3, 5}}})
        .sample({.act_type = "softsign"}, {{{3, 5}, kAwayFromZero}})
        .sample({.act_type = "log_sigmoid"}, {{{3, 5}}})
        .sample({.act_type = "mish"}, {{{3, 5}}})
        .sample({.act_type = "tanh"}, {{{0, 5}}});

}  // namespace
}  // namespace gluino
