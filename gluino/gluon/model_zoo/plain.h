#pragma once

#include <gluino/gluon/model_zoo/network.h>

#include <string>
#include <vector>

/// Networks that are rows of layers, some with layers beside each other.
namespace gluino::gluon::model_zoo {

/// Five convolutions and three fully connected layers (Krizhevsky, 2014: "One weird trick").
class GLUINO_API AlexNet : public Network {
 public:
  using Options = ModelOptions;
  explicit AlexNet(const ModelOptions& options = {});
};

struct VGGOptions {
  /// How many convolutions each group has, and of how many channels.
  std::vector<int> layers{};
  std::vector<int> filters{};
  std::int64_t classes = 1000;
  bool batch_norm = false;
  std::string prefix{};
};

/// Groups of 3x3 convolutions with pooling behind each, and three fully connected layers (Simonyan
/// and Zisserman, 2014).
class GLUINO_API VGG : public Network {
 public:
  using Options = VGGOptions;
  /// Throws Error unless there are as many numbers of layers as of filters.
  explicit VGG(const VGGOptions& options);
};

struct SqueezeNetOptions {
  /// "1.0" or "1.1", which needs a fraction of the computation.
  std::string version = "1.0";
  std::int64_t classes = 1000;
  std::string prefix{};
};

/// Few channels, then many, again and again (Iandola et al., 2016).
class GLUINO_API SqueezeNet : public Network {
 public:
  using Options = SqueezeNetOptions;
  /// Throws Error for another version.
  explicit SqueezeNet(const SqueezeNetOptions& options = {});
};

struct DenseNetOptions {
  /// Channels of the first convolution, and those that each layer adds.
  std::int64_t num_init_features = 64;
  std::int64_t growth_rate = 32;
  /// Of how many layers each block is made.
  std::vector<int> block_config = {6, 12, 24, 16};
  /// How many times as many channels there are within a layer.
  std::int64_t bn_size = 4;
  double dropout = 0;
  std::int64_t classes = 1000;
  std::string prefix{};
};

/// Blocks in which each layer gets the outputs of all before it (Huang et al., 2016).
class GLUINO_API DenseNet : public Network {
 public:
  using Options = DenseNetOptions;
  explicit DenseNet(const DenseNetOptions& options = {});
};

/// Modules of branches beside each other, for pictures (N, 3, 299, 299) (Szegedy et al., 2015:
/// "Rethinking the Inception architecture").
class GLUINO_API Inception3 : public Network {
 public:
  using Options = ModelOptions;
  explicit Inception3(const ModelOptions& options = {});
};

}  // namespace gluino::gluon::model_zoo
