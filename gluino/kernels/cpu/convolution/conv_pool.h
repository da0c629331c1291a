// A convolution, the maximum of windows of its output, and a function of that, as one: on strips,
// so that the convolution's output, the largest array of a network, never leaves the near caches.
#pragma once

#include <gluino/kernels/cpu/convolution/convolution.h>
#include <gluino/kernels/cpu/elementwise/unary.h>

#include <cstdint>

namespace gluino::kernels {

/// y = f(max over windows of pool_h x pool_w, side by side, of conv(x)). Rows and columns that fill
/// no window are not computed. conv.y_on_strips says how y lies, since conv(x) is never written.
struct ConvPoolGeometry {
  Conv2dGeometry conv;
  std::int64_t pool_h = 1;
  std::int64_t pool_w = 1;

  std::int64_t out_height() const { return conv.out_height() / pool_h; }
  std::int64_t out_width() const { return conv.out_width() / pool_w; }
  std::int64_t out_positions() const { return conv.out_channels * out_height() * out_width(); }
};

/// True when the functions below can do it: no padding, and enough samples to fill strips.
template <class T>
bool conv_pool_suits(const ConvPoolGeometry& geometry);

/// y (N, F, out_height, out_width) from x (N, C, H, W). `bias` may be null, and so may `places`:
/// where in its window each maximum stood, in strips. `f` must not fall, so that it may come after
/// the maximum.
template <class T>
void conv_pool_forward(const ConvPoolGeometry& geometry, const T* x, const T* weight, const T* bias,
                       const UnaryKernel<T>& f, T* y, T* places);

/// The gradients that are not null, from those of y. f's gradient must not read its input.
template <class T>
struct ConvPoolGradient {
  const T* x;
  const T* weight;
  const T* y;
  const T* places;
  const T* dy;
  T* dx;
  T* dweight;
  T* dbias;
};
template <class T>
void conv_pool_backward(const ConvPoolGeometry& geometry, const UnaryKernel<T>& f,
                        const ConvPoolGradient<T>& task);

}  // namespace gluino::kernels
