// The gradients of a convolution of whose output few positions have one: after maximum pooling one
// in each window. The kernel's rows are added at those places alone.
#pragma once

#include <gluino/kernels/cpu/convolution/conv_strips.h>

#include <cstdint>

namespace gluino::kernels {

/// What `explain` calls it.
inline constexpr const char* kConvSparseName = "the maxima alone, channels innermost";

/// Windows of the output of a convolution, side by side, with a gradient at one place of each.
template <class T>
struct SparseConvGradient {
  const Conv2dGeometry* geometry;
  std::int64_t pool_h;
  std::int64_t pool_w;
  std::int64_t windows_h;  ///< how many there are
  std::int64_t windows_w;
  const T* values;             ///< (N, F, windows_h, windows_w)
  const std::int32_t* places;  ///< of the same shape: the number of the place in its window
  StripInput<T> x;
  const T* weight;    ///< (F, C, KH, KW)
  StripOutput<T> dx;  ///< unless its data is null
  T* dweight;         ///< unless null
};

/// True where this is faster than going through all positions: one group, no padding, no dilation,
/// and rows of the kernel, channels included, that fill some vectors.
template <class T>
bool conv_sparse_suits(const Conv2dGeometry& geometry);

template <class T>
void conv_sparse_gradient(const SparseConvGradient<T>& task);

}  // namespace gluino::kernels
