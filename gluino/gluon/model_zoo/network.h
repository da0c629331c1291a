#pragma once

#include <gluino/gluon/hybrid_block.h>
#include <gluino/gluon/nn/containers.h>

#include <cstdint>
#include <memory>
#include <string>

namespace gluino::gluon::model_zoo {

struct ModelOptions {
  /// The size of the output.
  std::int64_t classes = 1000;
  std::string prefix{};
};

/// What the networks share: features of pictures (N, 3, H, W), and an output of them, (N, classes).
class GLUINO_API Network : public HybridBlock {
 public:
  NDArray forward(const NDArray& input) override;
  HybridBlock& features() const { return *features_; }
  /// The layer that a network for other classes replaces.
  HybridBlock& output() const { return *output_; }

 protected:
  /// `hint` begins a counted prefix.
  Network(const std::string& hint, const ModelOptions& options);
  void set_features(std::shared_ptr<HybridBlock> features);
  void set_output(std::shared_ptr<HybridBlock> output);

 private:
  std::shared_ptr<HybridBlock> features_;
  std::shared_ptr<HybridBlock> output_;
};

}  // namespace gluino::gluon::model_zoo
