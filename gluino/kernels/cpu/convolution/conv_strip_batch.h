// Convolutions of whole batches on strips, which are made of images that lie sample by sample.
#pragma once

#include <gluino/kernels/cpu/convolution/conv_strips.h>

namespace gluino::kernels {

/// True when a pass can run on strips, and enough samples fill them.
template <class T>
bool strips_suit(const ConvPass& pass);

/// y (or dx) of one pass, from x (or dy), and then the activation unless it is null; strips_suit
/// holds.
template <class T>
void strips_conv(const ConvPass& pass, const T* x, const T* weight, const T* bias, T* y,
                 const UnaryKernel<T>* activation);

/// The same for the gradient to the weights.
template <class T>
bool strips_suit_gradient(const Conv2dGeometry& geometry);
template <class T>
void strips_weight_gradient(const Conv2dGeometry& geometry, const T* x, const T* dy, T* dweight);

}  // namespace gluino::kernels
