#pragma once

#include <gluino/ops/core/define.h>
#include <gluino/ops/layers/batch_norm_kernel-inl.h>
#include <gluino/ops/layers/normalization_derivative-inl.h>

#include <vector>

/// What the layers that normalize batches have in common.
namespace gluino {

/// The gradients by operators.
inline std::vector<NDArray> batch_norm_derivative(const BatchNormOptions& o,
                                                  const DerivativeCall& call) {
  const DType own = call.in[BatchNormKernel::kData].dtype();
  // Beside data in half precision parameters may be float32.
  const DType wide = half_precision::is_half(own) ? float32 : own;
  const auto widened = [&](const NDArray& array) {
    return array.dtype() == wide ? array : array.astype(wide);
  };
  const NDArray x = widened(call.in[BatchNormKernel::kData]);
  const int axis = normalize_axis(o.axis, x.ndim());
  Normalization n{.x = x,
                  .gamma = o.fix_gamma ? NDArray() : widened(call.in[BatchNormKernel::kGamma]),
                  .dy = call.out_grad[0].defined() ? widened(call.out_grad[0]) : x * 0,
                  .axes = {},
                  .parameter = Shape::filled(x.ndim(), 1),
                  .eps = o.eps};
  n.parameter[axis] = x.shape()[axis];
  for (int i = 0; i < x.ndim(); ++i) {
    if (i != axis) n.axes.push_back(i);
  }
  if (o.use_global_stats || !current_mode().training) {
    const auto used = [&](int statistic) {
      const NDArray values = call.out[static_cast<std::size_t>(statistic)].astype(x.dtype());
      return derivative::reshaped(values, n.parameter);
    };
    n.mean = used(BatchNormKernel::kept_mean(o));
    n.variance = used(BatchNormKernel::kept_mean(o) + 1);
  } else if (o.output_mean_var) {
    const NDArray& of_mean = call.out_grad[BatchNormKernel::kMean];
    const NDArray& of_scale = call.out_grad[BatchNormKernel::kScale];
    if (of_mean.defined()) n.dmean = derivative::reshaped(widened(of_mean), n.parameter);
    if (of_scale.defined()) {  // of 1 / deviation
      const NDArray scale =
          derivative::reshaped(widened(call.out[BatchNormKernel::kScale]), n.parameter);
      n.ddeviation = -derivative::reshaped(widened(of_scale), n.parameter) * ops::square(scale);
    }
  }
  std::vector<NDArray> gradients = normalization_gradients(n);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const DType type = call.in[i].dtype();
    const bool other = gradients[i].defined() && gradients[i].dtype() != type;
    if (other) gradients[i] = gradients[i].astype(type);
  }
  gradients.resize(call.in.size());  // None for the moving statistics.
  return gradients;
}

/// What the tests call such a layer with, of 3 channels.
inline std::vector<SampleInput> batch_norm_arrays(const Shape& data) {
  return {{data}, {{3}}, {{3}}, {{3}}, {{3}, {Fill::Kind::uniform, 0.5, 2}}};
}

/// A layer with the options O, a BatchNormOptions, and those that MXNet has first.
template <class O>
OpDefinition<O> define_batch_norm(const char* name, const char* doc) {
  auto definition = define_op<O>(name);
  definition.doc(doc)
      .input_attribute(BatchNormKernel::kMovingMean, "__init__", "[\"zero\", {}]")
      .input_attribute(BatchNormKernel::kMovingVar, "__init__", "[\"one\", {}]")
      .input_alias(0, "x")
      .input_alias(BatchNormKernel::kMovingMean, "running_mean")
      .input_alias(BatchNormKernel::kMovingVar, "running_var")
      .in_place()
      .inputs({"data"})
      .row_wise_if([](const O& o, const Shape& data) {
        return !o.output_mean_var && normalize_axis(o.axis, data.ndim()) != 0;
      })
      .parameters({"gamma", "beta"})
      .states({"moving_mean", "moving_var"})
      .fixes_at_one(
          [](const O& o) { return o.fix_gamma ? static_cast<int>(BatchNormKernel::kGamma) : -1; })
      .outputs({"output", "mean", "var"}, 1)
      .output_names_by([](const O& o) -> std::vector<std::string> {
        if (!o.output_mean_var) return {"output", "mean", "var"};
        return {"output", "mean", "var", "kept_mean", "kept_var"};
      })
      .outputs_by([](const O& o) { return BatchNormKernel::kept_mean(o) + 2; })
      .visible_by([](const O& o) { return o.output_mean_var ? 3 : 1; })
      .field("eps", &O::eps, "Added to the variance.")
      .field("momentum", &O::momentum, "How much of the moving statistics stays.")
      .field("fix_gamma", &O::fix_gamma, "Take gamma for 1.")
      .field("use_global_stats", &O::use_global_stats, "Use the moving statistics in training too.")
      .field("output_mean_var", &O::output_mean_var,
             "Give the mean that was used and 1 / sqrt(variance + eps), too.")
      .infer_types([](const O& o, auto in, auto out) { infer_batch_norm_types(o, in, out); })
      .infer(+[](const O& o, Inference& s) { infer_batch_norm(o, s); });
  return definition;
}

}  // namespace gluino
