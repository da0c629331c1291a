#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/vision/resampling.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace gluino {
namespace {

using Options = BilinearResize2DOptions;

// A place between two neighbours along one axis.
template <class T>
struct Tap {
  std::int64_t low, high;
  T weight;  // of `high`
};

// Of floats the places are floats, as MXNet's: those of large images are up to 1e-4 off.
template <class T>
std::vector<Tap<T>> taps(std::int64_t from, std::int64_t to, bool align_corners) {
  std::vector<Tap<T>> result;
  result.reserve(static_cast<std::size_t>(to));
  // Of one element alone it is the first, as in MXNet.
  const T scale = to == 1         ? 0
                  : align_corners ? static_cast<T>(from - 1) / static_cast<T>(to - 1)
                                  : static_cast<T>(from) / static_cast<T>(to);
  for (std::int64_t i = 0; i < to; ++i) {
    const double center = std::max(0.0, scale * (static_cast<double>(i) + 0.5) - 0.5);
    const T place = align_corners ? scale * static_cast<T>(i) : static_cast<T>(center);
    const auto low = std::min(static_cast<std::int64_t>(place), from - 1);
    result.push_back(
        {.low = low, .high = std::min(low + 1, from - 1), .weight = place - static_cast<T>(low)});
  }
  return result;
}

std::int64_t scaled(std::int64_t size, double scale, bool odd, const Inference& s) {
  const bool keeps_last = odd && size % 2 == 1;
  const double to = static_cast<double>(keeps_last ? size - 1 : size) * scale;
  s.expect(to >= 0 && to < 1e9, -1, "a scale of ", scale, " makes ", size,
           " pixels too many or none");
  return static_cast<std::int64_t>(to) + (keeps_last ? 1 : 0);
}

// The size of an axis with the modes that add or take a pixel.
std::int64_t by_a_pixel(const std::string& mode, std::int64_t size) {
  const bool even = size % 2 == 0;
  if (mode == "to_even_down") return even ? size : size - 1;
  if (mode == "to_even_up") return even ? size : size + 1;
  if (mode == "to_odd_down") return even ? size - 1 : size;
  return even ? size + 1 : size;
}

void infer(const Options& o, Inference& s) {
  s.expect_ndim(0, 4, "(N, C, H, W)");
  const Shape& data = s.in(0);
  Shape out = data;
  if (o.mode == "like") {
    s.expect_ndim(1, 4, "(N, C, H, W)");
    out[2] = s.in(1)[2];
    out[3] = s.in(1)[3];
  } else if (o.mode == "size" || o.mode == "odd_scale") {
    const bool odd = o.mode == "odd_scale";
    s.expect(o.scale_height.has_value() == o.scale_width.has_value() && (o.scale_height || !odd),
             -1, "expected both scale_height and scale_width", odd ? "" : ", or none");
    out[2] = o.scale_height ? scaled(data[2], *o.scale_height, odd, s) : o.height;
    out[3] = o.scale_width ? scaled(data[3], *o.scale_width, odd, s) : o.width;
  } else {
    out[2] = by_a_pixel(o.mode, data[2]);
    out[3] = by_a_pixel(o.mode, data[3]);
  }
  s.expect(out[2] > 0 && out[3] > 0, -1, "expected a height and a width of at least 1, got ",
           out[2], " and ", out[3]);
  s.expect(data[2] > 0 && data[3] > 0, 0, "an image without pixels cannot be resized: ", data);
  s.set_out(0, out);
}

template <class T>
struct Grid {
  std::vector<Tap<T>> rows, columns;
  std::int64_t height, width, planes;

  Grid(const Options& o, const Shape& image, const Shape& out)
      : rows(taps<T>(image[2], out[2], o.align_corners)),
        columns(taps<T>(image[3], out[3], o.align_corners)),
        height(image[2]),
        width(image[3]),
        planes(image[0] * image[1]) {}

  std::int64_t out_pixels() const {
    return static_cast<std::int64_t>(rows.size() * columns.size());
  }
};

template <class T>
void resize(const T* x, T* y, const Grid<T>& grid) {
  const auto height = static_cast<std::int64_t>(grid.rows.size());
  const auto width = static_cast<std::int64_t>(grid.columns.size());
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const Tap<T>& r = grid.rows[static_cast<std::size_t>(row % height)];
      const T* const image = x + row / height * grid.height * grid.width;
      const T* const upper = image + r.low * grid.width;
      const T* const lower = image + r.high * grid.width;
      T* out = y + row * width;
      for (const Tap<T>& c : grid.columns) {
        const T above = (1 - c.weight) * upper[c.low] + c.weight * upper[c.high];
        const T below = (1 - c.weight) * lower[c.low] + c.weight * lower[c.high];
        *out++ = (1 - r.weight) * above + r.weight * below;
      }
    }
  };
  parallel_for(grid.planes * height, kernels::row_grain(width, kernels::kMathGrain), run);
}

