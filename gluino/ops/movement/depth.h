#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct DepthOptions {
  std::int64_t block_size = 0;
};

namespace ops {

/// (N, C b b, H, W) to (N, C, H b, W b): channels become blocks of b x b pixels.
template <Operand A>
A depth_to_space(const A& data, const DepthOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<DepthOptions>("depth_to_space");
  return call(op, options, {data}, name);
}

/// The opposite: (N, C, H, W) to (N, C b b, H / b, W / b).
template <Operand A>
A space_to_depth(const A& data, const DepthOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<DepthOptions>("space_to_depth");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
