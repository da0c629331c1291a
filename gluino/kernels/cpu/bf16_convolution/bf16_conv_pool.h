#pragma once

#include <gluino/kernels/cpu/convolution/conv_pool.h>

namespace gluino::kernels {

/// conv_pool_forward and conv_pool_backward, with the factors of the convolution's products rounded
/// to bfloat16; sums are float32. `places` are the same. For what bf16_conv_pool_suits.
bool bf16_conv_pool_suits(const ConvPoolGeometry& geometry);
void bf16_conv_pool_forward(const ConvPoolGeometry& geometry, const float* x, const float* weight,
                            const float* bias, const UnaryKernel<float>& f, float* y,
                            float* places);
void bf16_conv_pool_backward(const ConvPoolGeometry& geometry, const UnaryKernel<float>& f,
                             const ConvPoolGradient<float>& task);

}  // namespace gluino::kernels
