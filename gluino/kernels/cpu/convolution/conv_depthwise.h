// Depthwise convolutions, one channel per group, on the tensors as they are, with the vectors along
// the rows: what they take is memory's time, and turning the tensors would take it thrice.
#pragma once

#include <gluino/kernels/cpu/convolution/convolution.h>

namespace gluino::kernels {

/// Whether the functions below can be used, and are faster than strips or columns.
template <class T>
bool depthwise_suits(const Conv2dGeometry& geometry);

/// As conv2d_forward, conv2d_backward_data and conv2d_backward_weight; depthwise_suits holds.
template <class T>
void depthwise_forward(const Conv2dGeometry& geometry, const T* x, const T* weight, const T* bias,
                       T* y);
template <class T>
void depthwise_backward_data(const Conv2dGeometry& geometry, const T* dy, const T* weight, T* dx);
template <class T>
void depthwise_weight_gradient(const Conv2dGeometry& geometry, const T* x, const T* dy, T* dweight);

}  // namespace gluino::kernels
