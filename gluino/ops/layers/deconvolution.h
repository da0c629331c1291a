#pragma once

#include <gluino/ops/layers/per_axis.h>

namespace gluino {

/// Sizes and steps as in ConvolutionOptions.
struct DeconvolutionOptions {
  Shape kernel{};
  Shape stride{};
  Shape dilate{};
  Shape pad{};
  /// Added to the output's size on one side, less than the stride; 0 if not given.
  Shape adj{};
  /// The size of the output, from which `pad` and `adj` follow then; not used if not given.
  Shape target_shape{};
  std::int64_t num_filter = 0;
  std::int64_t num_group = 1;
  bool no_bias = true;
  /// As in ConvolutionOptions; where the channels come last the weight is (C, kernel, num_filter /
  /// num_group).
  std::string layout = "None";
};

namespace ops {

/// The transposed convolution, which a Convolution's gradient is: data (N, C, H, W), weight
/// (C, num_filter / num_group, kernel height, kernel width), bias (num_filter,). Gives
/// (N, num_filter, H', W') with H' = stride (H - 1) + dilate (kernel - 1) + 1 - 2 pad + adj.
/// The same of rows (N, C, W) and of volumes (N, C, D, H, W).
template <Operand A>
A Deconvolution(const A& data, const A& weight, const A& bias, DeconvolutionOptions options,
                NodeName name = {}) {
  static const Op& op = Op::get<DeconvolutionOptions>("Deconvolution");
  options.no_bias = false;
  return call(op, with_all_axes(data, options), {data, weight, bias}, name);
}

/// The same without a bias.
template <Operand A>
A Deconvolution(const A& data, const A& weight, const DeconvolutionOptions& options,
                NodeName name = {}) {
  static const Op& op = Op::get<DeconvolutionOptions>("Deconvolution");
  return call(op, with_all_axes(data, options), {data, weight}, name);
}
template <SymbolicOperand A>
A Deconvolution(const A& data, const DeconvolutionOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<DeconvolutionOptions>("Deconvolution");
  return call(op, with_all_axes(data, options), {data}, name);
}

}  // namespace ops
}  // namespace gluino
