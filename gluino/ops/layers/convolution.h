#pragma once

#include <gluino/ops/layers/per_axis.h>

namespace gluino {

/// Sizes and steps in the order (height, width), for rows (width,), for volumes (depth, height,
/// width); one number stands for all axes. Without `stride` and `dilate` 1, without `pad` 0.
struct ConvolutionOptions {
  Shape kernel{};
  Shape stride{};
  Shape dilate{};
  Shape pad{};
  std::int64_t num_filter = 0;
  std::int64_t num_group = 1;
  bool no_bias = false;
  /// The order of the axes of data, weight and output: NCW, NWC, NCHW, NHWC, NCDHW or NDHWC; "None"
  /// has the channels before the pixels. Where they come last the weight is (num_filter, kernel,
  /// C / num_group).
  std::string layout = "None";
};

namespace ops {

/// Cross-correlation of images with filters: data (N, C, H, W), weight (num_filter, C / num_group,
/// kernel height, kernel width), bias (num_filter,). Gives (N, num_filter, H', W') with
/// H' = floor((H + 2 pad - dilate (kernel - 1) - 1) / stride) + 1. The same of rows (N, C, W) and
/// of volumes (N, C, D, H, W); a symbol with a kernel of one number takes rows.
template <Operand A>
A Convolution(const A& data, const A& weight, const A& bias, const ConvolutionOptions& options,
              NodeName name = {}) {
  static const Op& op = Op::get<ConvolutionOptions>("Convolution");
  return call(op, with_all_axes(data, options), {data, weight, bias}, name);
}

/// The same without a bias; sets no_bias. A symbol gets the bias that no_bias does not rule out.
template <Operand A>
A Convolution(const A& data, const A& weight, ConvolutionOptions options, NodeName name = {}) {
  static const Op& op = Op::get<ConvolutionOptions>("Convolution");
  if constexpr (!SymbolicOperand<A>) options.no_bias = true;
  return call(op, with_all_axes(data, options), {data, weight}, name);
}

/// The same with weights that are variables of their own.
template <SymbolicOperand A>
A Convolution(const A& data, const ConvolutionOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<ConvolutionOptions>("Convolution");
  return call(op, with_all_axes(data, options), {data}, name);
}

}  // namespace ops
}  // namespace gluino
