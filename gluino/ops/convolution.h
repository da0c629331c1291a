#pragma once

#include <gluino/ops/invoke.h>

namespace gluino {

/// Sizes and steps in the order (height, width). Without `stride` and `dilate` 1, without `pad` 0.
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
/// H' = floor((H + 2 pad - dilate (kernel - 1) - 1) / stride) + 1.
template <Operand A>
A Convolution(const A& data, const A& weight, const A& bias, const ConvolutionOptions& options) {
  static const Op& op = Op::get<ConvolutionOptions>("Convolution");
  return call(op, options, {data, weight, bias});
}

/// The same without a bias; sets no_bias.
template <Operand A>
A Convolution(const A& data, const A& weight, ConvolutionOptions options) {
  static const Op& op = Op::get<ConvolutionOptions>("Convolution");
  options.no_bias = true;
  return call(op, options, {data, weight});
}

}  // namespace ops
}  // namespace gluino
