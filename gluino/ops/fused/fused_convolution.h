#pragma once

#include <gluino/ops/elementwise/activation.h>
#include <gluino/ops/layers/convolution.h>
#include <gluino/ops/layers/strip_layout.h>

#include <string>

namespace gluino {

/// A convolution with its activation, whose images lie as a compiled graph has decided. See
/// graph/passes/fuse_convolution_activation.cc and graph/passes/choose_layouts.cc.
struct FusedConvolutionOptions {
  ConvolutionOptions convolution{};
  /// Empty for none.
  std::string act_type{};
  StripLayout strips{};
};

/// True when the activation can be a part: its gradient must follow from its output, because the
/// convolution's own is not kept.
GLUINO_API bool can_fuse(const FusedConvolutionOptions& options);

/// True when the convolution of such images has kernels for strips throughout.
GLUINO_API bool suits_strips(const ConvolutionOptions& options, const Shape& images, DType dtype);

}  // namespace gluino
