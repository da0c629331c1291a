#pragma once

#include <gluino/ops/layers/convolution.h>
#include <gluino/ops/layers/fully_connected.h>

#include <cstdint>
#include <string>

/// Layers of quantized networks, which quantize() makes graphs of. Their data are bytes: q stands
/// for the number (q - zero_point) * scale. Images have the channels last, (N, H, W, C).
namespace gluino {

struct Int8QuantizeOptions {
  double scale = 1;
  std::int64_t zero_point = 0;
  /// From (N, C, H, W) to (N, H, W, C).
  bool channels_last = false;
};

/// What a layer does with its sums. It gives bytes, or, with an out_scale of 0, floats, images as
/// (N, C, H, W).
struct Int8Finish {
  /// Without: none.
  std::string act_type{};
  double out_scale = 0;
  std::int64_t out_zero_point = 0;
};

/// A convolution of bytes, the maximum of windows side by side, and an activation, as one.
struct Int8ConvolutionOptions : ConvolutionOptions, Int8Finish {
  /// Without: no pooling.
  Shape pool{};
  /// The byte that stands for 0 in the data.
  std::int64_t zero_point = 0;
};

/// A fully connected layer of bytes, all axes but the first taken as one, and an activation.
struct Int8FullyConnectedOptions : FullyConnectedOptions, Int8Finish {};

}  // namespace gluino
