#include <gluino/ops/core/define.h>
#include <gluino/ops/elementwise/activation_kernel-inl.h>
#include <gluino/ops/fused/batch_norm_activation.h>
#include <gluino/ops/layers/batch_norm_kernel-inl.h>

namespace gluino {
namespace {

constexpr const char* kName = "_fused_batch_norm_activation";

// Pieces of a channel lie side by side.
bool has_rows(const BatchNormOptions& o, const Shape& data) {
  const int axis = normalize_axis(o.axis, data.ndim(), "[BatchNorm] axis");
  return data.size_between(axis + 1, data.ndim()) > 1;
}

void infer(const BatchNormActivationOptions& o, Inference& s) {
  infer_batch_norm(o.batch_norm, s);
  s.expect(!o.batch_norm.output_mean_var && has_rows(o.batch_norm, s.in(0)), -1,
           "the two operators cannot be one on data of shape ", s.in(0));
}

void forward(const BatchNormActivationOptions& o, const Call& call) {
  dispatch_real(call.in[0].dtype, kName, [&]<class T>() {
    BatchNormKernel(o.batch_norm, call.in[0].shape)
        .forward<T>(call, &activation_kernel<T>(o.act_type));
  });
}

void backward(const BatchNormActivationOptions& o, const GradientCall& call) {
  dispatch_real(call.in[0].dtype, kName, [&]<class T>() {
    BatchNormKernel(o.batch_norm, call.in[0].shape)
        .backward<T>(call, &activation_kernel<T>(o.act_type));
  });
}

constexpr Fill kPositive{Fill::Kind::uniform, 0.5, 2};
const BatchNormActivationOptions kTanh = {.batch_norm = {.fix_gamma = false}, .act_type = "tanh"};
const BatchNormActivationOptions kSoft = {.batch_norm = {.fix_gamma = false},
                                          .act_type = "softrelu"};
const BatchNormActivationOptions kFixed = {
    .batch_norm = {.fix_gamma = true, .use_global_stats = true}, .act_type = "sigmoid"};

const auto registered =
    define_op<BatchNormActivationOptions>(kName)
        .doc("Batch normalisation and an activation, as one.")
        .inputs({"data"})
        .parameters({"gamma", "beta"})
        .states({"moving_mean", "moving_var"})
        .outputs({"output", "mean", "var"}, 1)
        .in_place()
        .infer_types([](const BatchNormActivationOptions& o, auto in, auto out) {
          infer_batch_norm_types(o.batch_norm, in, out);
        })
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .sample(kTanh, {{{4, 3, 2, 2}}, {{3}}, {{3}}, {{3}}, {{3}, kPositive}})
        .sample(kSoft, {{{3, 2, 3, 2}}, {{2}}, {{2}}, {{2}}, {{2}, kPositive}})
        .sample(kFixed, {{{2, 3, 5}}, {{3}}, {{3}}, {{3}}, {{3}, kPositive}});

}  // namespace

bool can_fuse(const BatchNormActivationOptions& o, const Shape& data, DType dtype) {
  const bool again = dtype == float32 || dtype == float64;
  return !o.batch_norm.output_mean_var && has_rows(o.batch_norm, data) &&
         (again || !activation_kernel<float>(o.act_type).gradient_reads_x);
}

}  // namespace gluino
