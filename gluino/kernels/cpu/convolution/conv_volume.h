#pragma once

#include <cstdint>

namespace gluino::kernels {

/// How the filters of a 3-D convolution step through the depth of volumes (N, C, D, H, W). Such a
/// convolution is a 2-D one of the output's N * out slices, each an image whose C * kernel channels
/// are the slices that the filters reach. The weights (F, C, kernel, KH, KW) lie for it as they
/// are.
struct DepthSteps {
  std::int64_t samples = 0;
  std::int64_t channels = 0;
  /// Elements of a slice.
  std::int64_t plane = 0;
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t pad = 0;
  std::int64_t dilate = 1;
};

/// images (samples * out, channels * kernel, plane) = the slices of x (samples, channels, in,
/// plane) that each slice of the output is made from; zeros where they lie in the padding.
template <class T>
void unfold_depth(const DepthSteps& steps, const T* x, T* images);

/// x = images added up to where unfold_depth took them from, its gradient.
template <class T>
void fold_depth(const DepthSteps& steps, const T* images, T* x);

}  // namespace gluino::kernels
