#include <gluino/ops/core/define.h>
#include <gluino/ops/layers/batch_norm.h>
#include <gluino/ops/layers/batch_norm_kernel-inl.h>
#include <gluino/ops/layers/normalization_derivative-inl.h>

namespace gluino {
namespace {

void infer(const BatchNormOptions& o, Inference& s) { infer_batch_norm(o, s); }

void forward(const BatchNormOptions& o, const Call& call) {
  dispatch_real(call.in[0].dtype, "BatchNorm",
                [&]<class T>() { BatchNormKernel(o, call.in[0].shape).forward<T>(call); });
}

void backward(const BatchNormOptions& o, const GradientCall& call) {
  dispatch_real(call.in[0].dtype, "BatchNorm",
                [&]<class T>() { BatchNormKernel(o, call.in[0].shape).backward<T>(call); });
}

std::vector<NDArray> derivative_of(const BatchNormOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[BatchNormKernel::kData];
  const int axis = normalize_axis(o.axis, x.ndim());
  Normalization n{.x = x,
                  .gamma = o.fix_gamma ? NDArray() : call.in[BatchNormKernel::kGamma],
                  .dy = call.out_grad[0],
                  .axes = {},
                  .parameter = Shape::filled(x.ndim(), 1),
                  .eps = o.eps};
  n.parameter[axis] = x.shape()[axis];
  for (int i = 0; i < x.ndim(); ++i) {
    if (i != axis) n.axes.push_back(i);
  }
  if (o.use_global_stats || !current_mode().training) {
    const auto used = [&](BatchNormKernel::Output statistic) {
      const NDArray values = call.out[static_cast<std::size_t>(statistic)].astype(x.dtype());
      return derivative::reshaped(values, n.parameter);
    };
    n.mean = used(BatchNormKernel::kMean);
    n.variance = used(BatchNormKernel::kVar);
  }
  std::vector<NDArray> gradients = normalization_gradients(n);
  gradients.resize(call.in.size());  // None for the moving statistics.
  return gradients;
}

constexpr Fill kPositive{Fill::Kind::uniform, 0.5, 2};

const auto registered =
    define_op<BatchNormOptions>("BatchNorm")
        .outputs_in_files(3)
        .input_attribute(BatchNormKernel::kMovingMean, "__init__", "[\"zero\", {}]")
        .input_attribute(BatchNormKernel::kMovingVar, "__init__", "[\"one\", {}]")
        .in_place()
        .doc("Brings each channel to mean 0 and variance 1, then scales and shifts it.")
        .inputs({"data"})
        .row_wise_if([](const BatchNormOptions& o, const Shape& data) {
          return normalize_axis(o.axis, data.ndim()) != 0;
        })
        .parameters({"gamma", "beta"})
        .states({"moving_mean", "moving_var"})
        .fixes_at_one([](const BatchNormOptions& o) {
          return o.fix_gamma ? static_cast<int>(BatchNormKernel::kGamma) : -1;
        })
        .outputs({"output", "mean", "var"}, 1)
        .field("eps", &BatchNormOptions::eps, "Added to the variance.")
        .field("momentum", &BatchNormOptions::momentum, "How much of the moving statistics stays.")
        .field("fix_gamma", &BatchNormOptions::fix_gamma, "Take gamma for 1.")
        .field("use_global_stats", &BatchNormOptions::use_global_stats,
               "Use the moving statistics in training too.")
        .tolerates("output_mean_var", {"False", "0"})
        .field("axis", &BatchNormOptions::axis, "The axis of the channels.")
        .tolerates({"cudnn_off", "min_calib_range", "max_calib_range"})
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .derivative(derivative_of)
        .sample({.fix_gamma = false}, {{{4, 3, 2, 2}}, {{3}}, {{3}}, {{3}}, {{3}, kPositive}})
        .sample({.fix_gamma = true}, {{{5, 3}}, {{3}}, {{3}}, {{3}}, {{3}, kPositive}})
        .sample({.fix_gamma = false, .use_global_stats = true, .axis = -1},
                {{{4, 2, 3}}, {{3}}, {{3}}, {{3}}, {{3}, kPositive}})
        .sample({.fix_gamma = false}, {{{0, 3, 2, 2}}, {{3}}, {{3}}, {{3}}, {{3}, kPositive}});

}  // namespace
}  // namespace gluino
