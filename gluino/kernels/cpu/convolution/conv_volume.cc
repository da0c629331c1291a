#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_volume.h>
#include <gluino/kernels/cpu/support/grain.h>

#include <algorithm>

namespace gluino::kernels {

template <class T>
void unfold_depth(const DepthSteps& s, const T* x, T* images) {
  const std::int64_t image = s.channels * s.kernel * s.plane;
  parallel_for(
      s.samples * s.out, row_grain(image, kCopyGrain), [&](std::int64_t i, std::int64_t end) {
        for (; i < end; ++i) {
          const T* sample = x + i / s.out * s.channels * s.in * s.plane;
          T* to = images + i * image;
          for (std::int64_t k = 0; k < s.channels * s.kernel; ++k, to += s.plane) {
            const std::int64_t depth = i % s.out * s.stride + k % s.kernel * s.dilate - s.pad;
            if (depth < 0 || depth >= s.in) {
              std::fill_n(to, s.plane, T(0));
            } else {
              std::copy_n(sample + (k / s.kernel * s.in + depth) * s.plane, s.plane, to);
            }
          }
        }
      });
}

template <class T>
void fold_depth(const DepthSteps& s, const T* images, T* x) {
  parallel_for(s.samples * s.channels * s.in, row_grain(s.kernel * s.plane, kCopyGrain),
               [&](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) {
                   const std::int64_t depth = i % s.in;
                   const std::int64_t channel = i / s.in % s.channels;
                   const std::int64_t sample = i / s.in / s.channels;
                   T* to = x + i * s.plane;
                   std::fill_n(to, s.plane, T(0));
                   for (std::int64_t k = 0; k < s.kernel; ++k) {
                     const std::int64_t steps = depth + s.pad - k * s.dilate;
                     if (steps < 0 || steps % s.stride != 0 || steps / s.stride >= s.out) continue;
                     const std::int64_t image = sample * s.out + steps / s.stride;
                     const T* from =
                         images + ((image * s.channels + channel) * s.kernel + k) * s.plane;
                     for (std::int64_t j = 0; j < s.plane; ++j) to[j] += from[j];
                   }
                 }
               });
}

template void unfold_depth<float>(const DepthSteps&, const float*, float*);
template void unfold_depth<double>(const DepthSteps&, const double*, double*);
template void fold_depth<float>(const DepthSteps&, const float*, float*);
template void fold_depth<double>(const DepthSteps&, const double*, double*);

}  // namespace gluino::kernels
