#include <gluino/ops/layers/batch_norm.h>
#include <gluino/ops/layers/batch_norm_definition-inl.h>

namespace gluino {
namespace {

void forward(const BatchNormOptions& o, const Call& call) {
  dispatch_real(call.in[0].dtype, "BatchNorm",
                [&]<class T>() { BatchNormKernel(o, call.in[0].shape).forward<T>(call); });
}

void backward(const BatchNormOptions& o, const GradientCall& call) {
  dispatch_real(call.in[0].dtype, "BatchNorm",
                [&]<class T>() { BatchNormKernel(o, call.in[0].shape).backward<T>(call); });
}

const auto registered =
    define_batch_norm<BatchNormOptions>(
        "BatchNorm", "Brings each channel to mean 0 and variance 1, then scales and shifts it.")
        .outputs_in_files(3)
        .field("axis", &BatchNormOptions::axis, "The axis of the channels.")
        .tolerates({"cudnn_off", "min_calib_range", "max_calib_range"})
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .derivative(batch_norm_derivative)
        .sample({.fix_gamma = false}, batch_norm_arrays({4, 3, 2, 2}))
        .sample({.fix_gamma = true}, batch_norm_arrays({5, 3}))
        .sample({.fix_gamma = false, .use_global_stats = true, .axis = -1},
                batch_norm_arrays({4, 2, 3}))
        .sample({.fix_gamma = false, .output_mean_var = true}, batch_norm_arrays({4, 3, 2, 2}))
        .sample({.use_global_stats = true, .axis = -1, .output_mean_var = true},
                batch_norm_arrays({4, 2, 3}))
        .sample({.fix_gamma = false}, batch_norm_arrays({0, 3, 2, 2}));

}  // namespace
}  // namespace gluino
