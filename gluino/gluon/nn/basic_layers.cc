#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/nn/basic_layers.h>
#include <gluino/ops/layers/batch_norm_forms.h>
#include <gluino/ops/movement/reshape.h>

namespace gluino::gluon::nn {
namespace {

// A size that is found in the first forward when the user gave none.
std::int64_t size_or_unknown(std::int64_t size) { return size > 0 ? size : -1; }

std::string size_or_none(const Shape& shape, int axis) {
  return shape.ndim() > axis && shape[axis] >= 0 ? std::to_string(shape[axis]) : "None";
}

}  // namespace

Activation::Activation(const std::string& activation, const std::string& prefix)
    : HybridBlock(new_prefix(activation, prefix)), options_{activation} {
  Op::get<ActivationOptions>("Activation").check_options(&options_);
}

NDArray Activation::forward(const NDArray& input) { return ops::Activation(input, options_); }

std::string Activation::to_string() const { return "Activation(" + options_.act_type + ")"; }

Dense::Dense(DenseOptions options)
    : HybridBlock(new_prefix("dense", options.prefix)), options_(std::move(options)) {
  check(options_.units > 0, "[Dense ", name(), "] units: expected at least 1, got ",
        options_.units);
  op_options_ = {
      .num_hidden = options_.units, .no_bias = !options_.use_bias, .flatten = options_.flatten};
  weight_ = parameter("weight", {.shape = {options_.units, size_or_unknown(options_.in_units)},
                                 .dtype = options_.dtype,
                                 .init = options_.weight_initializer});
  if (options_.use_bias) {
    bias_ = parameter(
        "bias",
        {.shape = {options_.units}, .dtype = options_.dtype, .init = options_.bias_initializer});
  }
  if (!options_.activation.empty()) {
    const NameScope scope = name_scope();
    auto activation = std::make_shared<Activation>(options_.activation, options_.activation + "_");
    register_child("act", activation);
    activation_.emplace(std::move(activation));
  }
}

NDArray Dense::forward(const NDArray& input) {
  static const Op& op = Op::get<FullyConnectedOptions>("FullyConnected");
  const NDArray y = options_.use_bias ? apply_op(op, &op_options_, input, {&weight_, &bias_})
                                      : apply_op(op, &op_options_, input, {&weight_});
  return activation_ ? (*activation_)(y) : y;
}

std::string Dense::to_string() const {
  return str("Dense(", size_or_none(weight_.shape(), 1), " -> ", options_.units, ", ",
             activation_ ? (*activation_)->to_string() : "linear", ")");
}

Dropout::Dropout(const DropoutLayerOptions& options)
    : HybridBlock(new_prefix("dropout", options.prefix)),
      op_options_{.p = options.rate, .axes = options.axes} {
  check(options.rate >= 0 && options.rate < 1, "[Dropout ", name(),
        "] rate: expected 0 <= rate < 1, got ", options.rate);
}

NDArray Dropout::forward(const NDArray& input) { return ops::Dropout(input, op_options_); }

std::string Dropout::to_string() const {
  return str("Dropout(p = ", python_repr(op_options_.p), ", axes=", op_options_.axes, ")");
}

BatchNorm::BatchNorm(const char* hint, const BatchNormLayerOptions& options)
    : HybridBlock(new_prefix(hint, options.prefix)),
      op_options_{.eps = options.epsilon,
                  .momentum = options.momentum,
                  .fix_gamma = !options.scale,
                  .use_global_stats = options.use_global_stats,
                  .axis = options.axis} {
  const Shape shape = {size_or_unknown(options.in_channels)};
  gamma_ = parameter(
      "gamma",
      {.shape = shape, .init = options.gamma_initializer, .differentiable = options.scale});
  beta_ = parameter(
      "beta", {.shape = shape, .init = options.beta_initializer, .differentiable = options.center});
  running_mean_ = parameter(
      "running_mean",
      {.shape = shape, .init = options.running_mean_initializer, .differentiable = false});
  running_var_ = parameter(
      "running_var",
      {.shape = shape, .init = options.running_variance_initializer, .differentiable = false});
}

NDArray BatchNorm::forward(const NDArray& input) {
  static const Op& op = Op::get<BatchNormOptions>("BatchNorm");
  return normalized(op, &op_options_, input);
}

NDArray BatchNorm::normalized(const Op& op, const void* options, const NDArray& input) const {
  return apply_op(op, options, input, {&gamma_, &beta_, &running_mean_, &running_var_});
}

NDArray BatchNormReLU::forward(const NDArray& input) {
  static const Op& op = Op::get<BatchNormWithReLUOptions>("_contrib_BatchNormWithReLU");
  const BatchNormWithReLUOptions options{op_options()};
  return normalized(op, &options, input);
}

std::string BatchNorm::to_string() const {
  const auto boolean = [](bool value) { return value ? "True" : "False"; };
  return str(type_name(), "(axis=", op_options_.axis, ", eps=", python_repr(op_options_.eps),
             ", momentum=", python_repr(op_options_.momentum),
             ", fix_gamma=", boolean(op_options_.fix_gamma),
             ", use_global_stats=", boolean(op_options_.use_global_stats),
             ", in_channels=", size_or_none(gamma_.shape(), 0), ")");
}

Flatten::Flatten(const std::string& prefix) : HybridBlock(new_prefix("flatten", prefix)) {}

NDArray Flatten::forward(const NDArray& input) { return ops::flatten(input); }

std::string Flatten::to_string() const { return "Flatten"; }

}  // namespace gluino::gluon::nn
