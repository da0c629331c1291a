#pragma once

#include <gluino/ops/layers/per_axis.h>

namespace gluino {

/// Sizes and steps in the order (height, width), for rows (width,); one number stands for both axes
/// of images. Without `stride` and `dilate` 1, without `pad` 0.
struct ConvolutionOptions {
  Shape kernel{};
  Shape stride{};
  Shape dilate{};
  Shape pad{};
  std::int64_t num_filter = 0;
  std::int64_t num_group = 1;
  bool no_bias = false;
};

namespace ops {

/// Cross-correlation of images with filters: data (N, C, H, W), weight (num_filter, C / num_group,
/// kernel height, kernel width), bias (num_filter,). Gives (N, num_filter, H', W') with
/// H' = floor((H + 2 pad - dilate (kernel - 1) - 1) / stride) + 1. A symbol with a kernel of one
/// number takes rows, as arrays (N, C, W) do.
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
