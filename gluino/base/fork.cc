#include <gluino/base/fork.h>
#include <pthread.h>

#include <chrono>

namespace gluino {

// All that there are. The list is never destroyed: static objects leave it at the program's end.
class ForkMutexes {
 public:
  static void add(ForkMutex* mutex) {
    const std::lock_guard lock(list_);
    mutex->after_ = first_;
    if (first_ != nullptr) first_->before_ = mutex;
    first_ = mutex;
  }

  static void remove(ForkMutex* mutex) {
    const std::lock_guard lock(list_);
    if (mutex->after_ != nullptr) mutex->after_->before_ = mutex->before_;
    (mutex->before_ != nullptr ? mutex->before_->after_ : first_) = mutex->after_;
  }

  // Before a fork. Others lock them in orders of their own, so nothing is held while this waits.
  static void hold_all() {
    ForkMutex::forks_waiting_.fetch_add(1);
    for (list_.lock(); !try_hold_all(); list_.lock()) {
      list_.unlock();
      std::this_thread::yield();
    }
    ForkMutex::forks_waiting_.fetch_sub(1);
  }

  // After it, in both processes.
  static void release_all() {
    release();
    list_.unlock();
  }

  // Others who were about to fork are not in the child.
  static void begin_child() {
    ForkMutex::forks_waiting_.store(0);
    release_all();
  }

 private:
  static bool try_hold_all() {
    const auto self = std::this_thread::get_id();
    for (ForkMutex* each = first_; each != nullptr; each = each->after_) {
      // What the forking thread holds itself it will also unlock, in both processes.
      if (each->owner_.load(std::memory_order_relaxed) == self) continue;
      if (!each->mutex_.try_lock()) {
        release();
        return false;
      }
      each->held_for_fork_ = true;
    }
    return true;
  }

  static void release() {
    for (ForkMutex* each = first_; each != nullptr; each = each->after_) {
      if (std::exchange(each->held_for_fork_, false)) each->mutex_.unlock();
    }
  }

  static constinit std::mutex list_;
  static constinit ForkMutex* first_;
};

constinit std::mutex ForkMutexes::list_;
constinit ForkMutex* ForkMutexes::first_ = nullptr;

namespace {

constinit std::atomic<std::uint64_t> forks = 0;

void begin_child() {
  forks.fetch_add(1, std::memory_order_relaxed);
  ForkMutexes::begin_child();
}

[[maybe_unused]] const int registered =
    ::pthread_atfork(ForkMutexes::hold_all, ForkMutexes::release_all, begin_child);

}  // namespace

std::uint64_t fork_count() { return forks.load(std::memory_order_relaxed); }

constinit std::atomic<int> ForkMutex::forks_waiting_ = 0;

// Not for long: a thread that holds another mutex keeps the fork waiting.
void ForkMutex::let_forks_go_first() {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
  while (forks_waiting_.load() > 0 && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::yield();
  }
}

ForkMutex::ForkMutex() { ForkMutexes::add(this); }
ForkMutex::~ForkMutex() { ForkMutexes::remove(this); }

}  // namespace gluino
