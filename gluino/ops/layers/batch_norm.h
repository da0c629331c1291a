#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct BatchNormOptions {
  double eps = 1e-3;
  double momentum = 0.9;
  bool fix_gamma = true;
  bool use_global_stats = false;
  std::int64_t axis = 1;
  /// Gives the mean that was used and 1 / sqrt(variance + eps), too.
  bool output_mean_var = false;
};

namespace ops {

/// Brings each channel (axis 1) of data to mean 0 and variance 1, then scales by gamma and adds
/// beta, all of shape (C,). In training the batch's statistics are used, and moving_mean and
/// moving_var move towards them by 1 - momentum; else these are used. fix_gamma sets gamma to 1.
/// (Ioffe and Szegedy, 2015)
template <Operand A>
A BatchNorm(const A& data, const A& gamma, const A& beta, const A& moving_mean, const A& moving_var,
            const BatchNormOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<BatchNormOptions>("BatchNorm");
  return call(op, options, {data, gamma, beta, moving_mean, moving_var}, name);
}

/// The same with parameters and statistics that are variables of their own.
template <SymbolicOperand A>
A BatchNorm(const A& data, const BatchNormOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<BatchNormOptions>("BatchNorm");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
