#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct ActivationOptions {
  std::string act_type = "relu";
};

namespace ops {

/// Applies relu, sigmoid, tanh, softrelu, softsign, log_sigmoid or mish to each element.
template <Operand A>
A Activation(const A& data, const ActivationOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<ActivationOptions>("Activation");
  return call(op, options, {data}, name);
}

/// log(1 + exp(x)) of each element: an Activation, because MXNet has no operator of that name.
template <Operand A>
A softrelu(const A& data, NodeName name = {}) {
  return Activation(data, {.act_type = "softrelu"}, name);
}

}  // namespace ops
}  // namespace gluino
