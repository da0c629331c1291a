#pragma once

#include <gluino/kernels/cpu/convolution/convolution.h>

namespace gluino::kernels {

/// True where rounding the operands of a convolution takes less time than it saves, for its
/// gradients, too. Then the batch fills half a strip at least, and no size is zero.
bool bf16_conv_suits(const Conv2dGeometry& geometry);

/// conv2d_forward, conv2d_backward_data and conv2d_backward_weight where bf16_conv_suits, with the
/// factors of all products rounded to bfloat16; sums are float32.
void bf16_conv_forward(const Conv2dGeometry& geometry, const float* x, const float* weight,
                       const float* bias, float* y);
void bf16_conv_backward_data(const Conv2dGeometry& geometry, const float* dy, const float* weight,
                             float* dx);
void bf16_conv_backward_weight(const Conv2dGeometry& geometry, const float* x, const float* dy,
                               float* dweight, float* dbias);

/// How many parts the strips of a batch are cut into where their sums, so many in each part, are
/// added: the sizes alone decide.
std::int64_t bf16_conv_parts(std::int64_t strips, std::int64_t sums);

}  // namespace gluino::kernels
