#include <gluino/autograd/autograd.h>
#include <gluino/base/parallel.h>
#include <gluino/gluon/data/epoch.h>

#include <algorithm>
#include <utility>

namespace gluino::gluon::data {

Epoch::Epoch(Dataset dataset, std::vector<std::vector<std::int64_t>> batches,
             const EpochOptions& options)
    : dataset_(std::move(dataset)), batches_(std::move(batches)), options_(options) {
  start_workers();
}

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
    if (workers_.empty()) {
      current_ = make(taken_++);
      return;
    }
    Place place = take();
    if (place.error) std::rethrow_exception(place.error);
    current_ = std::move(place.batch);
  } catch (...) {
    at_end_ = true;
    stop();
    throw;
  }
}

Batch Epoch::make(std::size_t batch) const {
  const auto pausing = autograd::pause();
  const AugmentationScope augmentation(options_.augmentation_seed);
  return dataset_.get_batch(batches_[batch]);
}

void Epoch::start_workers() {
  const auto most = static_cast<std::size_t>(options_.num_workers);
  places_.resize(std::min(static_cast<std::size_t>(options_.prefetch), batches_.size()));
  const std::size_t count = std::min({most, batches_.size(), places_.size()});
  try {
    workers_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) workers_.emplace_back([this] { work(); });
  } catch (const std::exception&) {
    // The system grants no more threads: those that run will do, or else the consumer alone.
  }
}

void Epoch::work() {
  // The computing threads are for the consumer's operators.
  run_loops_inline();
  std::unique_lock lock(mutex_);
  for (;;) {
    work_to_do_.wait(lock, [&] {
      return stopping_ || claimed_ == batches_.size() || claimed_ < taken_ + places_.size();
    });
    if (stopping_ || claimed_ == batches_.size()) return;
    const std::size_t batch = claimed_++;
    lock.unlock();
    Place made;
    made.ready = true;
    try {
      made.batch = make(batch);
    } catch (...) {
      made.error = std::current_exception();
    }
    lock.lock();
    places_[batch % places_.size()] = std::move(made);
    batch_ready_.notify_one();
  }
}

Epoch::Place Epoch::take() {
  std::unique_lock lock(mutex_);
  Place& place = places_[taken_ % places_.size()];
  batch_ready_.wait(lock, [&] { return place.ready; });
  ++taken_;
  work_to_do_.notify_one();
  return std::exchange(place, {});
}

void Epoch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_to_do_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

}  // namespace gluino::gluon::data
