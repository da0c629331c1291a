#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct LeakyReLUOptions {
  std::string act_type = "leaky";
  /// Of leaky and elu: the slope, or the depth, below zero.
  double slope = 0.25;
  /// Of rrelu: the slope is drawn between them.
  double lower_bound = 0.125;
  double upper_bound = 0.333999991;
};

namespace ops {

/// x where x > 0; below zero slope * x ("leaky"), slope * (e^x - 1) ("elu"), the same scaled so
/// that outputs tend to mean 0 and variance 1 ("selu", Klambauer et al., 2017); or ("gelu") x times
/// the normal distribution's share below x. Of "rrelu" (Xu et al., 2015) each element's slope is
/// drawn anew in training, and else is the mean of the bounds.
template <Operand A>
A LeakyReLU(const A& data, const LeakyReLUOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<LeakyReLUOptions>("LeakyReLU");
  return call(op, options, {data}, name);
}

/// "prelu": below zero gamma * x, with a gamma for each channel (axis 1) or one for all, which is
/// learned (He et al., 2015).
template <Operand A>
A LeakyReLU(const A& data, const A& gamma, const LeakyReLUOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<LeakyReLUOptions>("LeakyReLU");
  return call(op, options, {data, gamma}, name);
}

}  // namespace ops
}  // namespace gluino
