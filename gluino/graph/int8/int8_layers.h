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

/// The bytes that a layer gives; with a scale of 0 it gives floats, images as (N, C, H, W).
struct Int8Output {
  double scale = 0;
  std::int64_t zero_point = 0;
};

/// A convolution of bytes, the maximum of windows side by side, and an activation, as one.
struct Int8ConvolutionOptions {
  ConvolutionOptions convolution{};
  /// Without: no pooling.
  Shape pool{};
  /// Without: none.
  std::string act_type{};
  /// The byte that stands for 0 in the data.
  std::int64_t zero_point = 0;
  Int8Output out{};
};

/// A fully connected layer of bytes, all axes but the first taken as one, and an activation.
struct Int8FullyConnectedOptions {
  FullyConnectedOptions fully_connected{};
  std::string act_type{};
  Int8Output out{};
};

}  // namespace gluino
