#include <gluino/base/parallel.h>
#include <gluino/io/iterators/batch_pipeline.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace gluino::io {

// The threads that make batches, and the ring of places in which they leave them.
class BatchPipeline::Threads {
 public:
  Threads(const Claim& claim, const PipelineOptions& options)
      : claim_(claim), places_(static_cast<std::size_t>(std::max(1, options.ahead))) {
    try {
      for (int i = 0; i < options.threads; ++i) threads_.emplace_back([this] { run(); });
    } catch (const std::exception&) {
      // The system grants no more threads: those that run will do, or else the consumer alone.
    }
  }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  bool there_are_none() const { return threads_.empty(); }
  // As BatchPipeline's.
  bool next(DataBatch& batch);
  void restart(FunctionRef<void()> rewind);

 private:
  // What a thread leaves for the consumer.
  struct Place {
    bool ready = false;
    bool at_end = false;
    DataBatch batch;
    std::exception_ptr error;
  };

  void run();
  void fill(Place& place, std::unique_lock<std::mutex>& lock);

  const Claim& claim_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // The rest is guarded by mutex_.
  std::vector<Place> places_;
  std::size_t claimed_ = 0;  // batches that threads have begun
  std::size_t taken_ = 0;    // batches that the consumer has
  int busy_ = 0;             // threads that make a batch
  bool claiming_ = false;
  bool all_claimed_ = false;
  bool paused_ = false;
  bool stopping_ = false;
};

bool BatchPipeline::Threads::next(DataBatch& batch) {
  std::unique_lock lock(mutex_);
  Place& place = places_[taken_ % places_.size()];
  changed_.wait(lock, [&] { return place.ready; });
  ++taken_;
  changed_.notify_all();
  Place taken = std::exchange(place, {});
  lock.unlock();
  if (taken.error) std::rethrow_exception(taken.error);
  batch = std::move(taken.batch);
  return !taken.at_end;
}

void BatchPipeline::Threads::restart(FunctionRef<void()> rewind) {
  {
    std::unique_lock lock(mutex_);
    paused_ = true;
    changed_.wait(lock, [&] { return busy_ == 0; });
    std::fill(places_.begin(), places_.end(), Place());
    claimed_ = taken_ = 0;
    all_claimed_ = false;
  }
  rewind();
  {
    const std::lock_guard lock(mutex_);
    paused_ = false;
  }
  changed_.notify_all();
}

void BatchPipeline::Threads::run() {
  // The computing threads are for the consumer's operators.
  run_loops_inline();
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] {
      return stopping_ ||
             (!paused_ && !claiming_ && !all_claimed_ && claimed_ < taken_ + places_.size());
    });
    if (stopping_) return;
    const std::size_t batch = claimed_++;
    ++busy_;
    Place made;
    fill(made, lock);
    places_[batch % places_.size()] = std::move(made);
    --busy_;
    changed_.notify_all();
  }
}

// Holds `lock` when called and when it returns, but not while it works.
void BatchPipeline::Threads::fill(Place& place, std::unique_lock<std::mutex>& lock) {
  place.ready = true;
  Work work;
  claiming_ = true;
  lock.unlock();
  try {
    work = claim_();
  } catch (...) {
    place.error = std::current_exception();
  }
  lock.lock();
  claiming_ = false;
  place.at_end = !work;
  all_claimed_ = !work;
  changed_.notify_all();
  if (!work) return;
  lock.unlock();
  try {
    work(place.batch);
  } catch (...) {
    place.error = std::current_exception();
  }
  work = nullptr;
  lock.lock();
}

BatchPipeline::BatchPipeline(Claim claim, const PipelineOptions& options)
    : claim_(std::move(claim)) {
  if (options.threads > 0 && threads_.emplace(claim_, options).there_are_none()) threads_.reset();
}

BatchPipeline::~BatchPipeline() = default;

BatchPipeline::Threads* BatchPipeline::threads() const {
  check(!threads_.is_of_parent(),
        "the batches of this iterator are made by threads of the parent process, which a forked "
        "one does not have; make an iterator in each process");
  return threads_.get();
}

bool BatchPipeline::next(DataBatch& batch) {
  // What it held goes back to the pool first, so that a batch to come gets the same memory.
  batch.clear();
  if (at_end_) return false;
  try {
    Threads* threads = this->threads();
    at_end_ = !(threads != nullptr ? threads->next(batch) : make(batch));
  } catch (...) {
    at_end_ = true;
    throw;
  }
  return !at_end_;
}

bool BatchPipeline::make(DataBatch& batch) {
  const Work work = claim_();
  if (work) work(batch);
  return work != nullptr;
}

void BatchPipeline::restart(FunctionRef<void()> rewind) {
  at_end_ = true;
  Threads* threads = this->threads();
  threads != nullptr ? threads->restart(rewind) : rewind();
  at_end_ = false;
}

}  // namespace gluino::io
