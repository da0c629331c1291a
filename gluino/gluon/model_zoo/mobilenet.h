#pragma once

#include <gluino/gluon/model_zoo/network.h>

#include <string>

namespace gluino::gluon::model_zoo {

struct MobileNetOptions {
  /// Scales the channels.
  double multiplier = 1;
  std::int64_t classes = 1000;
  std::string prefix{};
};

/// Convolutions of each channel by itself, and 1x1 convolutions (Howard et al., 2017).
class GLUINO_API MobileNet : public Network {
 public:
  using Options = MobileNetOptions;
  /// Throws Error where the multiplier leaves no channel.
  explicit MobileNet(const MobileNetOptions& options = {});
};

/// Convolutions of each channel by itself between one to more channels and one back, with a way
/// around (Sandler et al., 2018).
class GLUINO_API MobileNetV2 : public Network {
 public:
  using Options = MobileNetOptions;
  explicit MobileNetV2(const MobileNetOptions& options = {});
};

struct MobileNetV3Options {
  /// "large" or "small".
  std::string version = "large";
  double multiplier = 1;
  std::int64_t classes = 1000;
  std::string prefix{};
};

/// Such bottlenecks found by a search, some of which weigh their channels, with other activations
/// (Howard et al., 2019, https://arxiv.org/abs/1905.02244). Files have gluoncv's names of
/// parameters.
class GLUINO_API MobileNetV3 : public Network {
 public:
  using Options = MobileNetV3Options;
  /// Throws Error for another version, or a multiplier that leaves no channel.
  explicit MobileNetV3(const MobileNetV3Options& options = {});
};

}  // namespace gluino::gluon::model_zoo
