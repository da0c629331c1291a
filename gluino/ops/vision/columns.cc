#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/vision/window_geometry-inl.h>
#include <gluino/ops/vision/windows.h>

#include <algorithm>

namespace gluino {
namespace {

// Calls f(place in the plane, place in the row of columns) for each window that has tap `tap` on
// its plane; `outside` for those that have it beyond.
template <class F, class G>
void each_window(const WindowGeometry& g, std::int64_t tap, F f, G outside) {
  const std::int64_t down = tap / g.kernel_w * g.dilate_h - g.pad_h;
  const std::int64_t right = tap % g.kernel_w * g.dilate_w - g.pad_w;
  const std::int64_t rows = g.rows(), columns = g.columns();
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t y = i * g.stride_h + down;
    for (std::int64_t j = 0; j < columns; ++j) {
      const std::int64_t x = j * g.stride_w + right;
      if (y >= 0 && y < g.height && x >= 0 && x < g.width) {
        f(y * g.width + x, i * columns + j);
      } else {
        outside(i * columns + j);
      }
    }
  }
}

template <class T>
void to_columns(const T* images, T* columns, std::int64_t planes, const WindowGeometry& g) {
  if (planes == 0) return;  // then the sizes may be any
  parallel_for(planes * g.taps(), kernels::row_grain(g.windows(), kernels::kCopyGrain),
               [&](std::int64_t row, std::int64_t end) {
                 for (; row < end; ++row) {
                   const T* const plane = images + row / g.taps() * g.height * g.width;
                   T* const out = columns + row * g.windows();
                   each_window(
                       g, row % g.taps(),
                       [&](std::int64_t from, std::int64_t to) { out[to] = plane[from]; },
                       [&](std::int64_t to) { out[to] = 0; });
                 }
               });
}

template <class T>
void from_columns(const T* columns, T* images, std::int64_t planes, const WindowGeometry& g) {
  if (planes == 0) return;
  const std::int64_t pixels = g.height * g.width;
  parallel_for(planes, kernels::row_grain(pixels + g.taps() * g.windows(), kernels::kCopyGrain),
               [&](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) {
                   T* const plane = images + i * pixels;
                   std::fill_n(plane, pixels, T(0));
                   for (std::int64_t tap = 0; tap < g.taps(); ++tap) {
                     const T* const row = columns + (i * g.taps() + tap) * g.windows();
                     each_window(
                         g, tap,
                         [&](std::int64_t to, std::int64_t from) { plane[to] += row[from]; },
                         [](std::int64_t) {});
                   }
                 }
               });
}

void unfold(const WindowGeometry& g, const Tensor& images, const Tensor& columns) {
  dispatch_real(images.dtype, "im2col", [&]<class T>() {
    to_columns(images.as<T>(), columns.as<T>(), images.shape[0] * images.shape[1], g);
  });
}

void fold(const WindowGeometry& g, const Tensor& columns, const Tensor& images) {
  dispatch_real(images.dtype, "col2im", [&]<class T>() {
    from_columns(columns.as<T>(), images.as<T>(), images.shape[0] * images.shape[1], g);
  });
}

template <class O>
WindowGeometry geometry(const O& o, const Shape& images) {
  return {o, images[2], images[3]};
}

template <class O>
void add_window_fields(OpDefinition<O>& definition) {
  definition.field("kernel", &O::kernel, "Size of the windows (height, width).")
      .required()
      .field("stride", &O::stride, "Step of the window; 1 if not given.")
      .field("dilate", &O::dilate, "Step inside the window; 1 if not given.")
      .field("pad", &O::pad, "Zeros on each side; 0 if not given.");
}

const bool im2col = [] {
  auto definition = define_op<Im2colOptions>("im2col");
  definition.doc("The windows of images (N, C, H, W) as columns.").inputs({"data"});
  add_window_fields(definition);
  definition
      .infer([](const Im2colOptions& o, Inference& s) {
        s.expect_ndim(0, 4, "(N, C, H, W)");
        const Shape& data = s.in(0);
        const auto g = expect_windows(o, data[2], data[3], s);
        s.set_out(0, {data[0], data[1] * g.taps(), g.windows()});
      })
      .forward([](const Im2colOptions& o, const Call& call) {
        unfold(geometry(o, call.in[0].shape), call.in[0], call.out[0]);
      })
      .backward(
          [](const Im2colOptions& o, const GradientCall& call) {
            fold(geometry(o, call.in_grad[0].shape), call.out_grad[0], call.in_grad[0]);
          },
          Op::nothing)
      .derivative(derivative::of_linear<Im2colOptions>("im2col"))
      .sample({.kernel = {2, 3}}, {{{2, 3, 4, 5}}})
      .sample({.kernel = {2, 2}, .stride = {2, 1}, .dilate = {1, 2}, .pad = {1, 2}},
              {{{1, 2, 5, 4}}})
      .sample({.kernel = {2, 2}}, {{{0, 3, 4, 5}}});
  return true;
}();

const bool col2im = [] {
  auto definition = define_op<Col2imOptions>("col2im");
  definition.doc("Images to which each column is added where im2col took it.")
      .inputs({"data"})
      .field("output_size", &Col2imOptions::output_size, "(height, width) of the images.")
      .required();
  add_window_fields(definition);
  definition
      .infer([](const Col2imOptions& o, Inference& s) {
        s.expect_ndim(0, 3, "(N, C * window, windows)");
        s.expect(o.output_size.ndim() == 2, -1,
                 "output_size: expected 2 numbers (height, width), got ", o.output_size);
        const Shape& data = s.in(0);
        const auto g = expect_windows(o, o.output_size[0], o.output_size[1], s);
        s.expect(data[1] % g.taps() == 0 && data[2] == g.windows(), 0, "expected columns of ",
                 g.taps(), " numbers per channel for ", g.windows(), " windows, got ", data);
        s.set_out(0, {data[0], data[1] / g.taps(), o.output_size[0], o.output_size[1]});
      })
      .forward([](const Col2imOptions& o, const Call& call) {
        fold(geometry(o, call.out[0].shape), call.in[0], call.out[0]);
      })
      .backward(
          [](const Col2imOptions& o, const GradientCall& call) {
            unfold(geometry(o, call.out_grad[0].shape), call.out_grad[0], call.in_grad[0]);
          },
          Op::nothing)
      .derivative(derivative::of_linear<Col2imOptions>("col2im"))
      .sample({.output_size = {3, 4}, .kernel = {2, 2}}, {{{2, 8, 6}}})
      .sample({.output_size = {5, 4},
               .kernel = {2, 2},
               .stride = {2, 1},
               .dilate = {1, 2},
               .pad = {1, 2}},
              {{{1, 4, 18}}})
      .sample({.output_size = {3, 4}, .kernel = {2, 2}}, {{{0, 8, 6}}});
  return true;
}();

}  // namespace
}  // namespace gluino
