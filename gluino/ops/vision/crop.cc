#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/vision/windows.h>

#include <algorithm>
#include <utility>

namespace gluino {
namespace {

// The first row and column of the part.
std::pair<std::int64_t, std::int64_t> corner_of(const CropOptions& o, const Shape& data,
                                                const Shape& part) {
  if (o.center_crop) return {(data[2] - part[2]) / 2, (data[3] - part[3]) / 2};
  return {o.offset[0], o.offset[1]};
}

void infer(const CropOptions& o, Inference& s) {
  s.expect(s.num_inputs() == 1 || s.num_inputs() == 2, -1, "expected 1 or 2 inputs, got ",
           s.num_inputs());
  for (int input = 0; input < s.num_inputs(); ++input) s.expect_ndim(input, 4, "(N, C, H, W)");
  const Shape& data = s.in(0);
  Shape out = data;
  if (s.num_inputs() == 2) {
    out[2] = s.in(1)[2];
    out[3] = s.in(1)[3];
  } else {
    s.expect(o.h_w.ndim() == 2 && o.h_w[0] > 0 && o.h_w[1] > 0, -1,
             "h_w: expected a height and a width of at least 1, got ", o.h_w);
    out[2] = o.h_w[0];
    out[3] = o.h_w[1];
  }
  s.expect(o.offset.ndim() == 2, -1, "offset: expected 2 numbers, got ", o.offset);
  const auto [top, left] = corner_of(o, data, out);
  s.expect(top >= 0 && left >= 0 && top <= data[2] - out[2] && left <= data[3] - out[3], 0,
           "expected images that hold ", out[2], " x ", out[3], " pixels from (", top, ", ", left,
           ") on, got ", data);
  s.set_out(0, out);
}

// Calls f(place in the data, place in the part) for each row of the part.
template <class F>
void each_row(const CropOptions& o, const Shape& data, const Shape& part, F f) {
  const auto [top, left] = corner_of(o, data, part);
  const std::int64_t first = top * data[3] + left;
  parallel_for(part[0] * part[1] * part[2], kernels::row_grain(part[3], kernels::kCopyGrain),
               [&](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) {
                   const std::int64_t row = i / part[2] * data[2] + i % part[2];
                   f(row * data[3] + first, i * part[3]);
                 }
               });
}

const auto registered =
    define_op<CropOptions>("Crop")
        .doc("A part of images (N, C, H, W), of a given size or that of others.")
        .types(Types::any)
        .variadic("arg")
        .looks_up({1})
        .mixed_types()
        .field("offset", &CropOptions::offset, "Rows above and columns left of the part.")
        .field("h_w", &CropOptions::h_w, "(height, width), where no second input gives them.")
        .field("center_crop", &CropOptions::center_crop, "The middle, in place of `offset`.")
        .infer(infer)
        .forward([](const CropOptions& o, const Call& call) {
          const Tensor& x = call.in[0];
          const Tensor& y = call.out[0];
          dispatch_words(x.dtype, [&]<class W>() {
            each_row(o, x.shape, y.shape, [&](std::int64_t from, std::int64_t to) {
              std::copy_n(x.as<W>() + from, y.shape[3], y.as<W>() + to);
            });
          });
        })
        .backward(
            [](const CropOptions& o, const GradientCall& call) {
              const Tensor& dx = call.in_grad[0];
              const Tensor& dy = call.out_grad[0];
              if (!dx) return;
              dispatch_words(dx.dtype, [&]<class W>() {
                std::fill_n(dx.as<W>(), dx.size(), W(0));
                each_row(o, dx.shape, dy.shape, [&](std::int64_t to, std::int64_t from) {
                  std::copy_n(dy.as<W>() + from, dy.shape[3], dx.as<W>() + to);
                });
              });
            },
            // The gradient's own gradient calls the operator again, with what is like.
            Op::inputs)
        .derivative(derivative::of_linear<CropOptions>("Crop"))
        .sample({.offset = {1, 2}, .h_w = {2, 3}}, {{{2, 1, 4, 5}}})
        .sample({.h_w = {3, 2}, .center_crop = true}, {{{1, 2, 4, 5}}})
        .sample({.center_crop = true}, {{{1, 2, 4, 5}}, {{1, 1, 1, 4}}})
        .sample({.h_w = {1, 1}}, {{{0, 2, 4, 5}}});

}  // namespace
}  // namespace gluino
