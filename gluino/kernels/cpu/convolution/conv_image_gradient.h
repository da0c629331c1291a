// The gradient to the weights of convolutions with 3x3 kernels by Winograd's algorithm, the tiles
// of images as the inner axis of the products (see conv_image_tiles.h).
#pragma once

#include <gluino/kernels/cpu/convolution/conv_taps.h>

namespace gluino::kernels {

/// True where this is faster than other ways.
template <class T>
bool image_gradient_suits(const ConvPass& pass);

/// dweight from x and dy; image_gradient_suits holds for the forward pass.
template <class T>
void image_weight_gradient(const ConvPass& pass, const T* x, const T* dy, T* dweight);

}  // namespace gluino::kernels
