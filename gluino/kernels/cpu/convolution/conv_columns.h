// Convolutions as matrix products: the values under the kernel are copied out as the rows of a
// matrix (im2col), a few rows of the output at a time. For small batches and very large images.
#pragma once

#include <gluino/kernels/cpu/convolution/conv_taps.h>

namespace gluino::kernels {

/// True for 1x1 kernels without stride and border: nothing is copied, the planes are the matrix.
bool reads_planes(const ConvPass& pass);

/// y (or dx) of one pass, from x (or dy), both contiguous with the channels after the samples.
template <class T>
void columns_conv(const ConvPass& pass, const T* x, const T* weight, const T* bias, T* y);

/// The gradient to the weights. `pass` is the forward pass.
template <class T>
void columns_weight_gradient(const ConvPass& pass, const T* x, const T* dy, T* dweight);

}  // namespace gluino::kernels
