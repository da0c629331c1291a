#pragma once

#include <gluino/ops/layers/batch_norm.h>

#include <string>

namespace gluino {

/// Options of BatchNormWithReLU, a type of its own.
struct BatchNormWithReLUOptions : BatchNormOptions {};

struct SyncBatchNormOptions : BatchNormOptions {
  /// Over how many devices the batch is spread: 1.
  std::int64_t ndev = 1;
  /// What its parts on these have in common.
  std::string key{};
};

namespace ops {

/// max(BatchNorm(...), 0), as one operator.
template <Operand A>
A BatchNormWithReLU(const A& data, const A& gamma, const A& beta, const A& moving_mean,
                    const A& moving_var, const BatchNormWithReLUOptions& options = {},
                    NodeName name = {}) {
  static const Op& op = Op::get<BatchNormWithReLUOptions>("_contrib_BatchNormWithReLU");
  return call(op, options, {data, gamma, beta, moving_mean, moving_var}, name);
}

/// BatchNorm with the statistics of a batch that is spread over devices. There is one device; more
/// are refused with a sentence.
template <Operand A>
A SyncBatchNorm(const A& data, const A& gamma, const A& beta, const A& moving_mean,
                const A& moving_var, const SyncBatchNormOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<SyncBatchNormOptions>("_contrib_SyncBatchNorm");
  return call(op, options, {data, gamma, beta, moving_mean, moving_var}, name);
}

}  // namespace ops
}  // namespace gluino