template <class T>
void resize_gradient(const T* dy, T* dx, const Grid<T>& grid) {
  const std::int64_t pixels = grid.height * grid.width;
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t plane = begin; plane < end; ++plane) {
      const T* from = dy + plane * grid.out_pixels();
      T* const image = dx + plane * pixels;
      std::fill_n(image, pixels, T(0));
      for (const Tap<T>& r : grid.rows) {
        T* const upper = image + r.low * grid.width;
        T* const lower = image + r.high * grid.width;
        for (const Tap<T>& c : grid.columns) {
          const T above = (1 - r.weight) * *from;
          const T below = r.weight * *from++;
          upper[c.low] += (1 - c.weight) * above;
          upper[c.high] += c.weight * above;
          lower[c.low] += (1 - c.weight) * below;
          lower[c.high] += c.weight * below;
        }
      }
    }
  };
  parallel_for(grid.planes, kernels::row_grain(pixels + grid.out_pixels(), kernels::kMathGrain),
               run);
}

const auto registered =
    define_op<Options>("_contrib_BilinearResize2D")
        .doc("Images (N, C, H, W) of another size, by bilinear interpolation.")
        .inputs({"data", "like"})
        .omits_last_when([](const Options& o) { return o.mode != "like"; })
        .looks_up({1})
        .mixed_types()
        .field("height", &Options::height, "Height of the result.")
        .field("width", &Options::width, "Width of the result.")
        .field("scale_height", &Options::scale_height, "The result's height in heights of data.")
        .field("scale_width", &Options::scale_width, "The result's width in widths of data.")
        .field(
            "mode", &Options::mode, "What says the result's size.",
            {"like", "odd_scale", "size", "to_even_down", "to_even_up", "to_odd_down", "to_odd_up"})
        .field("align_corners", &Options::align_corners, "Whether corners stay at corners.")
        .infer(infer)
        .forward([](const Options& o, const Call& call) {
          const Tensor& x = call.in[0];
          if (x.size() == 0) return;
          dispatch_real(x.dtype, "_contrib_BilinearResize2D", [&]<class T>() {
            // Nothing is interpolated: 0 times an infinite neighbor would be no number.
            if (x.shape == call.out[0].shape) {
              return static_cast<void>(std::copy_n(x.as<T>(), x.size(), call.out[0].as<T>()));
            }
            resize(x.as<T>(), call.out[0].as<T>(), Grid<T>(o, x.shape, call.out[0].shape));
          });
        })
        .backward(
            [](const Options& o, const GradientCall& call) {
              const Tensor& dx = call.in_grad[0];
              if (!dx || dx.size() == 0) return;
              const Tensor& dy = call.out_grad[0];
              dispatch_real(dx.dtype, "_contrib_BilinearResize2D", [&]<class T>() {
                resize_gradient(dy.as<T>(), dx.as<T>(), Grid<T>(o, dx.shape, dy.shape));
              });
            },
            // The gradient's own gradient calls the operator again, with what is like.
            Op::inputs)
        .reads_by([](const Options& o) { return o.mode == "like" ? Op::inputs : Op::nothing; })
        .derivative(derivative::of_linear<Options>("_contrib_BilinearResize2D"))
        .sample({.height = 5, .width = 3}, {{{2, 3, 4, 5}}})
        .sample({.height = 3, .width = 7, .align_corners = false}, {{{1, 2, 5, 4}}})
        .sample({.scale_height = 1.5, .scale_width = 0.7, .mode = "odd_scale"}, {{{1, 2, 5, 4}}})
        .sample({.scale_height = 1.5, .scale_width = 0.7}, {{{1, 1, 5, 4}}})
        .sample({.mode = "to_even_down"}, {{{1, 1, 5, 4}}})
        .sample({.mode = "to_even_up"}, {{{1, 1, 5, 4}}})
        .sample({.mode = "to_odd_down"}, {{{1, 1, 5, 4}}})
        .sample({.mode = "to_odd_up"}, {{{1, 1, 5, 4}}})
        .sample({.mode = "like"}, {{{2, 1, 5, 4}}, {{2, 1, 3, 3}}})
        .sample({}, {{{0, 1, 5, 4}}});

}  // namespace
}  // namespace gluino
