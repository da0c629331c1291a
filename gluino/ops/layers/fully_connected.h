#pragma once

#include <gluino/ops/core/invoke.h>

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
                 const FullyConnectedOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<FullyConnectedOptions>("FullyConnected");
  return call(op, options, {data, weight, bias}, name);
}

/// The same without a bias; sets no_bias. A symbol gets the bias that no_bias does not rule out.
template <Operand A>
A FullyConnected(const A& data, const A& weight, FullyConnectedOptions options,
                 NodeName name = {}) {
  static const Op& op = Op::get<FullyConnectedOptions>("FullyConnected");
  if constexpr (!SymbolicOperand<A>) options.no_bias = true;
  return call(op, options, {data, weight}, name);
}

/// The same with weights that are variables of their own.
template <SymbolicOperand A>
A FullyConnected(const A& data, const FullyConnectedOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<FullyConnectedOptions>("FullyConnected");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
