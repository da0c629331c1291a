#pragma once

#include <gluino/ops/core/invoke.h>

#include <string>

namespace gluino {

struct LayerNormOptions {
  std::int64_t axis = -1;
  double eps = 1e-5;
  /// Gives the mean and the deviation of each row, too, where a call gives all outputs: a symbol's,
  /// or by name.
  bool output_mean_var = false;
};

struct InstanceNormOptions {
  double eps = 1e-3;
};

struct GroupNormOptions {
  /// Of how many groups the channels are made.
  std::int64_t num_groups = 1;
  double eps = 1e-5;
  /// As in LayerNormOptions, of each group.
  bool output_mean_var = false;
};

struct L2NormalizationOptions {
  double eps = 1e-10;
  /// What is brought to length 1: each sample ("instance"), the channels (axis 1) of each place
  /// ("channel"), or the places of each channel ("spatial").
  std::string mode = "instance";
};

struct LRNOptions {
  double alpha = 1e-4;
  double beta = 0.75;
  double knorm = 2;
  /// The number of channels that are looked at, an odd one.
  std::int64_t nsize = 0;
};

namespace ops {

/// Brings each row along `axis` to mean 0 and variance 1, then scales by gamma and adds beta, which
/// have the axis' size (Ba et al., 2016).
template <Operand A>
A LayerNorm(const A& data, const A& gamma, const A& beta, const LayerNormOptions& options = {},
            NodeName name = {}) {
  static const Op& op = Op::get<LayerNormOptions>("LayerNorm");
  return call(op, options, {data, gamma, beta}, name);
}
template <SymbolicOperand A>
A LayerNorm(const A& data, const LayerNormOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<LayerNormOptions>("LayerNorm");
  return call(op, options, {data}, name);
}

/// Brings each channel (axis 1) of each sample to mean 0 and variance 1, then scales by gamma and
/// adds beta, both (C,) (Ulyanov et al., 2016).
template <Operand A>
A InstanceNorm(const A& data, const A& gamma, const A& beta,
               const InstanceNormOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<InstanceNormOptions>("InstanceNorm");
  return call(op, options, {data, gamma, beta}, name);
}
template <SymbolicOperand A>
A InstanceNorm(const A& data, const InstanceNormOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<InstanceNormOptions>("InstanceNorm");
  return call(op, options, {data}, name);
}

/// Brings each group of channels (axis 1) of each sample to mean 0 and variance 1, then scales by
/// gamma and adds beta, both (num_groups,), as in MXNet 1.x, or (C,), as in MXNet 2 (Wu and He,
/// 2018).
template <Operand A>
A GroupNorm(const A& data, const A& gamma, const A& beta, const GroupNormOptions& options = {},
            NodeName name = {}) {
  static const Op& op = Op::get<GroupNormOptions>("GroupNorm");
  return call(op, options, {data, gamma, beta}, name);
}
template <SymbolicOperand A>
A GroupNorm(const A& data, const GroupNormOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<GroupNormOptions>("GroupNorm");
  return call(op, options, {data}, name);
}

/// x / sqrt(sum of x^2 + eps) over what the mode names.
template <Operand A>
A L2Normalization(const A& data, const L2NormalizationOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<L2NormalizationOptions>("L2Normalization");
  return call(op, options, {data}, name);
}

/// x / (knorm + alpha / nsize * sum of x^2)^beta, the sum over the nsize nearest channels
/// (Krizhevsky et al., 2012). Data (N, C, H, W).
template <Operand A>
A LRN(const A& data, const LRNOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<LRNOptions>("LRN");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
