#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct HardSigmoidOptions {
  double alpha = 0.2;
  double beta = 0.5;
};

namespace ops {

/// alpha x + beta, cut to [0, 1], of each element.
template <Operand A>
A hard_sigmoid(const A& data, const HardSigmoidOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<HardSigmoidOptions>("hard_sigmoid");
  return call(op, options, {data}, name);
}

/// Each element divided by the root of the last axis' size.
template <Operand A>
A div_sqrt_dim(const A& data, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_contrib_div_sqrt_dim");
  return call(op, NoOptions(), {data}, name);
}

}  // namespace ops
}  // namespace gluino
