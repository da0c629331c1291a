#pragma once

#include <gluino/base/export.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>
#include <utility>

/// What fork() needs while several threads run: a child has the memory of all of them, but only the
/// thread that forked.
namespace gluino {

/// How many forks lie between the process that loaded the library and this one.
GLUINO_API std::uint64_t fork_count();

/// A mutex that a child always finds free, and what it guards whole: fork() waits until no other
/// thread holds one of them. For what is locked for moments; user code must not run under it.
class GLUINO_API ForkMutex {
 public:
  ForkMutex();
  ForkMutex(const ForkMutex&) = delete;
  ForkMutex& operator=(const ForkMutex&) = delete;
  ~ForkMutex();

  void lock() {
    if (forks_waiting_.load(std::memory_order_relaxed) > 0) [[unlikely]] {
      let_forks_go_first();
    }
    mutex_.lock();
    owner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  }
  bool try_lock() {
    if (!mutex_.try_lock()) return false;
    owner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    return true;
  }
  void unlock() {
    owner_.store({}, std::memory_order_relaxed);
    mutex_.unlock();
  }

 private:
  friend class ForkMutexes;
  static std::atomic<int> forks_waiting_;
  static void let_forks_go_first();

  std::mutex mutex_;
  std::atomic<std::thread::id> owner_;
  bool held_for_fork_ = false;
  // All that there are stand in a list.
  ForkMutex* before_ = nullptr;
  ForkMutex* after_ = nullptr;
};

/// An object that serves only the process that made it, such as threads and what they wait for. A
/// child can neither use nor destroy its copy, and so forgets it.
template <class T>
class OfThisProcess {
 public:
  OfThisProcess() = default;
  OfThisProcess(const OfThisProcess&) = delete;
  OfThisProcess& operator=(const OfThisProcess&) = delete;
  ~OfThisProcess() { reset(); }

  template <class... Args>
  T& emplace(Args&&... args) {
    reset();
    object_ = new T(std::forward<Args>(args)...);
    made_in_ = fork_count();
    return *object_;
  }
  void reset() {
    delete get();
    object_ = nullptr;
  }

  /// Null if there is none, or it belongs to the parent.
  T* get() const { return made_in_ == fork_count() ? object_ : nullptr; }
  /// True if there is one, but it belongs to the parent.
  bool is_of_parent() const { return object_ != nullptr && made_in_ != fork_count(); }

 private:
  T* object_ = nullptr;
  std::uint64_t made_in_ = 0;
};

}  // namespace gluino
