#pragma once

#include <gluino/kernels/cpu/convolution/convolution.h>

#include <cstdint>
#include <ostream>

namespace gluino::kernels {

inline std::ostream& operator<<(std::ostream& out, const Conv2dGeometry& g) {
  return out << "batch " << g.batch << ", " << g.in_channels << " x " << g.in_height << " x "
             << g.in_width << " to " << g.out_channels << ", kernel " << g.kernel_height << " x "
             << g.kernel_width << ", stride " << g.stride_h << " x " << g.stride_w << ", pad "
             << g.pad_h << " x " << g.pad_w << ", dilate " << g.dilate_h << " x " << g.dilate_w
             << ", groups " << g.groups;
}

// Calls visit(x index, weight index, y index) for each multiply-add that the definition names.
template <class Visit>
void for_each_term(const Conv2dGeometry& g, Visit visit) {
  const std::int64_t cg = g.group_in_channels();
  for (std::int64_t n = 0; n < g.batch; ++n)
    for (std::int64_t f = 0; f < g.out_channels; ++f)
      for (std::int64_t i = 0; i < g.out_height(); ++i)
        for (std::int64_t j = 0; j < g.out_width(); ++j)
          for (std::int64_t c = 0; c < cg; ++c)
            for (std::int64_t kh = 0; kh < g.kernel_height; ++kh)
              for (std::int64_t kw = 0; kw < g.kernel_width; ++kw) {
                const std::int64_t h = i * g.stride_h + kh * g.dilate_h - g.pad_h;
                const std::int64_t w = j * g.stride_w + kw * g.dilate_w - g.pad_w;
                if (h < 0 || h >= g.in_height || w < 0 || w >= g.in_width) continue;
                const std::int64_t channel = f / g.group_out_channels() * cg + c;
                visit(((n * g.in_channels + channel) * g.in_height + h) * g.in_width + w,
                      ((f * cg + c) * g.kernel_height + kh) * g.kernel_width + kw,
                      ((n * g.out_channels + f) * g.out_height() + i) * g.out_width() + j);
              }
}

}  // namespace gluino::kernels
