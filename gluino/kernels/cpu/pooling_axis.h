// Where the windows of a pooling lie along one axis.
#pragma once

#include <gluino/kernels/cpu/pooling.h>

#include <algorithm>

namespace gluino::kernels {

/// The largest kernel that goes along the rows: lists of a window's rows are as long.
inline constexpr std::int64_t kMostPoolKernel = 16;
/// The largest stride: vectors take a row apart into up to so many pieces.
inline constexpr std::int64_t kMostPoolStride = 3;

inline std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

struct PoolAxis {
  std::int64_t in, out, kernel, stride, pad;
  bool count_pad;

  static PoolAxis height(const Pool2D& p) {
    return {p.in_h, p.out_h, p.kernel_h, p.stride_h, p.pad_h, p.count_include_pad};
  }
  static PoolAxis width(const Pool2D& p) {
    return {p.in_w, p.out_w, p.kernel_w, p.stride_w, p.pad_w, p.count_include_pad};
  }

  /// The positions of window i that exist: [begin(i), end(i)).
  std::int64_t begin(std::int64_t i) const { return std::max<std::int64_t>(i * stride - pad, 0); }
  std::int64_t end(std::int64_t i) const { return std::min(i * stride - pad + kernel, in); }
  /// What an average divides by, along this axis.
  std::int64_t size(std::int64_t i) const {
    return count_pad ? std::min(kernel, in + pad - (i * stride - pad)) : end(i) - begin(i);
  }
  /// How many windows have a position that exists; those after them have none.
  std::int64_t filled() const { return std::min(out, ceil_div(in + pad, stride)); }
};

}  // namespace gluino::kernels
