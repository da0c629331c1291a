#pragma once

#include <gluino/ops/activation.h>
#include <gluino/ops/convolution.h>
#include <gluino/ops/on_strips.h>
#include <gluino/ops/pooling.h>

#include <string>

namespace gluino {

/// A convolution, an activation and a maximum pooling as one operator, which graphs are made of
/// when they are compiled. See graph/fuse_convolution_pooling.cc.
struct ConvolutionPoolingOptions {
  ConvolutionOptions convolution{};
  /// Windows of max pooling, side by side.
  Shape pool{};
  std::string act_type = "relu";
  OnStrips strips{};
};

/// True when the fused operator can stand for the three, on data of this shape and type.
GLUINO_API bool can_fuse(const ConvolutionPoolingOptions& options, const Shape& data, DType dtype);

}  // namespace gluino
