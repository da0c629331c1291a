#pragma once

#include <apps/digits/training/epoch_walk.h>
#include <gluino/io/iterators/data_iter.h>
#include <gluino/optimizer/core/optimizer.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

/// What fit of MXNet's symbolic interfaces needs to walk as an EpochWalk does.
namespace digits {

/// The variable of the labels.
inline constexpr const char* kLabel = "softmax_label";
/// What the network gives while it is trained: the loss of each sample, and its scores.
enum SymbolicOutput { kLoss, kScores };

/// The batches of a walk. The last one of an epoch may be smaller.
class WalkIter : public gluino::io::DataIter {
 public:
  /// `after_batch` is called when a batch has been trained with, but for the last one of an epoch.
  WalkIter(EpochWalk& walk, std::int64_t batch_size, gluino::optimizer::Optimizer& optimizer,
           std::function<void()> after_batch);

  bool next(gluino::io::DataBatch& batch) override;
  /// The next epoch, and its random order, begins with its first batch.
  void reset() override { position_.reset(); }

  std::vector<gluino::io::DataDesc> provide_data() const override;
  std::vector<gluino::io::DataDesc> provide_label() const override;

 private:
  EpochWalk& walk_;
  gluino::optimizer::Optimizer& optimizer_;
  std::function<void()> after_batch_;
  std::optional<gluino::gluon::data::BatchIterator> position_;
};

/// Has the walk count the outputs. Reset by fit, it does nothing: the walk begins anew by itself.
class WalkMetric : public gluino::metric::EvalMetric {
 public:
  explicit WalkMetric(EpochWalk& walk) : EvalMetric("loss and accuracy"), walk_(walk) {}

 protected:
  void update_batch(std::span<const gluino::NDArray> labels,
                    std::span<const gluino::NDArray> preds) override;

 private:
  EpochWalk& walk_;
};

}  // namespace digits
