#pragma once

#include <gluino/ops/layers/convolution.h>

#include <string>

namespace gluino {

/// A convolution of a few images with 3x3 filters, and its activation if there is one, whose
/// weights are transformed and lie in the order in which the kernel reads them: for networks that
/// are not trained. See graph/frozen/pack_weights.cc.
struct PackedConvolutionOptions {
  ConvolutionOptions convolution{};
  std::string act_type{};
  /// The outputs of one of Winograd's tiles, each way: 2 or 4.
  int tile = 0;
};

/// The tile for such images; 0 where the convolution is better left as it is.
GLUINO_API int packed_tile(const ConvolutionOptions& options, const Shape& images, DType dtype);

/// Weights of a convolution of such images as the layer wants them, one row of numbers. Their order
/// is this processor's.
GLUINO_API NDArray pack_convolution(const PackedConvolutionOptions& options, const Shape& images,
                                    const NDArray& weight);

}  // namespace gluino
