// What becomes of a quantized layer's sums: numbers again, then bytes for the layer after it.
#pragma once

#include <gluino/kernels/cpu/elementwise/unary.h>

#include <cstdint>

namespace gluino::kernels {

/// A byte q stands for the number (q - zero_point) * scale.
struct Int8Scale {
  float scale = 1;
  std::int32_t zero_point = 0;
};

/// q = nearest(x / scale) + zero_point, at most 0 and 255; halves go to the even number, NaN to
/// the least.
void int8_quantize(const float* x, std::uint8_t* q, std::int64_t n, const Int8Scale& scale);

/// How the sums of each column become numbers: (sum - offset) * scale + bias, then the function,
/// if it is not null. All three have Int8Packing::padded_columns values.
struct Int8Epilogue {
  const std::int32_t* offset;
  const float* scale;
  const float* bias;
  const UnaryKernel<float>* function;
};

/// Positions in a row, each the maximum of a window of sums; without pooling the window is 1 x 1.
struct Int8Windows {
  const std::int32_t* sums;  ///< (window_h rows, positions * window_w, stride)
  std::int64_t stride;       ///< between neighbouring sums of a column; whole blocks
  std::int64_t positions;
  std::int64_t window_h;
  std::int64_t window_w;
  std::int64_t column;   ///< the first one, of whole blocks
  std::int64_t columns;  ///< how many
};

/// out (positions, columns), followed by room for kInt8Columns more, which are overwritten.
void int8_finish(const Int8Windows& windows, const Int8Epilogue& epilogue, float* out);

}  // namespace gluino::kernels
