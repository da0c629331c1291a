#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace gluino {
namespace {

constexpr int kMaxThreads = 1024;
// How long a worker watches for the next loop. To wake it would cost the caller 20 to 50 us on a
// virtual machine: as much as a small operator. For about 100 us, longer than most operators, it
// does nothing else; then, for 2 ms, longer than the gap between two loops of a small network's
// training, it lets others run whenever they want to.
constexpr int kSpins = 4500;
constexpr int kYields = 8000;

void pause_cpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

int default_threads() {
  if (const char* text = std::getenv("GLUINO_NUM_THREADS")) {
    int threads = 0;
    const char* end = text + std::strlen(text);
    const auto result = std::from_chars(text, end, threads);
    check(result.ec == std::errc() && result.ptr == end && threads >= 1 && threads <= kMaxThreads,
          "GLUINO_NUM_THREADS: expected a number from 1 to ", kMaxThreads, ", got \"", text, "\"");
    return threads;
  }
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// One loop that is being run. It is cut into as many shares as there are threads, and a share into
// ranges. Each thread claims the ranges of its own share, the same one for loops of the same size,
// so that it finds in its caches what it wrote there before; then what is left of the others'.
class Job {
 public:
  std::exception_ptr error;

  void open(std::int64_t n, std::int64_t step, int threads,
            FunctionRef<void(std::int64_t, std::int64_t)>& body) {
    body_ = &body;
    step_ = step;
    error = nullptr;
    failed_.store(false, std::memory_order_relaxed);
    const std::int64_t ranges = (n + step - 1) / step;
    for (int i = 0; i < threads; ++i) {
      Share& share = shares_[static_cast<std::size_t>(i)];
      share.next.store(ranges * i / threads * step, std::memory_order_relaxed);
      share.end = std::min(n, ranges * (i + 1) / threads * step);
    }
  }

  void resize(int threads) { shares_ = std::vector<Share>(static_cast<std::size_t>(threads)); }

  void work(std::size_t thread) {
    for (std::size_t i = 0; i < shares_.size(); ++i) {
      work_on(shares_[(thread + i) % shares_.size()]);
    }
  }

 private:
  struct alignas(64) Share {
    std::atomic<std::int64_t> next = 0;
    std::int64_t end = 0;
  };

  void work_on(Share& share) {
    while (!failed_.load(std::memory_order_relaxed)) {
      const std::int64_t begin = share.next.fetch_add(step_, std::memory_order_relaxed);
      if (begin >= share.end) return;
      try {
        (*body_)(begin, std::min(begin + step_, share.end));
      } catch (...) {
        if (!failed_.exchange(true)) error = std::current_exception();
      }
    }
  }

  FunctionRef<void(std::int64_t, std::int64_t)>* body_ = nullptr;
  std::int64_t step_ = 0;
  std::vector<Share> shares_;
  std::atomic<bool> failed_ = false;
};

thread_local bool inside_body = false;

// Workers that help with a job while it is open. A caller never waits for a worker that has not
// begun, so that a sleeping or preempted worker costs nothing.
class Pool {
 public:
  // Never destroyed: arrays with static lifetime may still compute while the program ends.
  static Pool& instance() {
    Pool* pool = current_.load(std::memory_order_acquire);
    return pool != nullptr ? *pool : make_instance();
  }

  // In a child process, which has none of the workers: the next who asks gets another pool. The old
  // one, in whatever state, is forgotten; whoever is inside of it finds it stopping.
  static void begin_child() {
    Pool* old = current_.exchange(nullptr);
    if (old == nullptr) return;
    old->stopping_.store(true);
    inherited_threads_ = old->asked_.load();
  }

  int threads() {
    int threads = threads_.load(std::memory_order_relaxed);
    if (threads == 0) {
      const std::lock_guard lock(running_);
      if (threads_.load() == 0) {
        resize(inherited_threads_ > 0 ? inherited_threads_ : default_threads());
      }
      threads = threads_.load();
    }
    return threads;
  }

  void set_threads(int threads) {
    const std::lock_guard lock(running_);
    resize(threads);
  }

  // False when another thread holds the workers.
  bool run(std::int64_t n, std::int64_t step, FunctionRef<void(std::int64_t, std::int64_t)>& body) {
    const std::unique_lock lock(running_, std::try_to_lock);
    if (!lock.owns_lock()) return false;
    job_.open(n, step, threads_.load(std::memory_order_relaxed), body);
    open_.store(true);
    ticket_.fetch_add(1);
    if (sleepers_.load() > 0) ticket_.notify_all();
    job_.work(0);
    check(!stopping_.load(),
          "parallel_for: this process was forked inside of the loop, which only "
          "its parent can finish");
    open_.store(false);
    for (int spins = 0; inside_.load() != 0; ++spins) {
      if (spins < kSpins) {
        pause_cpu();
      } else {
        std::this_thread::yield();
      }
    }
    if (job_.error) std::rethrow_exception(job_.error);
    return true;
  }

 private:
  static Pool& make_instance() {
    auto* made = new Pool;
    Pool* other = nullptr;
    if (current_.compare_exchange_strong(other, made)) return *made;
    delete made;
    return *other;
  }

  void resize(int threads) {
    asked_.store(threads);
    stopping_.store(true);
    ticket_.fetch_add(1);
    ticket_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    threads_.store(1);
    stopping_.store(false);
    job_.resize(threads);
    start_workers(threads - 1);
    threads_.store(static_cast<int>(workers_.size()) + 1);
  }

  void start_workers(int count) {
    workers_.reserve(static_cast<std::size_t>(count));
    try {
      for (int i = 1; i <= count; ++i) {
        workers_.emplace_back([this, i, seen = ticket_.load()] { serve(i, seen); });
      }
    } catch (const std::system_error&) {
      // The system grants no more threads: those that run will do, for no result depends on it.
    }
  }

  void serve(int thread, std::uint32_t seen) {
    inside_body = true;  // a worker's own loops run on the worker alone
    while (!stopping_.load()) {
      await_change(seen);
      seen = ticket_.load();
      // The caller closes the job before it waits for `inside_` to fall to zero: either it sees
      // this worker inside, or this worker sees the job closed.
      inside_.fetch_add(1);
      if (open_.load()) job_.work(static_cast<std::size_t>(thread));
      inside_.fetch_sub(1);
    }
  }

  void await_change(std::uint32_t seen) {
    for (int spins = 0; spins < kSpins + kYields; ++spins) {
      if (ticket_.load(std::memory_order_relaxed) != seen) return;
      if (spins < kSpins) {
        pause_cpu();
      } else {
        std::this_thread::yield();
      }
    }
    sleepers_.fetch_add(1);
    ticket_.wait(seen);
    sleepers_.fetch_sub(1);
  }

  static constinit std::atomic<Pool*> current_;
  static constinit int inherited_threads_;

  std::mutex running_;
  std::vector<std::thread> workers_;
  std::atomic<int> asked_ = 0;
  std::atomic<int> threads_ = 0;  // that there are, the caller's included
  std::atomic<bool> stopping_ = false;
  Job job_;
  alignas(64) std::atomic<std::uint32_t> ticket_ = 0;
  alignas(64) std::atomic<bool> open_ = false;
  alignas(64) std::atomic<int> inside_ = 0;
  std::atomic<int> sleepers_ = 0;
};

constinit std::atomic<Pool*> Pool::current_ = nullptr;
constinit int Pool::inherited_threads_ = 0;

[[maybe_unused]] const int registered = ::pthread_atfork(nullptr, nullptr, Pool::begin_child);

}  // namespace

int num_threads() { return Pool::instance().threads(); }

void set_num_threads(int threads) {
  check(threads >= 0 && threads <= kMaxThreads, "set_num_threads: expected 0 to ", kMaxThreads,
        ", got ", threads);
  check(!inside_body, "set_num_threads: cannot be called from inside a parallel loop");
  Pool::instance().set_threads(threads == 0 ? default_threads() : threads);
}

void parallel_for(std::int64_t n, std::int64_t grain,
                  FunctionRef<void(std::int64_t, std::int64_t)> body) {
  if (n <= 0) return;
  grain = std::max<std::int64_t>(grain, 1);
  const int threads = n > grain && !inside_body ? num_threads() : 1;
  if (threads > 1) {
    // Some ranges per thread more than one, so that a thread that is held up does not hold up all.
    const std::int64_t grains = (n + grain - 1) / grain;
    const std::int64_t pieces = std::min<std::int64_t>(grains, std::int64_t{threads} * 4);
    const std::int64_t step = (grains + pieces - 1) / pieces * grain;
    inside_body = true;
    struct Leave {
      ~Leave() { inside_body = false; }
    } leave;
    if (Pool::instance().run(n, step, body)) return;
  }
  body(0, n);
}

void run_loops_inline() { inside_body = true; }

}  // namespace gluino
