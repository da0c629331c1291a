#pragma once

#include <gluino/gluon/hybrid_block.h>
#include <gluino/ops/elementwise/activation.h>
#include <gluino/ops/layers/batch_norm.h>
#include <gluino/ops/layers/dropout.h>
#include <gluino/ops/layers/fully_connected.h>

#include <optional>

namespace gluino::gluon::nn {

/// relu, sigmoid, tanh, softrelu, softsign, log_sigmoid or mish of each element.
class GLUINO_API Activation : public HybridBlock {
 public:
  explicit Activation(const std::string& activation, const std::string& prefix = {});
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;

 private:
  ActivationOptions options_;
};

struct DenseOptions {
  std::int64_t units = 0;
  /// Empty: none.
  std::string activation{};
  bool use_bias = true;
  /// Takes all axes but the first as one; else transforms the last axis only.
  bool flatten = true;
  DType dtype = float32;
  /// Without it, the initializer that initialize() is given.
  init::Initializer weight_initializer{};
  init::Initializer bias_initializer = "zeros";
  /// 0: found in the first forward.
  std::int64_t in_units = 0;
  std::string prefix{};
};

/// A fully connected layer: activation(x W^T + b), with weight (units, in_units), bias (units,).
class GLUINO_API Dense : public HybridBlock {
 public:
  using Options = DenseOptions;
  explicit Dense(DenseOptions options);
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;

  /// Whether it takes all axes but the first as one.
  bool flattens() const { return options_.flatten; }
  const Parameter& weight() const { return weight_; }
  /// Not defined() without a bias.
  const Parameter& bias() const { return bias_; }

 private:
  DenseOptions options_;
  FullyConnectedOptions op_options_;
  Parameter weight_;
  Parameter bias_;
  std::optional<Child<Activation>> activation_;
};

struct DropoutLayerOptions {
  /// The part of the elements that is set to zero in training.
  double rate = 0.5;
  /// Along these axes elements are dropped together.
  Shape axes{};
  std::string prefix{};
};

class GLUINO_API Dropout : public HybridBlock {
 public:
  using Options = DropoutLayerOptions;
  explicit Dropout(double rate) : Dropout(DropoutLayerOptions{.rate = rate}) {}
  explicit Dropout(const DropoutLayerOptions& options);
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;

 private:
  DropoutOptions op_options_;
};

struct BatchNormLayerOptions {
  std::int64_t axis = 1;
  double momentum = 0.9;
  double epsilon = 1e-5;
  /// Learn an offset (a factor); else it stays 0 (1).
  bool center = true;
  bool scale = true;
  bool use_global_stats = false;
  init::Initializer beta_initializer = "zeros";
  init::Initializer gamma_initializer = "ones";
  init::Initializer running_mean_initializer = "zeros";
  init::Initializer running_variance_initializer = "ones";
  /// 0: found in the first forward.
  std::int64_t in_channels = 0;
  std::string prefix{};
};

/// Normalises each channel over the batch; see ops::BatchNorm. Parameters gamma, beta, running_mean
/// and running_var, all of shape (in_channels,).
class GLUINO_API BatchNorm : public HybridBlock {
 public:
  using Options = BatchNormLayerOptions;
  explicit BatchNorm(const BatchNormLayerOptions& options = {}) : BatchNorm("batchnorm", options) {}
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;

 protected:
  /// `hint` begins a counted prefix.
  BatchNorm(const char* hint, const BatchNormLayerOptions& options);
  const BatchNormOptions& op_options() const { return op_options_; }
  /// `op`, of options as op_options(), of the input and the parameters.
  NDArray normalized(const Op& op, const void* options, const NDArray& input) const;

 private:
  BatchNormOptions op_options_;
  Parameter gamma_;
  Parameter beta_;
  Parameter running_mean_;
  Parameter running_var_;
};

/// BatchNorm, and 0 where that is less.
class GLUINO_API BatchNormReLU : public BatchNorm {
 public:
  explicit BatchNormReLU(const BatchNormLayerOptions& options = {})
      : BatchNorm("batchnormrelu", options) {}
  NDArray forward(const NDArray& input) override;
};

/// (N, ...) as (N, product of the rest).
class GLUINO_API Flatten : public HybridBlock {
 public:
  explicit Flatten(const std::string& prefix = {});
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;
};

}  // namespace gluino::gluon::nn
