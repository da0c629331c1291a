#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct RegressionOutputOptions {
  /// The gradient is multiplied by it.
  double grad_scale = 1;
};

namespace ops {

// Outputs whose gradient is that of a loss, whatever the gradient of the output: times grad_scale,
// divided by the number of outputs per sample. `label` has the data's shape; for data (N, 1) also
// (N,). No gradient goes to it.
#define GLUINO_REGRESSION(function)                                                            \
  template <Operand A>                                                                         \
  A function(const A& data, const A& label, const RegressionOutputOptions& options = {},       \
             NodeName name = {}) {                                                             \
    static const Op& op = Op::get<RegressionOutputOptions>(#function);                         \
    return call(op, options, {data, label}, name);                                             \
  }                                                                                            \
  template <SymbolicOperand A>                                                                 \
  A function(const A& data, const RegressionOutputOptions& options = {}, NodeName name = {}) { \
    static const Op& op = Op::get<RegressionOutputOptions>(#function);                         \
    return call(op, options, {data}, name);                                                    \
  }

/// The data; the gradient is that of half the squared error, data - label.
GLUINO_REGRESSION(LinearRegressionOutput)
/// sigmoid(data); the gradient is that of the cross entropy with labels from 0 to 1, output -
/// label.
GLUINO_REGRESSION(LogisticRegressionOutput)
/// The data; the gradient is that of the absolute error, sign(data - label).
GLUINO_REGRESSION(MAERegressionOutput)
#undef GLUINO_REGRESSION

}  // namespace ops
}  // namespace gluino
