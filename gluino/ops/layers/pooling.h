#pragma once

#include <gluino/ops/layers/per_axis.h>

#include <optional>

namespace gluino {

/// Sizes and steps in the order (height, width), for rows (width,), for volumes (depth, height,
/// width); one number stands for all axes. Without `stride` 1, without `pad` 0.
struct PoolingOptions {
  Shape kernel{};
  std::string pool_type = "max";
  bool global_pool = false;
  std::string pooling_convention = "valid";
  Shape stride{};
  Shape pad{};
  /// Whether an average counts the padding; not given means that it does.
  std::optional<bool> count_include_pad{};
  /// With pool_type "lp" the power: 1, 2 or 3.
  std::optional<int> p_value{};
  /// The order of the axes: NCW, NWC, NCHW, NHWC, NCDHW or NDHWC; "None" has the channels before
  /// the pixels.
  std::string layout = "None";
};

namespace ops {

/// The maximum ("max"), average ("avg"), sum ("sum") or ("lp") the p-th root of the sum of
/// x^p of each window of data (N, C, H, W), (N, C, W) or (N, C, D, H, W). The output's size is
/// rounded down ("valid") or up ("full"), or is ceil(H / stride) of images without padding
/// ("same"); windows are cut off at the edges. global_pool takes the whole image as the window.
template <Operand A>
A Pooling(const A& data, const PoolingOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<PoolingOptions>("Pooling");
  return call(op, with_all_axes(data, options), {data}, name);
}

}  // namespace ops
}  // namespace gluino
