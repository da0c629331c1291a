// Layers of quantized networks: their data are bytes with the channels last, (N, H, W, C).
#pragma once

#include <gluino/kernels/cpu/convolution/convolution.h>
#include <gluino/kernels/cpu/int8/int8_dot.h>
#include <gluino/kernels/cpu/int8/int8_finish.h>

#include <cstdint>
#include <optional>

namespace gluino::kernels {

/// A layer's weights, packed, and what becomes of its sums.
struct Int8Layer {
  const std::int8_t* packed;
  Int8Epilogue epilogue;
  /// The bytes that it gives; without, it gives floats.
  std::optional<Int8Scale> out_scale;
};

/// A convolution without groups, followed by the maximum of windows side by side.
struct Int8Convolution {
  Conv2dGeometry conv;
  std::int64_t pool_h = 1;
  std::int64_t pool_w = 1;
  /// The byte that stands for 0 in the input, and so in its padding.
  std::uint8_t zero_point = 0;

  std::int64_t out_height() const { return conv.out_height() / pool_h; }
  std::int64_t out_width() const { return conv.out_width() / pool_w; }
};

/// How its weights are packed: from (columns, segments, segment_bytes), which is (filters, KH, KW,
/// C) in any case.
Int8Packing int8_packing(const Conv2dGeometry& geometry);

/// y (N, OH, OW, F) in bytes, or (N, F, OH, OW) in floats, from x (N, H, W, C).
void int8_convolution(const Int8Convolution& geometry, const std::uint8_t* x,
                      const Int8Layer& layer, void* y);

/// y (rows, columns) from x (rows, depth).
struct Int8Product {
  std::int64_t rows;
  std::int64_t depth;
  std::int64_t columns;
};

void int8_fully_connected(const Int8Product& product, const std::uint8_t* x, const Int8Layer& layer,
                          void* y);

/// Bytes (N, plane, C) from floats (N, C, plane).
void int8_quantize_channels_last(const float* x, std::int64_t batch, std::int64_t channels,
                                 std::int64_t plane, const Int8Scale& scale, std::uint8_t* y);

}  // namespace gluino::kernels
