// What is left of a gradient that came back through a maximum pooling by itself: eager calls hand
// it on among zeros, which nobody needs to multiply.
#pragma once

#include <gluino/kernels/cpu/convolution/conv_strips.h>

#include <cstdint>

namespace gluino::kernels {

/// The height and width of the windows that are looked for, side by side: those of nearly all
/// poolings.
inline constexpr std::int64_t kMaximaWindow = 2;

/// The one element of each window of dy that is not 0, and the number of its place there.
template <class T>
struct ConvMaxima {
  const T* values = nullptr;             ///< (N, F, windows_h, windows_w)
  const std::int32_t* places = nullptr;  ///< of the same shape
};

/// True where `maxima` may be found and used: see conv_sparse_suits. dy does not lie in strips, is
/// made of whole windows, and there are samples for several threads.
template <class T>
bool conv_maxima_suit(const Conv2dGeometry& geometry);

/// Whether no window of dy (N, F, OH, OW) has two elements that are not 0; then `maxima` are what
/// it holds, in scratch memory of the calling thread. Most others show it in their first rows.
template <class T>
bool find_conv_maxima(const Conv2dGeometry& geometry, const T* dy, ConvMaxima<T>& maxima);

}  // namespace gluino::kernels
