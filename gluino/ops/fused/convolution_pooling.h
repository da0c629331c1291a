#pragma once

#include <gluino/ops/elementwise/activation.h>
#include <gluino/ops/layers/convolution.h>
#include <gluino/ops/layers/pooling.h>
#include <gluino/ops/layers/strip_layout.h>

#include <string>

namespace gluino {

/// A convolution, an activation and a maximum pooling as one operator, which graphs are made of
/// when they are compiled. See graph/passes/fuse_convolution_pooling.cc.
struct ConvolutionPoolingOptions {
  ConvolutionOptions convolution{};
  /// Windows of max pooling, side by side.
  Shape pool{};
  std::string act_type = "relu";
  StripLayout strips{};
};

/// True when the fused operator can stand for the three, on data of this shape and type.
GLUINO_API bool can_fuse(const ConvolutionPoolingOptions& options, const Shape& data, DType dtype);
/// As suits_strips of a convolution: whether its images may lie on strips.
GLUINO_API bool suits_strips(const ConvolutionPoolingOptions& options, const Shape& images,
                             DType dtype);

}  // namespace gluino
