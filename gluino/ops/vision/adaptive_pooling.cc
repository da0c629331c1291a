#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/vision/resampling.h>

#include <algorithm>

namespace gluino {
namespace {

// Window i of `count` along an axis of `size` places: they cover it, and overlap by a part.
struct Windows {
  std::int64_t size, count;

  std::int64_t begin(std::int64_t i) const { return i * size / count; }
  std::int64_t end(std::int64_t i) const { return ((i + 1) * size + count - 1) / count; }
};

struct Windows2D {
  Windows rows, columns;

  Windows2D(const Shape& image, const Shape& windows)
      : rows{image[2], windows[2]}, columns{image[3], windows[3]} {}
};

void infer(const AdaptiveAvgPooling2DOptions& o, Inference& s) {
  s.expect_ndim(0, 4, "(N, C, H, W)");
  const Shape& data = s.in(0);
  s.expect(o.output_size.ndim() <= 2, -1, "output_size: expected at most 2 numbers, got ",
           o.output_size);
  const std::int64_t rows = o.output_size.empty() ? 1 : o.output_size[0];
  const std::int64_t columns = o.output_size.empty() ? 1 : o.output_size.back();
  s.expect(rows > 0 && columns > 0, -1, "output_size: expected at least 1, got ", o.output_size);
  s.expect(data[2] > 0 && data[3] > 0, 0, "an image without pixels has no mean: ", data);
  s.set_out(0, {data[0], data[1], rows, columns});
}

// The rows of a window are added up first, column by column.
template <class T>
void pool(const T* x, T* y, const Windows2D& w) {
  const Temporary<T> sums(w.columns.size);
  T* const sum = sums.data();
  for (std::int64_t i = 0; i < w.rows.count; ++i) {
    const std::int64_t begin = w.rows.begin(i), end = w.rows.end(i);
    std::copy_n(x + begin * w.columns.size, w.columns.size, sum);
    for (std::int64_t row = begin + 1; row < end; ++row) {
      const T* const from = x + row * w.columns.size;
      for (std::int64_t c = 0; c < w.columns.size; ++c) sum[c] += from[c];
    }
    for (std::int64_t j = 0; j < w.columns.count; ++j) {
      const std::int64_t left = w.columns.begin(j), right = w.columns.end(j);
      T total = 0;
      for (std::int64_t c = left; c < right; ++c) total += sum[c];
      *y++ = total / static_cast<T>((end - begin) * (right - left));
    }
  }
}

template <class T>
void pool_gradient(const T* dy, T* dx, const Windows2D& w) {
  std::fill_n(dx, w.rows.size * w.columns.size, T(0));
  const Temporary<T> parts(w.columns.size);
  T* const part = parts.data();
  for (std::int64_t i = 0; i < w.rows.count; ++i) {
    const std::int64_t begin = w.rows.begin(i), end = w.rows.end(i);
    std::fill_n(part, w.columns.size, T(0));
    for (std::int64_t j = 0; j < w.columns.count; ++j) {
      const std::int64_t left = w.columns.begin(j), right = w.columns.end(j);
      const T each = *dy++ / static_cast<T>((end - begin) * (right - left));
      for (std::int64_t c = left; c < right; ++c) part[c] += each;
    }
    for (std::int64_t row = begin; row < end; ++row) {
      T* const to = dx + row * w.columns.size;
      for (std::int64_t c = 0; c < w.columns.size; ++c) to[c] += part[c];
    }
  }
}

// Calls f(plane) for all planes of images, on several threads.
template <class F>
void each_plane(const Shape& images, F f) {
  const std::int64_t pixels = images[2] * images[3];
  parallel_for(images[0] * images[1], kernels::row_grain(pixels, kernels::kCopyGrain),
               [&](std::int64_t plane, std::int64_t end) {
                 for (; plane < end; ++plane) f(plane);
               });
}

const auto registered =
    define_op<AdaptiveAvgPooling2DOptions>("_contrib_AdaptiveAvgPooling2D")
        .doc("Means of as many windows of an image (N, C, H, W) as are asked for.")
        .inputs({"data"})
        .nameless()
        .row_wise()
        .field("output_size", &AdaptiveAvgPooling2DOptions::output_size,
               "Rows and columns of the result; one number for both, none for one pixel.")
        .infer(infer)
        .forward([](const AdaptiveAvgPooling2DOptions& /*o*/, const Call& call) {
          const Tensor& x = call.in[0];
          const Tensor& y = call.out[0];
          if (y.size() == 0) return;  // then the sizes may be any
          const Windows2D w(x.shape, y.shape);
          const std::int64_t pixels = w.rows.size * w.columns.size;
          const std::int64_t windows = w.rows.count * w.columns.count;
          dispatch_real(x.dtype, "_contrib_AdaptiveAvgPooling2D", [&]<class T>() {
            each_plane(x.shape, [&](std::int64_t plane) {
              pool(x.as<T>() + plane * pixels, y.as<T>() + plane * windows, w);
            });
          });
        })
        .backward(
            [](const AdaptiveAvgPooling2DOptions& /*o*/, const GradientCall& call) {
              const Tensor& dx = call.in_grad[0];
              const Tensor& dy = call.out_grad[0];
              if (dy.size() == 0) return;
              const Windows2D w(dx.shape, dy.shape);
              const std::int64_t pixels = w.rows.size * w.columns.size;
              const std::int64_t windows = w.rows.count * w.columns.count;
              dispatch_real(dx.dtype, "_contrib_AdaptiveAvgPooling2D", [&]<class T>() {
                each_plane(dx.shape, [&](std::int64_t plane) {
                  pool_gradient(dy.as<T>() + plane * windows, dx.as<T>() + plane * pixels, w);
                });
              });
            },
            Op::nothing)
        .derivative(
            derivative::of_linear<AdaptiveAvgPooling2DOptions>("_contrib_AdaptiveAvgPooling2D"))
        .sample({}, {{{2, 3, 4, 5}}})
        .sample({.output_size = {3, 2}}, {{{1, 2, 7, 5}}})
        .sample({.output_size = {5}}, {{{2, 1, 3, 4}}})
        .sample({.output_size = {2}}, {{{0, 2, 3, 3}}});

}  // namespace
}  // namespace gluino
