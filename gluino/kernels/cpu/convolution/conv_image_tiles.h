// Convolutions of few images with 3x3 kernels by Winograd's algorithm (see conv_winograd.h): the
// tiles of all images are the rows of the products, their channels lie side by side in vectors, and
// the transformed weights are the right operand, in the order in which the product reads it.
#pragma once

#include <gluino/kernels/cpu/convolution/conv_taps.h>

namespace gluino::kernels {

/// Tiles of so many outputs each way are the fastest, 2 or 4; 0 where other ways are faster. With
/// `ready`, the weights are transformed beforehand, once for many calls.
template <class T>
std::int64_t image_tile(const ConvPass& pass, bool ready);

/// How many numbers the transformed weights of a pass are.
template <class T>
std::int64_t tiled_weights_size(const ConvPass& pass, std::int64_t tile);

/// The transformed weights. Their order is this processor's; it does not belong into a file.
template <class T>
void tile_weights(const ConvPass& pass, std::int64_t tile, const T* weight, T* tiled);

/// y from x, as conv2d_forward and conv2d_backward_data, with transformed weights. The pass is one
/// for which image_tile gives this tile.
template <class T>
void image_tiles_conv(const ConvPass& pass, std::int64_t tile, const T* x, const T* tiled,
                      const T* bias, T* y, const UnaryKernel<T>* activation);

}  // namespace gluino::kernels
