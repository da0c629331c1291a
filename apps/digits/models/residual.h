#pragma once

#include <gluino/gluon/nn/nn.h>

#include <cstdint>
#include <optional>
#include <string>

namespace digits {

struct ResidualOptions {
  std::int64_t in_channels = 0;
  std::int64_t channels = 0;
  /// 2 halves the image.
  std::int64_t stride = 1;
  std::string activation = "relu";
  std::string prefix{};
};

/// Two convolutions of 3x3 with batch norm, whose result is added to the input, as in He, Zhang,
/// Ren and Sun's networks (2015). Where channels or size change, the input goes through a
/// convolution of 1x1.
class Residual : public gluino::gluon::HybridBlock {
 public:
  explicit Residual(const ResidualOptions& options);
  gluino::NDArray forward(const gluino::NDArray& x) override;

 private:
  template <class Layer>
  using Child = gluino::gluon::Child<Layer>;

  gluino::ActivationOptions activation_;
  Child<gluino::gluon::nn::Conv2D> conv1_;
  Child<gluino::gluon::nn::BatchNorm> norm1_;
  Child<gluino::gluon::nn::Conv2D> conv2_;
  Child<gluino::gluon::nn::BatchNorm> norm2_;
  std::optional<Child<gluino::gluon::nn::Conv2D>> shortcut_;
  std::optional<Child<gluino::gluon::nn::BatchNorm>> shortcut_norm_;
};

}  // namespace digits
