#pragma once

#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/inference.h>
#include <gluino/ops/core/tensor.h>
#include <gluino/ops/vision/bilinear_sampling-inl.h>

#include <algorithm>

/// Grids of places on images, (x, y) from -1 to 1, and images sampled at them.
namespace gluino::grids {

/// Throws Error where a grid has one row or column, whose places would be between none.
inline void expect_extent(Inference& s, int input, std::int64_t height, std::int64_t width) {
  s.expect(height != 1 && width != 1, input,
           "expected a grid of at least 2 rows and 2 columns, got ", height, " x ", width);
}

inline void expect_target(Inference& s, const Shape& target) {
  constexpr std::int64_t kMost = 1 << 28;
  s.expect(target.ndim() == 2 && std::min(target[0], target[1]) > 0 &&
               std::max(target[0], target[1]) < kMost,
           -1, "target_shape: expected 2 numbers (height, width) of at least 1, got ", target);
  expect_extent(s, -1, target[0], target[1]);
}

inline void expect_matrices(Inference& s, int input) {
  s.expect(s.in(input).ndim() == 2 && s.in(input)[1] == 6, input,
           "expected a matrix of 2 rows and 3 columns per image, (N, 6), got ", s.in(input));
}

/// Place i of `count` from -1 to 1.
template <class T>
T place(std::int64_t i, std::int64_t count) {
  return static_cast<T>(2 * i) / static_cast<T>(count - 1) - 1;
}

/// grid (N, 2, height, width): each image's matrix (2, 3) times (x, y, 1). The places are computed
/// as `Place`: their last bits say on which side of a pixel the gradient is.
template <class Place, class T>
void affine(const T* matrices, T* grid, std::int64_t images, std::int64_t height,
            std::int64_t width) {
  if (images == 0) return;  // then the sizes may be any
  parallel_for(images * 2 * height, kernels::row_grain(width, kernels::kMathGrain),
               [&](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) {
                   const T* const m = matrices + i / height * 3;
                   const T rest = m[1] * static_cast<T>(place<Place>(i % height, height)) + m[2];
                   for (std::int64_t x = 0; x < width; ++x) {
                     grid[i * width + x] = m[0] * static_cast<T>(place<Place>(x, width)) + rest;
                   }
                 }
               });
}

/// The gradient of `affine` by the matrices.
template <class T>
void affine_gradient(const T* dgrid, T* dmatrices, std::int64_t images, std::int64_t height,
                     std::int64_t width) {
  if (images == 0) return;  // then the sizes may be any
  parallel_for(images * 2, kernels::row_grain(height * width, kernels::kMathGrain),
               [&](std::int64_t row, std::int64_t end) {
                 for (; row < end; ++row) {
                   const T* from = dgrid + row * height * width;
                   T sums[3] = {};
                   for (std::int64_t y = 0; y < height; ++y) {
                     for (std::int64_t x = 0; x < width; ++x, ++from) {
                       sums[0] += *from * place<T>(x, width);
                       sums[1] += *from * place<T>(y, height);
                       sums[2] += *from;
                     }
                   }
                   std::copy_n(sums, 3, dmatrices + row * 3);
                 }
               });
}

/// Images sampled at a grid, a plane of each per channel.
struct Sampling {
  std::int64_t images, channels, height, width, points;

  Sampling(const Shape& data, std::int64_t points_per_image)
      : images(data[0]),
        channels(data[1]),
        height(data[2]),
        width(data[3]),
        points(points_per_image) {}

  template <class T>
  SamplingPoint<T> point(const T* grid, std::int64_t image, std::int64_t i) const {
    const T* const x = grid + image * 2 * points + i;
    return {(x[points] + 1) * static_cast<T>(height - 1) / 2,
            (x[0] + 1) * static_cast<T>(width - 1) / 2, height, width};
  }

  template <class T>
  void forward(const T* data, const T* grid, T* out) const {
    if (images == 0) return;  // then the sizes may be any
    parallel_for(images * points, kernels::row_grain(4 * channels, kernels::kMathGrain),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t at = begin; at < end; ++at) {
                     const std::int64_t image = at / points, i = at % points;
                     const auto place = point(grid, image, i);
                     for (std::int64_t c = 0; c < channels; ++c) {
                       const std::int64_t plane = image * channels + c;
                       out[plane * points + i] = place.value(data + plane * height * width);
                     }
                   }
                 });
  }

  template <class T>
  void data_gradient(const T* grid, const T* dout, T* ddata) const {
    if (images * channels == 0) return;
    parallel_for(images * channels, kernels::row_grain(4 * points, kernels::kMathGrain),
                 [&](std::int64_t plane, std::int64_t end) {
                   for (; plane < end; ++plane) {
                     T* const to = ddata + plane * height * width;
                     std::fill_n(to, height * width, T(0));
                     for (std::int64_t i = 0; i < points; ++i) {
                       point(grid, plane / channels, i).add(to, dout[plane * points + i]);
                     }
                   }
                 });
  }

  template <class T>
  void grid_gradient(const T* data, const T* grid, const T* dout, T* dgrid) const {
    if (images == 0) return;
    parallel_for(images * points, kernels::row_grain(8 * channels, kernels::kMathGrain),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t at = begin; at < end; ++at) {
                     const std::int64_t image = at / points, i = at % points;
                     const auto place = point(grid, image, i);
                     T dx = 0, dy = 0;
                     for (std::int64_t c = 0; c < channels; ++c) {
                       const std::int64_t plane = image * channels + c;
                       const T* const pixels = data + plane * height * width;
                       dx += dout[plane * points + i] * place.slope_x(pixels);
                       dy += dout[plane * points + i] * place.slope_y(pixels);
                     }
                     T* const to = dgrid + image * 2 * points + i;
                     to[0] = dx * static_cast<T>(width - 1) / 2;
                     to[points] = dy * static_cast<T>(height - 1) / 2;
                   }
                 });
  }
};

}  // namespace gluino::grids
