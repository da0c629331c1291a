#pragma once

#include <gluino/ops/invoke.h>

namespace gluino {

struct FullyConnectedOptions {
  std::int64_t num_hidden = 0;
  bool no_bias = false;
  bool flatten = true;
};

namespace ops {

/// y = x W^T + b: data (N, ...) flattened to (N, in), or with flatten = false (..., in); weight
/// (num_hidden, in); bias (num_hidden,). Gives (N, num_hidden), or (..., num_hidden).
template <Operand A>
A FullyConnected(const A& data, const A& weight, const A& bias,
                 const FullyConnectedOptions& options) {
  static const Op& op = Op::get<FullyConnectedOptions>("FullyConnected");
  return call(op, options, {data, weight, bias});
}

/// The same without a bias; sets no_bias.
template <Operand A>
A FullyConnected(const A& data, const A& weight, FullyConnectedOptions options) {
  static const Op& op = Op::get<FullyConnectedOptions>("FullyConnected");
  options.no_bias = true;
  return call(op, options, {data, weight});
}

}  // namespace ops
}  // namespace gluino
