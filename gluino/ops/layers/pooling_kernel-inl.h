#pragma once

#include <gluino/kernels/cpu/pooling/depth_windows.h>
#include <gluino/kernels/cpu/pooling/pooling.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/layers/pooling.h>

namespace gluino {

/// Windows over the planes (or rows, or volumes) of images (N, C, ...). What has one axis is an
/// image of height 1; volumes are pooled slice by slice, then along their depth.
class PoolingKernel {
 public:
  PoolingKernel(const PoolingOptions& o, const Shape& in, const Shape& out)
      : planes_(in[0] * in[1]), is_volume_(in.ndim() == 5) {
    const auto axis = [&](int from_end) {
      const int image_axis = in.ndim() - 2 - from_end;
      if (image_axis < 0) return kernels::WindowAxis{1, 1, 1, 1, 0, true};
      const auto at = [&](const Shape& tuple, std::int64_t fallback) {
        return tuple.empty() || o.global_pool ? fallback : tuple[image_axis];
      };
      const std::int64_t size = in[2 + image_axis];
      return kernels::WindowAxis{size,
                                 out[2 + image_axis],
                                 at(o.kernel, size),
                                 at(o.stride, 1),
                                 at(o.pad, 0),
                                 o.count_include_pad.value_or(true)};
    };
    const kernels::WindowAxis height = axis(2);
    const kernels::WindowAxis width = axis(1);
    pool_ = {.in_h = height.in,
             .in_w = width.in,
             .out_h = height.out,
             .out_w = width.out,
             .kernel_h = height.kernel,
             .kernel_w = width.kernel,
             .stride_h = height.stride,
             .stride_w = width.stride,
             .pad_h = height.pad,
             .pad_w = width.pad,
             .count_include_pad = width.count_pad};
    depth_ = {.planes = planes_, .row = height.out * width.out, .depth = axis(3)};
  }

  template <class T>
  void max(const T* x, T* y, std::int32_t* argmax) const {
    if (!is_volume_) return kernels::max_pool<T>(x, y, argmax, planes_, pool_);
    const Temporary<T> maxima(between());
    const Temporary<std::int32_t> places(argmax == nullptr ? 0 : between());
    kernels::max_pool<T>(x, maxima.data(), argmax == nullptr ? nullptr : places.data(), slices(),
                         pool_);
    kernels::max_depth<T>(maxima.data(), places.data(), y, argmax, depth_, pool_.in_h * pool_.in_w);
  }

  template <class T>
  void max_gradient(const T* dy, const std::int32_t* argmax, T* dx) const {
    if (!is_volume_) return kernels::max_pool_gradient<T>(dy, argmax, dx, planes_, pool_);
    kernels::max_volume_gradient<T>(dy, argmax, dx, planes_, depth_.depth.out * depth_.row,
                                    depth_.depth.in * pool_.in_h * pool_.in_w);
  }

  template <class T>
  void sum(const T* x, T* y, bool average) const {
    const auto pool_planes = average ? kernels::avg_pool<T> : kernels::sum_pool<T>;
    if (!is_volume_) return pool_planes(x, y, planes_, pool_);
    const Temporary<T> sums(between());
    pool_planes(x, sums.data(), slices(), pool_);
    kernels::sum_depth<T>(sums.data(), y, depth_, average);
  }

  template <class T>
  void sum_gradient(const T* dy, T* dx, bool average) const {
    const auto of_planes = average ? kernels::avg_pool_gradient<T> : kernels::sum_pool_gradient<T>;
    if (!is_volume_) return of_planes(dy, dx, planes_, pool_);
    const Temporary<T> sums(between());
    kernels::sum_depth_gradient<T>(dy, sums.data(), depth_, average);
    of_planes(sums.data(), dx, slices(), pool_);
  }

 private:
  std::int64_t slices() const { return planes_ * depth_.depth.in; }
  // Numbers of what is left when the slices are pooled.
  std::int64_t between() const { return slices() * depth_.row; }

  std::int64_t planes_;
  bool is_volume_;
  kernels::Pool2D pool_;
  kernels::DepthWindows depth_;
};

}  // namespace gluino
