#pragma once

#include <gluino/base/function_ref.h>
#include <gluino/base/parallel.h>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace gluino::io {

struct PreparedOptions {
  /// Threads that make items.
  int threads = 1;
  /// Items that may be made, or being made, ahead of the one asked for next; at least 1.
  std::size_t ahead = 1;
};

/// Items, such as batches, that threads of its own make ahead of their use and leave in a ring of
/// places, from which one consumer takes them in order. `claim`, which one thread at a time calls,
/// in the order of the items, takes what an item needs from where it comes from, and returns the
/// work that is left, or null at the end. Several threads do that work side by side. The destructor
/// stops the threads and waits for them.
template <class T>
class Prepared {
 public:
  using Work = std::function<void(T&)>;
  using Claim = std::function<Work()>;

  Prepared(Claim claim, const PreparedOptions& options)
      : claim_(std::move(claim)), places_(std::max<std::size_t>(1, options.ahead)) {
    try {
      for (int i = 0; i < options.threads; ++i) threads_.emplace_back([this] { run(); });
    } catch (const std::exception&) {
      // The system grants no more threads: those that run will do, or else the consumer alone.
    }
  }
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  ~Prepared() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  /// True when the system granted no thread at all: nothing will be made then.
  bool has_no_threads() const { return threads_.empty(); }

  /// The next item, in order; false at the end. Throws what making it threw.
  bool next(T& item) {
    std::unique_lock lock(mutex_);
    Place& place = places_[taken_ % places_.size()];
    made_.wait(lock, [&] { return place.ready; });
    ++taken_;
    room_.notify_one();
    Place taken = std::exchange(place, {});
    lock.unlock();
    if (taken.error) std::rethrow_exception(taken.error);
    item = std::move(taken.item);
    return !taken.at_end;
  }

  /// Drops what was made and begins anew: calls `rewind` while no thread works.
  void restart(FunctionRef<void()> rewind) {
    {
      std::unique_lock lock(mutex_);
      paused_ = true;
      made_.wait(lock, [&] { return busy_ == 0; });
      std::fill(places_.begin(), places_.end(), Place());
      claimed_ = taken_ = 0;
      all_claimed_ = false;
    }
    rewind();
    {
      const std::lock_guard lock(mutex_);
      paused_ = false;
    }
    room_.notify_all();
  }

 private:
  // What a thread leaves for the consumer.
  struct Place {
    bool ready = false;
    bool at_end = false;
    T item{};
    std::exception_ptr error;
  };

  void run() {
    // The computing threads are for the consumer's operators.
    run_loops_inline();
    std::unique_lock lock(mutex_);
    for (;;) {
      room_.wait(lock, [&] {
        return stopping_ ||
               (!paused_ && !claiming_ && !all_claimed_ && claimed_ < taken_ + places_.size());
      });
      if (stopping_) return;
      const std::size_t number = claimed_++;
      ++busy_;
      Place made;
      fill(made, lock);
      places_[number % places_.size()] = std::move(made);
      --busy_;
      made_.notify_one();
    }
  }

  // Holds `lock` when called and when it returns, but not while it works.
  void fill(Place& place, std::unique_lock<std::mutex>& lock) {
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
    room_.notify_one();
    if (!work) return;
    lock.unlock();
    try {
      work(place.item);
    } catch (...) {
      place.error = std::current_exception();
    }
    work = nullptr;
    lock.lock();
  }

  const Claim claim_;
  std::mutex mutex_;
  std::condition_variable made_;  // what the consumer waits for: an item, or that no thread works
  std::condition_variable room_;  // what the threads wait for
  // The rest but the threads is guarded by mutex_.
  std::vector<Place> places_;
  std::size_t claimed_ = 0;  // items that threads have begun
  std::size_t taken_ = 0;    // items that the consumer has
  int busy_ = 0;             // threads that make an item
  bool claiming_ = false;
  bool all_claimed_ = false;
  bool paused_ = false;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace gluino::io
