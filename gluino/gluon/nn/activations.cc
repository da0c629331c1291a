#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/nn/activations.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>

namespace gluino::gluon::nn {

LeakyReLU::LeakyReLU(double alpha, const std::string& prefix)
    : Rectifier("leakyrelu", prefix, {.act_type = "leaky", .slope = alpha}) {
  check(alpha >= 0, "[LeakyReLU ", name(), "] alpha: expected at least 0, got ", alpha);
}

std::string LeakyReLU::to_string() const {
  return str("LeakyReLU(", python_repr(options().slope), ")");
}

PReLU::PReLU(const PReLUOptions& options) : HybridBlock(new_prefix("prelu", options.prefix)) {
  check(options.in_channels > 0, "[PReLU ", name(), "] in_channels: expected at least 1, got ",
        options.in_channels);
  alpha_ = parameter("alpha", {.shape = {options.in_channels}, .init = options.alpha_initializer});
}

NDArray PReLU::forward(const NDArray& input) {
  static const Op& op = Op::get<LeakyReLUOptions>("LeakyReLU");
  static const LeakyReLUOptions options{.act_type = "prelu"};
  return apply_op(op, &options, input, {&alpha_});
}

NDArray Swish::forward(const NDArray& input) { return input * ops::sigmoid(input * beta_); }

}  // namespace gluino::gluon::nn
