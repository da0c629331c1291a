#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/vision/windows.h>

#include <algorithm>
#include <cmath>

namespace gluino {
namespace {

using Options = CorrelationOptions;

void infer(const Options& o, Inference& s) {
  s.expect_ndim(0, 4, "(N, C, H, W)");
  const Shape& data = s.in(0);
  s.set_in(1, data);
  s.expect(o.kernel_size > 0 && o.kernel_size % 2 == 1 && o.kernel_size < (1 << 20), -1,
           "kernel_size: expected an odd number, got ", o.kernel_size);
  constexpr std::int64_t kMost = 1 << 20;
  s.expect(o.stride1 > 0 && o.stride2 > 0 && o.stride1 < kMost && o.stride2 < kMost, -1,
           "expected strides of at least 1, got ", o.stride1, " and ", o.stride2);
  s.expect(o.max_displacement >= 0 && o.max_displacement < (1 << 20), -1,
           "max_displacement: expected at least 0, got ", o.max_displacement);
  s.expect(o.pad_size >= 0 && o.pad_size < (1 << 20), -1, "pad_size: expected at least 0, got ",
           o.pad_size);
  const std::int64_t border = o.max_displacement + o.kernel_size / 2;
  const auto places = [&](std::int64_t size) {
    const std::int64_t room = size + 2 * o.pad_size - 2 * border;
    s.expect(room > 0, 0, "patches and displacements do not fit into images of ", data);
    return (room + o.stride1 - 1) / o.stride1;
  };
  const std::int64_t steps = 2 * (o.max_displacement / o.stride2) + 1;
  s.set_out(0, {data[0], steps * steps, places(data[2]), places(data[3])});
}

struct Geometry {
  std::int64_t images, channels, height, width, pad;
  std::int64_t rows, columns;  // with the padding
  std::int64_t steps, out_rows, out_columns;

  Geometry(const Options& o, const Shape& data, const Shape& out)
      : images(data[0]),
        channels(data[1]),
        height(data[2]),
        width(data[3]),
        pad(o.pad_size),
        rows(height + 2 * pad),
        columns(width + 2 * pad),
        steps(2 * (o.max_displacement / o.stride2) + 1),
        out_rows(out[2]),
        out_columns(out[3]) {}

  std::int64_t padded_size() const { return images * channels * rows * columns; }

  // Calls f(row of an image, row of the padded image) for all rows of all images.
  template <class F>
  void each_row(F f) const {
    for (std::int64_t i = 0; i < images * channels * height; ++i) {
      f(i * width, ((i / height) * rows + i % height + pad) * columns + pad);
    }
  }
  template <class T>
  Temporary<T> padded(const T* x) const {
    Temporary<T> all(padded_size());
    std::fill_n(all.data(), padded_size(), T(0));
    each_row(
        [&](std::int64_t from, std::int64_t to) { std::copy_n(x + from, width, all.data() + to); });
    return all;
  }

  // Calls f(a, b, y) for each tap of the patches of one row of the result, of one channel and
  // displacement d: where the first patch has the tap in either padded image, and the row in the
  // result.
  template <class F>
  void each_tap(const Options& o, std::int64_t image, std::int64_t channel, std::int64_t d,
                std::int64_t row, F f) const {
    const std::int64_t down = (d / steps - steps / 2) * o.stride2;
    const std::int64_t right = (d % steps - steps / 2) * o.stride2;
    const std::int64_t top = (image * channels + channel) * rows + o.max_displacement;
    const std::int64_t y = ((image * steps * steps + d) * out_rows + row) * out_columns;
    for (std::int64_t i = 0; i < o.kernel_size; ++i) {
      for (std::int64_t j = 0; j < o.kernel_size; ++j) {
        const std::int64_t a = (top + row * o.stride1 + i) * columns + o.max_displacement + j;
        f(a, a + down * columns + right, y);
      }
    }
  }
};

template <class T>
void correlate(const Options& o, const Geometry& g, const T* data1, const T* data2, T* y) {
  const auto first = g.padded(data1), second = g.padded(data2);
  const T elements = static_cast<T>(o.kernel_size * o.kernel_size * g.channels);
  const std::int64_t displacements = g.steps * g.steps;
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t at = begin; at < end; ++at) {
      const std::int64_t row = at % g.out_rows, plane = at / g.out_rows;
      T* const out = y + at * g.out_columns;
      std::fill_n(out, g.out_columns, T(0));
      for (std::int64_t c = 0; c < g.channels; ++c) {
        g.each_tap(o, plane / displacements, c, plane % displacements, row,
                   [&](std::int64_t i, std::int64_t j, std::int64_t /*y*/) {
                     const T* const a = first.data() + i;
                     const T* const b = second.data() + j;
                     for (std::int64_t x = 0; x < g.out_columns; ++x) {
                       const T p = a[x * o.stride1], q = b[x * o.stride1];
                       out[x] += o.is_multiply ? p * q : std::abs(p - q);
                     }
                   });
      }
      for (std::int64_t x = 0; x < g.out_columns; ++x) out[x] /= elements;
    }
  };
  const std::int64_t work = g.out_columns * o.kernel_size * o.kernel_size * g.channels;
  parallel_for(g.images * displacements * g.out_rows, kernels::row_grain(work, kernels::kMathGrain),
               run);
}

