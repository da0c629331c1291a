// The gradients of a convolution of whose output few positions have one: after maximum pooling one
// in each window. The kernel's rows are added at those places alone.
#pragma once

#include <gluino/kernels/cpu/convolution.h>

#include <cstdint>

namespace gluino::kernels {

/// For each sample and filter `count` positions of the output that have a gradient.
template <class T>
struct SparseConvGradient {
  const Conv2dGeometry* geometry;
  std::int64_t count;
  const T* values;  ///< (N, F, count)
  const std::int32_t*
      corners;      ///< (N, F, count): where the kernel stands in x, as row * W + column
  const T* x;       ///< (N, C, H, W)
  const T* weight;  ///< (F, C, KH, KW)
  T* dx;            ///< unless null
  T* dweight;       ///< unless null
};

/// True where this is faster than going through all positions: one group, no padding, no dilation,
/// and rows of the kernel, channels included, that fill some vectors.
template <class T>
bool conv_sparse_suits(const Conv2dGeometry& geometry);

template <class T>
void conv_sparse_gradient(const SparseConvGradient<T>& task);

}  // namespace gluino::kernels
