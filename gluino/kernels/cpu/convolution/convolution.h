#pragma once

#include <gluino/kernels/cpu/elementwise/unary.h>

#include <cstdint>

namespace gluino::kernels {

/// A 2-D convolution's sizes. The caller has made sure that none is negative, that kernels,
/// strides, dilations and groups are at least 1, and that groups divides both numbers of channels.
struct Conv2dGeometry {
  std::int64_t batch = 0;
  std::int64_t in_channels = 0;
  std::int64_t in_height = 0;
  std::int64_t in_width = 0;
  std::int64_t out_channels = 0;
  std::int64_t kernel_height = 1;
  std::int64_t kernel_width = 1;
  std::int64_t stride_h = 1;
  std::int64_t stride_w = 1;
  std::int64_t pad_h = 0;
  std::int64_t pad_w = 0;
  std::int64_t dilate_h = 1;
  std::int64_t dilate_w = 1;
  std::int64_t groups = 1;
  /// Where x (and dx), and y (and dy), lie in strips of samples instead of as (N, C, H, W):
  /// (strips, C, H, W, samples), see conv_strips.h. For samples that the last strip lacks, x and y
  /// hold any finite numbers, dx and dy zeros.
  bool x_on_strips = false;
  bool y_on_strips = false;

  std::int64_t out_height() const {
    return out_size(in_height, kernel_height, stride_h, pad_h, dilate_h);
  }
  std::int64_t out_width() const {
    return out_size(in_width, kernel_width, stride_w, pad_w, dilate_w);
  }
  std::int64_t group_in_channels() const { return in_channels / groups; }
  std::int64_t group_out_channels() const { return out_channels / groups; }

 private:
  static std::int64_t out_size(std::int64_t in, std::int64_t kernel, std::int64_t stride,
                               std::int64_t pad, std::int64_t dilate) {
    const std::int64_t room = in + 2 * pad - dilate * (kernel - 1) - 1;
    return room < 0 ? 0 : room / stride + 1;
  }
};

// In all of these x is (N, C, H, W), weight (F, C / groups, KH, KW), bias (F), y (N, F, OH, OW),
// all contiguous; dx, dweight, dbias and dy have the shapes of their namesakes. The
// cross-correlation
//   y[n, f, i, j] = bias[f] + sum over c, kh, kw of weight[f, c, kh, kw] *
//                   x[n, c, i * stride_h + kh * dilate_h - pad_h, j * stride_w + ...]
// is that of MXNet's Convolution. They run on several threads; the bits of the results do not
// depend on how many. Defined for float and double.

/// y = activation(conv(x) + bias). `bias` and `activation` may be null.
template <class T>
void conv2d_forward(const Conv2dGeometry& geometry, const T* x, const T* weight, const T* bias,
                    T* y, const UnaryKernel<T>* activation = nullptr);

/// The gradient of x from that of y.
template <class T>
void conv2d_backward_data(const Conv2dGeometry& geometry, const T* dy, const T* weight, T* dx);

/// The gradients of weight and bias from that of y. Either may be null when it is not wanted.
template <class T>
void conv2d_backward_weight(const Conv2dGeometry& geometry, const T* x, const T* dy, T* dweight,
                            T* dbias);

/// Both; any of the gradients may be null. Where dy has come through a maximum pooling, with one
/// element or none in each window, only these are gone through.
template <class T>
void conv2d_backward(const Conv2dGeometry& geometry, const T* x, const T* dy, const T* weight,
                     T* dx, T* dweight, T* dbias);

/// True where forward and both gradients run on strips, so that x and y may lie so.
template <class T>
bool conv2d_suits_strips(const Conv2dGeometry& geometry);

}  // namespace gluino::kernels
