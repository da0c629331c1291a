#pragma once

#include <gluino/ops/core/inference.h>
#include <gluino/ops/layers/image_tuple-inl.h>

#include <cstdint>

namespace gluino {

/// Windows of images (N, C, H, W), as convolutions have them.
struct WindowGeometry {
  std::int64_t height, width;  // of the images
  std::int64_t kernel_h, kernel_w, stride_h, stride_w, dilate_h, dilate_w, pad_h, pad_w;

  /// O has kernel, stride, dilate and pad, (height, width) or empty for the default.
  template <class O>
  WindowGeometry(const O& o, std::int64_t image_height, std::int64_t image_width)
      : height(image_height),
        width(image_width),
        kernel_h(o.kernel[0]),
        kernel_w(o.kernel[1]),
        stride_h(o.stride.empty() ? 1 : o.stride[0]),
        stride_w(o.stride.empty() ? 1 : o.stride[1]),
        dilate_h(o.dilate.empty() ? 1 : o.dilate[0]),
        dilate_w(o.dilate.empty() ? 1 : o.dilate[1]),
        pad_h(o.pad.empty() ? 0 : o.pad[0]),
        pad_w(o.pad.empty() ? 0 : o.pad[1]) {}

  std::int64_t taps() const { return kernel_h * kernel_w; }
  std::int64_t rows() const {
    return count(height + 2 * pad_h - dilate_h * (kernel_h - 1) - 1, stride_h);
  }
  std::int64_t columns() const {
    return count(width + 2 * pad_w - dilate_w * (kernel_w - 1) - 1, stride_w);
  }
  std::int64_t windows() const { return rows() * columns(); }

 private:
  static std::int64_t count(std::int64_t room, std::int64_t stride) {
    return room < 0 ? 0 : room / stride + 1;
  }
};

/// The windows of images of that size. Throws Error on options that are none, and where an image is
/// smaller than a window.
template <class O>
WindowGeometry expect_windows(const O& o, std::int64_t height, std::int64_t width, Inference& s) {
  s.expect(o.kernel.ndim() == 2, -1, "kernel: expected 2 numbers (height, width), got ", o.kernel);
  check_tuple(s, "kernel", o.kernel, 2, 1);
  check_tuple(s, "stride", o.stride, 2, 1);
  check_tuple(s, "dilate", o.dilate, 2, 1);
  check_tuple(s, "pad", o.pad, 2, 0);
  constexpr std::int64_t kMost = 1 << 28;  // so that no product of sizes overflows
  s.expect(height >= 0 && width >= 0 && height < kMost && width < kMost, -1,
           "expected images of less than ", kMost, " rows and columns, got ", height, " x ", width);
  const WindowGeometry geometry(o, height, width);
  s.expect(geometry.windows() > 0, -1, "the kernel ", o.kernel, " with dilate ", o.dilate,
           " is larger than images of ", height, " x ", width, " with pad ", o.pad);
  return geometry;
}

}  // namespace gluino
