#pragma once

#include <gluino/gluon/hybrid_block.h>
#include <gluino/ops/elementwise/leaky_relu.h>

namespace gluino::gluon::nn {

/// What the layers of the operator LeakyReLU share.
class GLUINO_API Rectifier : public HybridBlock {
 public:
  NDArray forward(const NDArray& input) override { return ops::LeakyReLU(input, options_); }

 protected:
  Rectifier(const char* hint, const std::string& prefix, const LeakyReLUOptions& options)
      : HybridBlock(new_prefix(hint, prefix)), options_(options) {}
  const LeakyReLUOptions& options() const { return options_; }

 private:
  LeakyReLUOptions options_;
};

/// x where x > 0, else alpha * x. Throws Error for a negative alpha.
class GLUINO_API LeakyReLU : public Rectifier {
 public:
  explicit LeakyReLU(double alpha, const std::string& prefix = {});
  std::string to_string() const override;
};

/// x where x > 0, else alpha * (exp(x) - 1) (Clevert et al., 2016).
class GLUINO_API ELU : public Rectifier {
 public:
  explicit ELU(double alpha = 1, const std::string& prefix = {})
      : Rectifier("elu", prefix, {.act_type = "elu", .slope = alpha}) {}
};

/// The ELU that keeps mean 0 and variance 1 (Klambauer et al., 2017).
class GLUINO_API SELU : public Rectifier {
 public:
  explicit SELU(const std::string& prefix = {}) : Rectifier("selu", prefix, {.act_type = "selu"}) {}
};

/// x times the normal distribution's probability of less than x (Hendrycks and Gimpel, 2016).
class GLUINO_API GELU : public Rectifier {
 public:
  explicit GELU(const std::string& prefix = {}) : Rectifier("gelu", prefix, {.act_type = "gelu"}) {}
};

struct PReLUOptions {
  init::Initializer alpha_initializer = init::Constant(0.25);
  /// 1: one alpha for all; else one for each channel, the second axis.
  std::int64_t in_channels = 1;
  std::string prefix{};
};

/// x where x > 0, else alpha * x with a learnt alpha, (in_channels,) (He et al., 2015).
class GLUINO_API PReLU : public HybridBlock {
 public:
  using Options = PReLUOptions;
  explicit PReLU(const PReLUOptions& options = {});
  NDArray forward(const NDArray& input) override;
  const Parameter& alpha() const { return alpha_; }

 private:
  Parameter alpha_;
};

/// x * sigmoid(beta * x) (Ramachandran et al., 2017).
class GLUINO_API Swish : public HybridBlock {
 public:
  explicit Swish(double beta = 1, const std::string& prefix = {})
      : HybridBlock(new_prefix("swish", prefix)), beta_(beta) {}
  NDArray forward(const NDArray& input) override;

 private:
  double beta_;
};

}  // namespace gluino::gluon::nn
