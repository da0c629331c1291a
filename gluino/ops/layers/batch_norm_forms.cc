#include <gluino/kernels/cpu/elementwise/unary.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/layers/batch_norm_definition-inl.h>
#include <gluino/ops/layers/batch_norm_forms.h>

#include <vector>

namespace gluino {
namespace {

// Whether channels are more than single numbers, of which the kernel takes the function at once.
bool at_once(const BatchNormOptions& o, const Shape& data) {
  return data.size_between(normalize_axis(o.axis, data.ndim()) + 1, data.ndim()) > 1;
}

void forward_relu(const BatchNormWithReLUOptions& o, const Call& call) {
  const Tensor& x = call.in[0];
  dispatch_real(x.dtype, "BatchNormWithReLU", [&]<class T>() {
    const auto& relu = kernels::unary::relu<T>();
    const bool fused = at_once(o, x.shape);
    BatchNormKernel(o, x.shape).forward<T>(call, fused ? &relu : nullptr);
    T* y = call.out[0].as<T>();
    if (!fused) relu.forward(y, y, x.size());
  });
}

void backward_relu(const BatchNormWithReLUOptions& o, const GradientCall& call) {
  const Tensor& x = call.in[0];
  dispatch_real(x.dtype, "BatchNormWithReLU", [&]<class T>() {
    const auto& relu = kernels::unary::relu<T>();
    const BatchNormKernel kernel(o, x.shape);
    if (at_once(o, x.shape)) return kernel.backward<T>(call, &relu);
    const Temporary<T> head(x.size());
    relu.gradient(nullptr, call.out[0].as<T>(), call.out_grad[0].as<T>(), head.data(), x.size());
    std::vector<Tensor> heads(call.out_grad.begin(), call.out_grad.end());
    heads[0].data = head.data();
    GradientCall of_norm = call;
    of_norm.out_grad = heads;
    kernel.backward<T>(of_norm);
  });
}

const auto with_relu =
    define_batch_norm<BatchNormWithReLUOptions>(
        "_contrib_BatchNormWithReLU",
        "Brings each channel to mean 0 and variance 1, scales and shifts it; what is below 0 "
        "becomes 0.")
        .outputs_in_files(4)
        .field("axis", &BatchNormWithReLUOptions::axis, "The axis of the channels.")
        .tolerates({"cudnn_off", "min_calib_range", "max_calib_range"})
        .forward(forward_relu)
        .backward(backward_relu, Op::inputs | Op::outputs)
        .derivative([](const BatchNormWithReLUOptions& o, const DerivativeCall& call) {
          std::vector<NDArray> heads(call.out_grad.begin(), call.out_grad.end());
          heads[0] = derivative::where(call.out[0] > 0, heads[0]);
          DerivativeCall of_norm = call;
          of_norm.out_grad = heads;
          return batch_norm_derivative(o, of_norm);
        })
        .sample({{.fix_gamma = false}}, batch_norm_arrays({4, 3, 2, 2}))
        .sample({{.fix_gamma = false}}, batch_norm_arrays({5, 3}))
        .sample({{.use_global_stats = true, .axis = -1}}, batch_norm_arrays({4, 2, 3}))
        .sample({}, batch_norm_arrays({0, 3, 2, 2}));

const auto synchronized =
    define_batch_norm<SyncBatchNormOptions>(
        "_contrib_SyncBatchNorm", "BatchNorm of a batch that is spread over devices: over one.")
        .outputs_in_files(3)
        .field("ndev", &SyncBatchNormOptions::ndev, "The number of devices: 1.")
        .field("key", &SyncBatchNormOptions::key, "What the parts of a batch have in common.")
        .required()
        .infer(+[](const SyncBatchNormOptions& o, Inference& s) {
          s.expect(o.ndev == 1, -1,
                   "ndev: expected 1, as a call computes before it returns and could not wait for "
                   "those of the other devices, got ",
                   o.ndev);
          infer_batch_norm(o, s);
        })
        .forward([](const SyncBatchNormOptions& o, const Call& call) {
          dispatch_real(call.in[0].dtype, "SyncBatchNorm",
                        [&]<class T>() { BatchNormKernel(o, call.in[0].shape).forward<T>(call); });
        })
        .backward(
            [](const SyncBatchNormOptions& o, const GradientCall& call) {
              dispatch_real(call.in[0].dtype, "SyncBatchNorm", [&]<class T>() {
                BatchNormKernel(o, call.in[0].shape).backward<T>(call);
              });
            },
            Op::inputs | Op::outputs)
        .derivative(batch_norm_derivative)
        .sample({{.fix_gamma = false}, 1, "a"}, batch_norm_arrays({4, 3, 2}))
        .sample({{}, 1, "a"}, batch_norm_arrays({0, 3}));

}  // namespace
}  // namespace gluino
