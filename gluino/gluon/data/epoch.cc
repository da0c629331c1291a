#include <gluino/autograd/autograd.h>
#include <gluino/base/parallel.h>
#include <gluino/gluon/data/epoch.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace gluino::gluon::data {

// The threads that make batches, and the ring in which they leave them.
class Epoch::Workers {
 public:
  explicit Workers(const Epoch& epoch)
      : epoch_(epoch),
        places_(
            std::min(static_cast<std::size_t>(epoch.options_.prefetch), epoch.batches_.size())) {
    const auto most = static_cast<std::size_t>(epoch.options_.num_workers);
    const std::size_t count = std::min(most, places_.size());
    threads_.reserve(count);
    try {
      for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
    } catch (const std::exception&) {
      // The system grants no more threads: those that run will do, or else the consumer alone.
    }
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    work_to_do_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  bool there_are_none() const { return threads_.empty(); }

  // The next batch, in order. Throws what making it threw.
  Batch take() {
    std::unique_lock lock(mutex_);
    Place& place = places_[taken_ % places_.size()];
    batch_ready_.wait(lock, [&] { return place.ready; });
    ++taken_;
    work_to_do_.notify_one();
    Place taken = std::exchange(place, {});
    if (taken.error) std::rethrow_exception(taken.error);
    return std::move(taken.batch);
  }

 private:
  // What a worker leaves for the consumer.
  struct Place {
    bool ready = false;
    Batch batch;
    std::exception_ptr error;
  };

  void work() {
    // The computing threads are for the consumer's operators.
    run_loops_inline();
    const std::size_t batches = epoch_.batches_.size();
    std::unique_lock lock(mutex_);
    for (;;) {
      work_to_do_.wait(lock, [&] {
        return stopping_ || claimed_ == batches || claimed_ < taken_ + places_.size();
      });
      if (stopping_ || claimed_ == batches) return;
      const std::size_t batch = claimed_++;
      lock.unlock();
      Place made;
      made.ready = true;
      try {
        made.batch = epoch_.make(batch);
      } catch (...) {
        made.error = std::current_exception();
      }
      lock.lock();
      places_[batch % places_.size()] = std::move(made);
      batch_ready_.notify_one();
    }
  }

  const Epoch& epoch_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable work_to_do_;
  std::condition_variable batch_ready_;
  // The rest is guarded by mutex_.
  std::vector<Place> places_;
  std::size_t claimed_ = 0;  // batches that workers have begun
  std::size_t taken_ = 0;    // batches that the consumer has
  bool stopping_ = false;
};

Epoch::Epoch(Dataset dataset, std::vector<std::vector<std::int64_t>> batches,
             const EpochOptions& options)
    : dataset_(std::move(dataset)), batches_(std::move(batches)), options_(options) {
  if (options_.num_workers == 0 || batches_.empty()) return;
  if (workers_.emplace(*this).there_are_none()) workers_.reset();
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
    Workers* workers = workers_.get();
    current_ = workers != nullptr ? workers->take() : make(next);
  } catch (...) {
    at_end_ = true;
    workers_.reset();
    throw;
  }
}

Batch Epoch::make(std::size_t batch) const {
  const auto pausing = autograd::pause();
  const AugmentationScope augmentation(options_.augmentation_seed);
  return dataset_.get_batch(batches_[batch]);
}

}  // namespace gluino::gluon::data
