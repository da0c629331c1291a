#pragma once

#include <gluino/amp/amp.h>
#include <gluino/kernels/cpu/bf16_convolution/bf16_conv.h>
#include <gluino/kernels/cpu/convolution/convolution.h>
#include <gluino/ops/layers/convolution.h>

/// The sizes of a convolution, as its kernels take them.
namespace gluino {

// A tuple option has one value for each axis of the image, or is empty for the default. What has
// one axis (N, C, W) is an image of height 1; then the row's value is the default.
inline std::int64_t convolution_at(const Shape& tuple, int axis, std::int64_t fallback) {
  if (tuple.ndim() == 1) return axis == 0 ? fallback : tuple[0];
  return tuple.empty() ? fallback : tuple[axis];
}

inline kernels::Conv2dGeometry convolution_geometry(const ConvolutionOptions& o,
                                                    const Shape& data) {
  return {.batch = data[0],
          .in_channels = data[1],
          .in_height = data.ndim() == 4 ? data[2] : 1,
          .in_width = data.back(),
          .out_channels = o.num_filter,
          .kernel_height = convolution_at(o.kernel, 0, 1),
          .kernel_width = convolution_at(o.kernel, 1, 1),
          .stride_h = convolution_at(o.stride, 0, 1),
          .stride_w = convolution_at(o.stride, 1, 1),
          .pad_h = convolution_at(o.pad, 0, 0),
          .pad_w = convolution_at(o.pad, 1, 0),
          .dilate_h = convolution_at(o.dilate, 0, 1),
          .dilate_w = convolution_at(o.dilate, 1, 1),
          .groups = o.num_group};
}

// True where a convolution of float32 arrays rounds the factors of its products; see amp::init.
// Its kernels turn the images themselves, into other strips: graphs that are compiled for that put
// neither its data nor its output on strips.
inline bool rounds_products(const kernels::Conv2dGeometry& g) {
  return amp::dtype() == bfloat16 && !g.x_on_strips && !g.y_on_strips &&
         kernels::bf16_conv_suits(g);
}

}  // namespace gluino
