#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct SVMOutputOptions {
  double margin = 1;
  double regularization_coefficient = 1;
  /// The hinge itself, not its square.
  bool use_linear = false;
};

namespace ops {

/// The data, scores of the classes along the last axis; the gradient is that of the sum of
/// regularization_coefficient * max(0, margin - s * score)^2, or without the square (use_linear),
/// where s is 1 for the class that `label` names and -1 for all others, whatever the gradient of
/// the output (Tang, 2013). The label has the data's shape without the last axis.
template <Operand A>
A SVMOutput(const A& data, const A& label, const SVMOutputOptions& options = {},
            NodeName name = {}) {
  static const Op& op = Op::get<SVMOutputOptions>("SVMOutput");
  return call(op, options, {data, label}, name);
}
template <SymbolicOperand A>
A SVMOutput(const A& data, const SVMOutputOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<SVMOutputOptions>("SVMOutput");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