// Adds to the gradients of both padded images; channels share nothing.
template <class T>
void correlate_gradient(const Options& o, const Geometry& g, const T* first, const T* second,
                        const T* dy, T* dfirst, T* dsecond) {
  const T elements = static_cast<T>(o.kernel_size * o.kernel_size * g.channels);
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t plane = begin; plane < end; ++plane) {
      for (std::int64_t d = 0; d < g.steps * g.steps; ++d) {
        for (std::int64_t row = 0; row < g.out_rows; ++row) {
          g.each_tap(o, plane / g.channels, plane % g.channels, d, row,
                     [&](std::int64_t i, std::int64_t j, std::int64_t y) {
                       for (std::int64_t x = 0; x < g.out_columns; ++x) {
                         const std::int64_t p = i + x * o.stride1, q = j + x * o.stride1;
                         const T by = dy[y + x] / elements;
                         const T sign = first[p] >= second[q] ? T(1) : T(-1);
                         dfirst[p] += by * (o.is_multiply ? second[q] : sign);
                         dsecond[q] += by * (o.is_multiply ? first[p] : -sign);
                       }
                     });
        }
      }
    }
  };
  const std::int64_t work =
      g.steps * g.steps * g.out_rows * g.out_columns * o.kernel_size * o.kernel_size;
  parallel_for(g.images * g.channels, kernels::row_grain(work, kernels::kMathGrain), run);
}

void forward(const Options& o, const Call& call) {
  const Geometry g(o, call.in[0].shape, call.out[0].shape);
  dispatch_real(call.in[0].dtype, "Correlation", [&]<class T>() {
    correlate(o, g, call.in[0].as<T>(), call.in[1].as<T>(), call.out[0].as<T>());
  });
}

void backward(const Options& o, const GradientCall& call) {
  const Geometry g(o, call.in[0].shape, call.out_grad[0].shape);
  dispatch_real(call.out_grad[0].dtype, "Correlation", [&]<class T>() {
    const auto first = g.padded(call.in[0].as<T>()), second = g.padded(call.in[1].as<T>());
    const Temporary<T> gradients[] = {Temporary<T>(g.padded_size()), Temporary<T>(g.padded_size())};
    for (const auto& gradient : gradients) std::fill_n(gradient.data(), g.padded_size(), T(0));
    correlate_gradient(o, g, first.data(), second.data(), call.out_grad[0].as<T>(),
                       gradients[0].data(), gradients[1].data());
    for (std::size_t input = 0; input < 2; ++input) {
      const Tensor& dx = call.in_grad[input];
      if (!dx) continue;
      g.each_row([&](std::int64_t to, std::int64_t from) {
        std::copy_n(gradients[input].data() + from, g.width, dx.as<T>() + to);
      });
    }
  });
}

constexpr Fill kDistinct{Fill::Kind::distinct, 0.5, 2};

const auto registered =
    define_op<Options>("Correlation")
        .doc("How alike patches of two batches of images are, for each displacement.")
        .inputs({"data1", "data2"})
        .outputs_in_files(3)
        .field("kernel_size", &Options::kernel_size, "Edge of a patch, odd.")
        .field("max_displacement", &Options::max_displacement, "The largest displacement.")
        .field("stride1", &Options::stride1, "From patch to patch.")
        .field("stride2", &Options::stride2, "From displacement to displacement.")
        .field("pad_size", &Options::pad_size, "Zeros around the images.")
        .field("is_multiply", &Options::is_multiply,
               "Products of elements; else the magnitudes of their differences.")
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs)
        .instead("slices and sums of their products")
        .sample({}, {{{2, 3, 4, 5}}, {{2, 3, 4, 5}}})
        .sample(
            {.kernel_size = 3, .max_displacement = 2, .stride1 = 2, .stride2 = 2, .pad_size = 3},
            {{{1, 2, 5, 4}}, {{1, 2, 5, 4}}})
        .sample({.pad_size = 1, .is_multiply = false},
                {{{1, 2, 3, 3}, kDistinct}, {{1, 2, 3, 3}, kDistinct}})
        .sample({}, {{{0, 3, 4, 5}}, {{0, 3, 4, 5}}});

}  // namespace
}  // namespace gluino
