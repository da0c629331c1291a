#include <gluino/autograd/autograd.h>
#include <gluino/gluon/data/epoch.h>

#include <algorithm>
#include <utility>

namespace gluino::gluon::data {

Epoch::Epoch(Dataset dataset, std::vector<std::vector<std::int64_t>> batches,
             const EpochOptions& options)
    : dataset_(std::move(dataset)), batches_(std::move(batches)), options_(options) {
  if (options_.num_workers == 0 || batches_.empty()) return;
  const std::size_t ahead = std::min(static_cast<std::size_t>(options_.prefetch), batches_.size());
  const io::PreparedOptions prepared{
      .threads = std::min(options_.num_workers, static_cast<int>(ahead)), .ahead = ahead};
  if (workers_.emplace([this] { return claim(); }, prepared).has_no_threads()) workers_.reset();
}

Epoch::~Epoch() = default;

const Batch& Epoch::batch() const {
  check(!at_end_, "the iterator is at the end of its epoch");
  return current_;
}

void Epoch::advance() {
  // Its memory serves the next batch, unless the user keeps it.
  current_ = {};
  if (at_end_) return;
  if (taken_ == batches_.size()) {
    at_end_ = true;
    return;
  }
  try {
    const std::size_t next = taken_++;
    if (io::Prepared<Batch>* workers = workers_.get(); workers != nullptr) {
      workers->next(current_);
    } else {
      current_ = make(next);
    }
  } catch (...) {
    at_end_ = true;
    workers_.reset();
    throw;
  }
}

io::Prepared<Batch>::Work Epoch::claim() {
  if (claimed_ == batches_.size()) return nullptr;
  return [this, next = claimed_++](Batch& batch) { batch = make(next); };
}

Batch Epoch::make(std::size_t batch) const {
  const auto pausing = autograd::pause();
  const AugmentationScope augmentation(options_.augmentation_seed);
  return dataset_.get_batch(batches_[batch]);
}

}  // namespace gluino::gluon::data
