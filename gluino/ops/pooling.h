#pragma once

#include <gluino/ops/invoke.h>

namespace gluino {

/// Sizes and steps in the order (height, width). Without `stride` 1, without `pad` 0.
struct PoolingOptions {
  Shape kernel{};
  std::string pool_type = "max";
  bool global_pool = false;
  std::string pooling_convention = "valid";
  Shape stride{};
  Shape pad{};
  bool count_include_pad = true;
};

namespace ops {

/// The maximum, average or sum of each window of data (N, C, H, W). The output's size is rounded
/// down ("valid") or up ("full"); global_pool takes the whole image as the window.
template <Operand A>
A Pooling(const A& data, const PoolingOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<PoolingOptions>("Pooling");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
