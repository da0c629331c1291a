#include <gluino/base/parallel.h>
#include <gluino/io/batch_pipeline.h>

#include <algorithm>
#include <utility>

namespace gluino::io {

BatchPipeline::BatchPipeline(Claim claim, const PipelineOptions& options)
    : claim_(std::move(claim)), places_(static_cast<std::size_t>(std::max(1, options.ahead))) {
  try {
    for (int i = 0; i < options.threads; ++i) threads_.emplace_back([this] { run(); });
  } catch (const std::exception&) {
    // The system grants no more threads: those that run will do, or else the consumer alone.
  }
}

BatchPipeline::~BatchPipeline() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool BatchPipeline::next(DataBatch& batch) {
  // What it held goes back to the pool first, so that a batch to come gets the same memory.
  batch.clear();
  if (at_end_) return false;
  try {
    if (threads_.empty()) {
      at_end_ = !make(batch);
    } else {
      Place place = take();
      if (place.error) std::rethrow_exception(place.error);
      at_end_ = place.at_end;
      batch = std::move(place.batch);
    }
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

BatchPipeline::Place BatchPipeline::take() {
  std::unique_lock lock(mutex_);
  Place& place = places_[taken_ % places_.size()];
  changed_.wait(lock, [&] { return place.ready; });
  ++taken_;
  changed_.notify_all();
  return std::exchange(place, {});
}

void BatchPipeline::restart(FunctionRef<void()> rewind) {
  at_end_ = true;
  {
    std::unique_lock lock(mutex_);
    paused_ = true;
    changed_.wait(lock, [&] { return busy_ == 0; });
    std::fill(places_.begin(), places_.end(), Place());
    claimed_ = taken_ = 0;
    all_claimed_ = false;
  }
  rewind();
  at_end_ = false;
  {
    const std::lock_guard lock(mutex_);
    paused_ = false;
  }
  changed_.notify_all();
}

void BatchPipeline::run() {
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
void BatchPipeline::fill(Place& place, std::unique_lock<std::mutex>& lock) {
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

}  // namespace gluino::io
