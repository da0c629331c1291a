#pragma once

#include <cstdint>

namespace gluino::kernels {

/// How a pixel of a picture of another size follows from those around its place, with the numbers
/// that MXNet's programs give.
enum class Interpolation : int { nearest = 0, linear = 1, cubic = 2, area = 3, lanczos = 4 };

/// Channels are interleaved: (height, width, channels).
struct PictureSize {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
};

/// out, of the size `to` and as many channels, from `in`; neither is empty. Whole numbers are
/// rounded. T is float, double, or a whole number.
template <class T>
void resample(const T* in, const PictureSize& from, T* out, const PictureSize& to,
              Interpolation how);

/// The gradient of what resample reads, in_grad, of the size `from`, for that of what it gives. T
/// is float or double.
template <class T>
void resample_gradient(const T* out_grad, const PictureSize& to, T* in_grad,
                       const PictureSize& from, Interpolation how);

}  // namespace gluino::kernels
