#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/vision/sampling_grid-inl.h>
#include <gluino/ops/vision/transformer.h>

namespace gluino {
namespace {

using Options = GridGeneratorOptions;

void infer(const Options& o, Inference& s) {
  if (o.transform_type == "affine") {
    grids::expect_matrices(s, 0);
    grids::expect_target(s, o.target_shape);
    s.set_out(0, {s.in(0)[0], 2, o.target_shape[0], o.target_shape[1]});
    return;
  }
  const Shape& data = s.in(0);
  s.expect(data.ndim() == 4 && data[1] == 2, 0, "expected shape (N, 2, H, W), got ", data);
  grids::expect_extent(s, 0, data[2], data[3]);
  s.set_out(0, data);
}

// Calls f(place, pixels along the axis, number of the pixel) for all elements of (N, 2, H, W).
template <class F>
void each_place(const Shape& grid, F f) {
  const std::int64_t height = grid[2], width = grid[3];
  parallel_for(grid[0] * 2 * height, kernels::row_grain(width, kernels::kMathGrain),
               [&](std::int64_t row, std::int64_t end) {
                 for (; row < end; ++row) {
                   const bool is_x = row / height % 2 == 0;
                   for (std::int64_t i = 0; i < width; ++i) {
                     f(row * width + i, is_x ? width : height, is_x ? i : row % height);
                   }
                 }
               });
}

// Warping adds the places of pixels, which are no part of the gradient.
std::vector<NDArray> derivative_of(const Options& o, const DerivativeCall& call) {
  if (o.transform_type == "affine") {
    return derivative::linear(Op::get("GridGenerator"), &o, call);
  }
  const NDArray& dy = call.out_grad[0];
  const NDArray factors(dy.shape(), dy.dtype(), dy.context());
  dispatch_real(dy.dtype(), "GridGenerator", [&]<class T>() {
    each_place(dy.shape(), [&](std::int64_t at, std::int64_t pixels, std::int64_t) {
      factors.data<T>()[at] = T(2) / static_cast<T>(pixels - 1);
    });
  });
  return {dy * factors};
}

const auto registered =
    define_op<Options>("GridGenerator")
        .doc("A grid of places of which BilinearSampler takes a transformed image.")
        .inputs({"data"})
        .outputs_in_files(2)
        .field("transform_type", &Options::transform_type,
               "A matrix per image, or how far each pixel is moved.", {"affine", "warp"})
        .required()
        .field("target_shape", &Options::target_shape, "(height, width) of an affine grid.")
        .infer(infer)
        .forward([](const Options& o, const Call& call) {
          const Tensor& x = call.in[0];
          const Shape& grid = call.out[0].shape;
          dispatch_real(x.dtype, "GridGenerator", [&]<class T>() {
            T* const y = call.out[0].as<T>();
            if (o.transform_type == "affine") {
              return grids::affine<T>(x.as<T>(), y, grid[0], grid[2], grid[3]);
            }
            each_place(grid, [&](std::int64_t at, std::int64_t pixels, std::int64_t i) {
              y[at] = 2 * (x.as<T>()[at] + static_cast<T>(i)) / static_cast<T>(pixels - 1) - 1;
            });
          });
        })
        .backward(
            [](const Options& o, const GradientCall& call) {
              const Tensor& dy = call.out_grad[0];
              dispatch_real(dy.dtype, "GridGenerator", [&]<class T>() {
                T* const dx = call.in_grad[0].as<T>();
                if (o.transform_type == "affine") {
                  return grids::affine_gradient(dy.as<T>(), dx, dy.shape[0], dy.shape[2],
                                                dy.shape[3]);
                }
                each_place(dy.shape, [&](std::int64_t at, std::int64_t pixels, std::int64_t) {
                  dx[at] = 2 * dy.as<T>()[at] / static_cast<T>(pixels - 1);
                });
              });
            },
            Op::nothing)
        .derivative(derivative_of)
        .sample({.transform_type = "affine", .target_shape = {3, 4}}, {{{2, 6}}})
        .sample({.transform_type = "warp"}, {{{2, 2, 3, 4}}})
        .sample({.transform_type = "affine", .target_shape = {3, 4}}, {{{0, 6}}})
        .sample({.transform_type = "warp"}, {{{1, 2, 0, 4}}});

}  // namespace
}  // namespace gluino
