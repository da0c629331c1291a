#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct MakeLossOptions {
  /// The gradient.
  double grad_scale = 1;
  /// With normalization "valid", elements above it are counted.
  double valid_thresh = 0;
  /// What the gradient is divided by: nothing ("null"), the batch size ("batch"), or the number of
  /// elements above valid_thresh ("valid").
  std::string normalization = "null";
};

namespace ops {

/// The data, as a loss that a user composed: its gradient is grad_scale, whatever the gradient of
/// the output.
template <Operand A>
A MakeLoss(const A& data, const MakeLossOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<MakeLossOptions>("MakeLoss");
  return call(op, options, {data}, name);
}

/// The same with the gradient 1.
template <Operand A>
A make_loss(const A& data, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("make_loss");
  return call(op, NoOptions{}, {data}, name);
}

/// The data; no gradient goes through.
template <Operand A>
A BlockGrad(const A& data, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("BlockGrad");
  return call(op, NoOptions{}, {data}, name);
}
template <Operand A>
A stop_gradient(const A& data, NodeName name = {}) {
  return BlockGrad(data, name);
}

}  // namespace ops
}  // namespace gluino
