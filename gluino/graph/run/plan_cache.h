#pragma once

#include <gluino/base/fork.h>
#include <gluino/graph/run/recently_used.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

/// Where compilations are kept; the room's own.
namespace gluino::graph {

/// The values used last, by what they were made for. A value is made once and outside of the lock:
/// threads that ask for the same one wait for it, all others go on. In the steady state it asks the
/// heap for nothing.
template <class Key, class Value>
class PlanCache {
 public:
  /// Keeps at most `capacity` values; the one unused for longest is dropped.
  explicit PlanCache(std::size_t capacity) : entries_(capacity) {}

  /// The value of the first key for which `fits` holds; null when there is none.
  template <class Fits>
  std::shared_ptr<Value> find(const Fits& fits) {
    std::unique_lock lock(mutex_);
    return found(lock, fits);
  }

  /// The same, or else what `make(key())` gives, as shared_ptr<Value>; the key must fit. When make
  /// throws nothing is kept, and those who waited try themselves. key() runs under the lock.
  template <class Fits, class MakeKey, class Make>
  std::shared_ptr<Value> get(const Fits& fits, const MakeKey& key, const Make& make) {
    std::unique_lock lock(mutex_);
    if (auto value = found(lock, fits)) return value;
    const auto entry = std::make_shared<Entry>(key());
    auto dropped = entries_.add(entry);
    lock.unlock();
    dropped.clear();
    try {
      auto value = make(entry->key);
      lock.lock();
      entry->value = value;
      made().notify_all();
      return value;
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      entry->failed = true;
      entries_.remove([&](const auto& each) { return each == entry; });
      made().notify_all();
      throw;
    }
  }

  /// Forgets all; what is being made is given to those who wait for it, and not kept.
  void clear() {
    typename Entries::Dropped dropped;  // destroyed after the lock: values may hold users' objects
    const std::lock_guard lock(mutex_);
    dropped = entries_.remove_all();
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  struct Entry {
    explicit Entry(Key made_for) : key(std::move(made_for)) {}
    const Key key;
    const std::thread::id maker = std::this_thread::get_id();
    const std::uint64_t process = fork_count();
    std::shared_ptr<Value> value;
    bool failed = false;
  };
  using Entries = RecentlyUsed<std::shared_ptr<Entry>>;

  template <class Fits>
  std::shared_ptr<Value> found(std::unique_lock<ForkMutex>& lock, const Fits& fits) {
    for (;;) {
      const auto* place = entries_.find([&](const auto& each) { return fits(each->key); });
      if (place == nullptr) return nullptr;
      const std::shared_ptr<Entry> entry = *place;
      if (entry->value != nullptr) return entry->value;
      // The thread that was making it stayed with the parent.
      if (entry->process != fork_count()) {
        entries_.remove([&](const auto& each) { return each == entry; });
        continue;
      }
      // Made further up on this thread, by something that now needs it itself.
      if (entry->maker == std::this_thread::get_id()) return nullptr;
      made().wait(lock, [&] { return entry->value != nullptr || entry->failed; });
      if (entry->value != nullptr) return entry->value;
    }
  }

  std::condition_variable_any& made() {
    return made_.get() == nullptr ? made_.emplace() : *made_.get();
  }

  mutable ForkMutex mutex_;
  OfThisProcess<std::condition_variable_any> made_;
  Entries entries_;
};

}  // namespace gluino::graph
