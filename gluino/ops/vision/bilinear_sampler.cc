#include <gluino/ops/core/define.h>
#include <gluino/ops/vision/sampling_grid-inl.h>
#include <gluino/ops/vision/transformer.h>

namespace gluino {
namespace {

enum Input { kData, kGrid };

void infer(const NoOptions& /*o*/, Inference& s) {
  s.expect_ndim(kData, 4, "(N, C, H, W)");
  const Shape& data = s.in(kData);
  const Shape& grid = s.in(kGrid);
  s.expect(grid.ndim() == 4 && grid[0] == data[0] && grid[1] == 2, kGrid, "expected shape (",
           data[0], ", 2, height, width), got ", grid);
  s.set_out(0, {data[0], data[1], grid[2], grid[3]});
}

grids::Sampling sampling(const Shape& data, const Shape& grid) { return {data, grid[2] * grid[3]}; }

const auto registered =
    define_op("BilinearSampler")
        .doc("Images at the places of a grid, by bilinear interpolation.")
        .inputs({"data", "grid"})
        .tolerates({"cudnn_off"})
        .outputs_in_files(2)
        .infer(infer)
        .forward([](const NoOptions& /*o*/, const Call& call) {
          const auto images = sampling(call.in[kData].shape, call.in[kGrid].shape);
          dispatch_real(call.in[kData].dtype, "BilinearSampler", [&]<class T>() {
            images.forward(call.in[kData].as<T>(), call.in[kGrid].as<T>(), call.out[0].as<T>());
          });
        })
        .backward(
            [](const NoOptions& /*o*/, const GradientCall& call) {
              const auto images = sampling(call.in[kData].shape, call.in[kGrid].shape);
              dispatch_real(call.out_grad[0].dtype, "BilinearSampler", [&]<class T>() {
                const T* const grid = call.in[kGrid].as<T>();
                const T* const dout = call.out_grad[0].as<T>();
                if (call.in_grad[kData]) {
                  images.data_gradient(grid, dout, call.in_grad[kData].as<T>());
                }
                if (call.in_grad[kGrid]) {
                  images.grid_gradient(call.in[kData].as<T>(), grid, dout,
                                       call.in_grad[kGrid].as<T>());
                }
              });
            },
            Op::inputs)
        .instead("gather_nd of the four pixels around each place")
        .sample({}, {{{2, 3, 5, 5}}, {{2, 2, 3, 2}, {Fill::Kind::distinct, -0.45, -0.05}}})
        .sample({}, {{{1, 2, 4, 4}}, {{1, 2, 5, 1}, {Fill::Kind::distinct, 1.05, 1.6}}})
        .sample({}, {{{1, 2, 3, 4}}, {{1, 2, 0, 3}}});

}  // namespace
}  // namespace gluino
