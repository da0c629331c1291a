#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

/// Of a convolution whose taps are moved, with or without a mask.
template <bool has_mask>
struct DeformableOptions {
  Shape kernel{};
  Shape stride{};
  Shape dilate{};
  Shape pad{};
  std::int64_t num_filter = 0;
  std::int64_t num_group = 1;
  /// Channels are cut into this many groups, each with offsets of its own.
  std::int64_t num_deformable_group = 1;
  bool no_bias = false;
};

using DeformableConvolutionOptions = DeformableOptions<false>;
using ModulatedDeformableConvolutionOptions = DeformableOptions<true>;

namespace ops {

/// A convolution of data (N, C, H, W) whose taps are moved: offset (N, 2 * groups * taps, H', W')
/// holds for each tap how far it is moved down and to the right (Dai et al., 2017). What lies
/// beyond the first row or column is 0, half a pixel beyond the last the last.
template <Operand A>
A DeformableConvolution(const A& data, const A& offset, const A& weight, const A& bias,
                        const DeformableConvolutionOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<DeformableConvolutionOptions>("_contrib_DeformableConvolution");
  return call(op, options, {data, offset, weight, bias}, name);
}
template <Operand A>
A DeformableConvolution(const A& data, const A& offset, const A& weight,
                        DeformableConvolutionOptions options, NodeName name = {}) {
  static const Op& op = Op::get<DeformableConvolutionOptions>("_contrib_DeformableConvolution");
  if constexpr (!SymbolicOperand<A>) options.no_bias = true;
  return call(op, options, {data, offset, weight}, name);
}

/// The same with what each tap finds multiplied by mask (N, groups * taps, H', W'), and 0 all
/// around the image (Zhu et al., 2019).
template <Operand A>
A ModulatedDeformableConvolution(const A& data, const A& offset, const A& mask, const A& weight,
                                 const A& bias,
                                 const ModulatedDeformableConvolutionOptions& options,
                                 NodeName name = {}) {
  static const Op& op =
      Op::get<ModulatedDeformableConvolutionOptions>("_contrib_ModulatedDeformableConvolution");
  return call(op, options, {data, offset, mask, weight, bias}, name);
}

}  // namespace ops
}  // namespace gluino
