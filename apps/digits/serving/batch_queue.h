#pragma once

#include <gluino/base/fork.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace digits::serving {

struct BatchQueueOptions {
  /// More are refused.
  std::size_t capacity = 1024;
  /// How many are given out together at most.
  std::size_t batch = 64;
  /// How long the first of a batch waits for others.
  std::chrono::microseconds max_wait{1000};
};

/// Items that come one by one and are taken together. A batch is given out when there are as many
/// as there were last time, as it is when as many clients ask again and again; when the first has
/// waited for max_wait; or when the batch is full. So somebody alone never waits for others.
template <class T>
class BatchQueue {
 public:
  using Clock = std::chrono::steady_clock;

  explicit BatchQueue(const BatchQueueOptions& options) : options_(options) {}

  /// False, and the item stays, when the queue is full or closed.
  bool push(T& item) {
    bool completes = false;
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || waiting_.size() >= options_.capacity) return false;
      waiting_.emplace_back(Clock::now(), std::move(item));
      // One that waits for more is not disturbed for each.
      completes = waiting_.size() == 1 || waiting_.size() >= expected_;
    }
    if (completes) arrived_.notify_one();
    return true;
  }

  /// Waits for a batch; empty once the queue is closed and all were taken.
  std::vector<T> take() {
    std::unique_lock lock(mutex_);
    for (;;) {
      arrived_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
      if (waiting_.empty()) return {};
      const auto until = waiting_.front().first + options_.max_wait;
      const bool all = arrived_.wait_until(
          lock, until, [&] { return closed_ || waiting_.empty() || waiting_.size() >= expected_; });
      // Another thread may have taken them meanwhile.
      if (!waiting_.empty() && (all || Clock::now() >= until)) break;
    }
    std::vector<T> batch;
    const std::size_t count = std::min(waiting_.size(), options_.batch);
    batch.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      batch.push_back(std::move(waiting_.front().second));
      waiting_.pop_front();
    }
    expected_ = count;
    const bool are_more = !waiting_.empty();
    lock.unlock();
    if (are_more) arrived_.notify_one();
    return batch;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    arrived_.notify_all();
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

 private:
  BatchQueueOptions options_;
  mutable gluino::ForkMutex mutex_;
  std::condition_variable_any arrived_;
  std::deque<std::pair<Clock::time_point, T>> waiting_;
  std::size_t expected_ = 1;
  bool closed_ = false;
};

}  // namespace digits::serving
