#pragma once

#include <cstdint>

namespace gluino::kernels {

/// Windows over planes of in_h x in_w. Window (i, j) starts at row i * stride_h - pad_h and column
/// j * stride_w - pad_w and may hang over the edges, so that out_h and out_w, which the caller
/// gives, may follow either of MXNet's conventions, "valid" and "full". Global pooling is one
/// window of the plane's size.
struct Pool2D {
  std::int64_t in_h = 0, in_w = 0;
  std::int64_t out_h = 0, out_w = 0;
  std::int64_t kernel_h = 1, kernel_w = 1;
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t pad_h = 0, pad_w = 0;
  /// Whether an average divides by the window's size within the padded plane, or within the plane.
  bool count_include_pad = true;
};

/// y (planes, out_h, out_w) = the largest of each window of x (planes, in_h, in_w), and in
/// `argmax`, unless it is null, the place of the first such element in its plane; the lowest finite
/// number and -1 where a window lies outside. NaN is larger than any. A plane has less than 2^31
/// elements (else Error).
template <class T>
void max_pool(const T* x, T* y, std::int32_t* argmax, std::int64_t planes, const Pool2D& pool);

/// dx = dy summed to the places in `argmax`; dx is overwritten.
template <class T>
void max_pool_gradient(const T* dy, const std::int32_t* argmax, T* dx, std::int64_t planes,
                       const Pool2D& pool);

/// The mean of each window; 0 where a window lies outside.
template <class T>
void avg_pool(const T* x, T* y, std::int64_t planes, const Pool2D& pool);
template <class T>
void avg_pool_gradient(const T* dy, T* dx, std::int64_t planes, const Pool2D& pool);

/// The sum of each window.
template <class T>
void sum_pool(const T* x, T* y, std::int64_t planes, const Pool2D& pool);
template <class T>
void sum_pool_gradient(const T* dy, T* dx, std::int64_t planes, const Pool2D& pool);

}  // namespace gluino::kernels
