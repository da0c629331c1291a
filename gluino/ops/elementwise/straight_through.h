#pragma once

#include <gluino/ops/core/invoke.h>

/// Functions whose gradient is not their own.
namespace gluino {

struct GradientMultiplierOptions {
  double scalar = 1;
};

namespace ops {

/// Each element rounded, halves away from 0. The gradient goes through as it is (Bengio et al.,
/// 2013).
template <Operand A>
A round_ste(const A& data, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_contrib_round_ste");
  return call(op, NoOptions(), {data}, name);
}

/// -1, 0 or 1; the gradient the same.
template <Operand A>
A sign_ste(const A& data, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_contrib_sign_ste");
  return call(op, NoOptions(), {data}, name);
}

/// The data; its gradient is multiplied by `scalar`, as -1 does for domains that are to be confused
/// (Ganin and Lempitsky, 2015).
template <Operand A>
A gradientmultiplier(const A& data, const GradientMultiplierOptions& options = {},
                     NodeName name = {}) {
  static const Op& op = Op::get<GradientMultiplierOptions>("_contrib_gradientmultiplier");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
