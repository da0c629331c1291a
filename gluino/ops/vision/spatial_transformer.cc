#include <gluino/ops/core/define.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/vision/sampling_grid-inl.h>
#include <gluino/ops/vision/transformer.h>

namespace gluino {
namespace {

using Options = SpatialTransformerOptions;

enum Input { kData, kMatrices };
// The grid is kept for the gradient.
enum Output { kSampled, kGrid };

void infer(const Options& o, Inference& s) {
  s.expect_ndim(kData, 4, "(N, C, H, W)");
  grids::expect_matrices(s, kMatrices);
  grids::expect_target(s, o.target_shape);
  const Shape& data = s.in(kData);
  s.expect(s.in(kMatrices)[0] == data[0], kMatrices, "expected matrices for ", data[0],
           " images, got ", s.in(kMatrices));
  s.set_out(kSampled, {data[0], data[1], o.target_shape[0], o.target_shape[1]});
  s.set_out(kGrid, {data[0], 2, o.target_shape[0] * o.target_shape[1]});
  // Half precision would move a place beyond the next pixel.
  s.set_out_type(kGrid, s.in_type(kData) == float64 ? float64 : float32);
}

grids::Sampling sampling(const Options& o, const Shape& data) {
  return {data, o.target_shape[0] * o.target_shape[1]};
}

void forward(const Options& o, const Call& call) {
  const Shape& data = call.in[kData].shape;
  dispatch_real(call.in[kData].dtype, "SpatialTransformer", [&]<class T>() {
    const std::int64_t size = 2 * data[0] * o.target_shape[0] * o.target_shape[1];
    const Temporary<T> own(call.out[kGrid] ? 0 : size);
    T* const grid = call.out[kGrid] ? call.out[kGrid].as<T>() : own.data();
    // As double, as in MXNet.
    grids::affine<double>(call.in[kMatrices].as<T>(), grid, data[0], o.target_shape[0],
                          o.target_shape[1]);
    sampling(o, data).forward(call.in[kData].as<T>(), grid, call.out[kSampled].as<T>());
  });
}

void backward(const Options& o, const GradientCall& call) {
  const Shape& data = call.in[kData].shape;
  const auto images = sampling(o, data);
  dispatch_real(call.out_grad[kSampled].dtype, "SpatialTransformer", [&]<class T>() {
    const T* const grid = call.out[kGrid].as<T>();
    const T* const dout = call.out_grad[kSampled].as<T>();
    if (call.in_grad[kData]) images.data_gradient(grid, dout, call.in_grad[kData].as<T>());
    if (!call.in_grad[kMatrices]) return;
    const Temporary<T> dgrid(2 * images.images * images.points);
    images.grid_gradient(call.in[kData].as<T>(), grid, dout, dgrid.data());
    grids::affine_gradient(dgrid.data(), call.in_grad[kMatrices].as<T>(), data[0],
                           o.target_shape[0], o.target_shape[1]);
  });
}

constexpr Fill kSmall{Fill::Kind::distinct, -0.45, 0.5};

const auto registered =
    define_op<Options>("SpatialTransformer")
        .doc("Images transformed by matrices, by bilinear interpolation.")
        .inputs({"data", "loc"})
        .outputs({"output", "grid_src"}, 1)
        .outputs_in_files(3)
        .field("target_shape", &Options::target_shape, "(height, width) of the result.")
        .field("transform_type", &Options::transform_type, "What `loc` is: a matrix.", {"affine"})
        .required()
        .field("sampler_type", &Options::sampler_type, "How is interpolated.", {"bilinear"})
        .required()
        .tolerates({"cudnn_off"})
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .instead("GridGenerator and gather_nd of the four pixels around each place")
        .sample({.target_shape = {3, 2}}, {{{2, 3, 4, 5}}, {{2, 6}, kSmall}})
        .sample({.target_shape = {2, 5}}, {{{1, 1, 5, 4}}, {{1, 6}, kSmall}})
        .sample({.target_shape = {2, 2}}, {{{0, 1, 5, 4}}, {{0, 6}}});

}  // namespace
}  // namespace gluino
