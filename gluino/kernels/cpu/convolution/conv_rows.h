// Convolutions on the tensors as they are, with the vectors along the rows: no copies at all. For
// stride 1 along the row and no border, where few multiply-adds per output would not pay for
// copies.
#pragma once

#include <gluino/kernels/cpu/convolution/conv_taps.h>

#include <cstdint>

namespace gluino::kernels {

/// Whether the functions below can be used, and are expected to be faster than strips or columns.
template <class T>
bool rows_suit(const Conv2dGeometry& geometry);

/// y = conv(x, weight) + bias (which may be null).
template <class T>
void rows_forward(const Conv2dGeometry& geometry, const T* x, const T* weight, const T* bias, T* y);

/// The gradient to the weights.
template <class T>
void rows_weight_gradient(const Conv2dGeometry& geometry, const T* x, const T* dy, T* dweight);

}  // namespace gluino::kernels
