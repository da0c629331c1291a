#include <apps/digits/training/walk_iter.h>

#include <iterator>
#include <utility>

namespace digits {

WalkIter::WalkIter(EpochWalk& walk, std::int64_t batch_size,
                   gluino::optimizer::Optimizer& optimizer, std::function<void()> after_batch)
    : DataIter(batch_size),
      walk_(walk),
      optimizer_(optimizer),
      after_batch_(std::move(after_batch)) {}

bool WalkIter::next(gluino::io::DataBatch& batch) {
  batch.clear();
  if (!position_) {
    position_.emplace(walk_.begin_epoch());
  } else if (*position_ != std::default_sentinel) {
    // fit asks for the next batch when it has trained with, and counted, the one before.
    walk_.add_batch();
    if (!walk_.is_at_end_of_epoch()) after_batch_();
    ++*position_;
  }
  if (*position_ == std::default_sentinel) return false;
  const auto& [images, labels] = **position_;
  batch.data = {images};
  batch.label = {labels};
  // fit divides gradients by the size for which it is bound; a Trainer by the batch's own.
  optimizer_.set_rescale_grad(1.0 / static_cast<double>(walk_.batch_samples()));
  return true;
}

std::vector<gluino::io::DataDesc> WalkIter::provide_data() const {
  return {{.name = "data", .shape = walk_.shape_of(batch_size())}};
}

std::vector<gluino::io::DataDesc> WalkIter::provide_label() const {
  return {{.name = kLabel, .shape = {batch_size()}, .dtype = gluino::int32, .layout = "N"}};
}

void WalkMetric::update_batch(std::span<const gluino::NDArray> labels,
                              std::span<const gluino::NDArray> preds) {
  walk_.count(labels.first(1), preds.subspan(kScores, 1), preds.subspan(kLoss, 1));
}

}  // namespace digits
