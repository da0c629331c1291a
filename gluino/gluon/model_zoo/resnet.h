#pragma once

#include <gluino/gluon/model_zoo/network.h>

#include <string>
#include <vector>

/// Residual networks: v1 (He et al., 2015: "Deep residual learning") and v2 (He et al., 2016:
/// "Identity mappings").
namespace gluino::gluon::model_zoo {

struct ResNetOptions {
  /// Blocks of a 3x3 convolution of a quarter of the channels between two 1x1, for ResNet-50 and
  /// deeper; else of two 3x3 convolutions.
  bool bottleneck = false;
  /// How many blocks each stage has.
  std::vector<int> layers = {2, 2, 2, 2};
  /// Those behind the first convolution, and those of each stage.
  std::vector<int> channels = {64, 64, 128, 256, 512};
  std::int64_t classes = 1000;
  /// For small pictures, such as CIFAR's.
  bool thumbnail = false;
  std::string prefix{};
};

/// What the versions share.
class GLUINO_API ResNet : public Network {
 public:
  using Options = ResNetOptions;

 protected:
  /// Throws Error unless there is one number of channels more than of layers.
  ResNet(int version, const ResNetOptions& options);
};

/// Blocks with a relu behind the sum of their body and the way around it.
class GLUINO_API ResNetV1 : public ResNet {
 public:
  explicit ResNetV1(const ResNetOptions& options = {}) : ResNet(1, options) {}
};

/// Blocks with the activations in front of their convolutions.
class GLUINO_API ResNetV2 : public ResNet {
 public:
  explicit ResNetV2(const ResNetOptions& options = {}) : ResNet(2, options) {}
};

}  // namespace gluino::gluon::model_zoo
