// Convolutions with 3x3 kernels by Winograd's algorithm: Lavin and Gray, "Fast Algorithms for
// Convolutional Neural Networks" (2015), F(4x4, 3x3). Tiles of 4x4 outputs take 36 multiplications
// per pair of channels instead of 144; the rest are additions, which do not grow with both numbers
// of channels. Rounding errors are some units of the last place larger than those of a direct sum.
#pragma once

#include <gluino/kernels/cpu/convolution/conv_taps.h>

namespace gluino::kernels {

/// True where this is faster: 3x3, stride 1, no dilation, one group, and enough channels and
/// samples.
template <class T>
bool winograd_suits(const ConvPass& pass);

/// y from x, as conv2d_forward and conv2d_backward_data; winograd_suits holds.
template <class T>
void winograd_conv(const ConvPass& pass, const T* x, const T* weight, const T* bias, T* y,
                   const UnaryKernel<T>* activation);

/// dweight from x and dy; winograd_suits holds for the forward pass.
template <class T>
void winograd_weight_gradient(const ConvPass& pass, const T* x, const T* dy, T* dweight);

}  // namespace gluino::kernels
