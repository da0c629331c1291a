// Where windows of a pooling, or of a convolution without dilation, lie along one axis.
#pragma once

#include <gluino/kernels/cpu/pooling/pooling.h>

#include <algorithm>

namespace gluino::kernels {

/// The largest window that is gone through along the rows: lists of its rows are as long.
inline constexpr std::int64_t kMostWindow = 16;
/// The largest step along them: vectors take a row apart into up to so many pieces.
inline constexpr std::int64_t kMostStep = 3;

inline std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

struct WindowAxis {
  std::int64_t in, out, kernel, stride, pad;
  bool count_pad;

  static WindowAxis height(const Pool2D& p) {
    return {p.in_h, p.out_h, p.kernel_h, p.stride_h, p.pad_h, p.count_include_pad};
  }
  static WindowAxis width(const Pool2D& p) {
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

/// Whether sliding_rows-inl.h can go through these windows, where there are vectors.
inline bool sliding_rows_suit(const Pool2D& p) {
  return p.pad_h < p.kernel_h && p.pad_w < p.kernel_w && p.stride_w <= kMostStep &&
         std::max(p.kernel_h, p.kernel_w) <= kMostWindow;
}

}  // namespace gluino::kernels
