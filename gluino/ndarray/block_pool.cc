#include <gluino/base/fork.h>
#include <gluino/base/memory.h>
#include <gluino/ndarray/block_pool.h>
#include <gluino/ndarray/storage.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <vector>

namespace gluino::block_pool {
namespace {

// Free blocks beyond this much go back to the system.
constexpr std::size_t kMaxCached = std::size_t{192} << 20;
// What threads keep for themselves: small blocks, and not many.
constexpr std::size_t kMaxSmall = std::size_t{64} << 10;
constexpr std::size_t kMaxCachedByThread = std::size_t{1} << 20;
// Four sizes up to 4 * kAlignment, then four for each doubling.
constexpr std::size_t kSmallClasses = 4 + 4 * 8;

// The place of a small capacity in the order of all capacities.
std::size_t class_of(std::size_t capacity) {
  if (capacity <= 4 * kAlignment) return capacity / kAlignment - 1;
  const std::size_t base = std::bit_floor(capacity - 1);
  const auto doublings = static_cast<std::size_t>(std::countr_zero(base / (4 * kAlignment)));
  return 3 + 4 * doublings + (capacity - base) / (base / 4);
}

// Free blocks in a list that runs through the blocks themselves.
class FreeList {
 public:
  bool empty() const { return first_ == nullptr; }
  void push(void* block) { first_ = new (block) Node{first_}; }
  void* pop() {
    Node* node = first_;
    first_ = node->next;
    return node;
  }

 private:
  struct Node {
    Node* next;
  };
  Node* first_ = nullptr;
};

// A counter that one thread writes and others may read.
class Counter {
 public:
  void add(std::int64_t amount) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  std::int64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

struct ThreadCache {
  std::array<FreeList, kSmallClasses> free;
  Counter in_use;  // below zero where a thread gives back what others took
  Counter cached;
};

class SharedPool {
 public:
  static SharedPool& instance() {
    // Never destroyed: arrays with static lifetime give their blocks back while the program ends.
    static SharedPool* pool = new SharedPool;
    return *pool;
  }

  // The caller counts it as in use.
  void* take(std::size_t capacity) {
    const std::lock_guard lock(mutex_);
    const auto found = free_.find(capacity);
    if (found != free_.end() && !found->second.blocks.empty()) {
      cached_ -= capacity;
      found->second.used = ++clock_;
      return found->second.blocks.pop();
    }
    ++system_allocations_;
    void* block = allocate_memory(kHeader + capacity);
    if (block == nullptr) {
      shrink(0);
      block = allocate_memory(kHeader + capacity);
    }
    // The list that will take it back is made now, so that giving back cannot fail.
    if (block != nullptr) free_.try_emplace(capacity);
    return block;
  }

  void give_back(void* block, std::size_t capacity) noexcept {
    const std::lock_guard lock(mutex_);
    keep(block, capacity);
  }

  void count_in_use(std::int64_t amount) {
    const std::lock_guard lock(mutex_);
    in_use_ += amount;
  }

  void enroll(ThreadCache* cache) {
    const std::lock_guard lock(mutex_);
    threads_.push_back(cache);
  }

  // Takes over all that a thread leaves behind.
  void dismiss(ThreadCache& cache) noexcept {
    const std::lock_guard lock(mutex_);
    std::erase(threads_, &cache);
    in_use_ += cache.in_use.get();
    for (auto& [capacity, list] : free_) {
      if (capacity > kMaxSmall) break;
      FreeList& blocks = cache.free[class_of(capacity)];
      while (!blocks.empty()) keep(blocks.pop(), capacity);
    }
  }

  // In a child process, where only the thread with the cache `own` goes on. What waited in other
  // threads' caches is lost: those threads may have been at work on them.
  void begin_child(const ThreadCache* own) noexcept {
    for (const ThreadCache* cache : threads_) {
      if (cache != own) in_use_ += cache->in_use.get();
    }
    std::erase_if(threads_, [own](const ThreadCache* cache) { return cache != own; });
  }

  PoolStatistics statistics() {
    const std::lock_guard lock(mutex_);
    std::int64_t in_use = in_use_;
    std::int64_t cached = static_cast<std::int64_t>(cached_);
    for (const ThreadCache* cache : threads_) {
      in_use += cache->in_use.get();
      cached += cache->cached.get();
    }
    return {static_cast<std::size_t>(std::max<std::int64_t>(in_use, 0)),
            static_cast<std::size_t>(std::max<std::int64_t>(cached, 0)), system_allocations_};
  }

 private:
  struct Class {
    FreeList blocks;
    std::uint64_t used = 0;  // when a block was last taken or given back
  };

  void keep(void* block, std::size_t capacity) noexcept {
    if (capacity > kMaxCached) {
      std::free(block);
      return;
    }
    shrink(kMaxCached - capacity);
    Class& kept = free_.find(capacity)->second;
    kept.blocks.push(block);
    kept.used = ++clock_;
    cached_ += capacity;
  }

  // Frees blocks, of the sizes that were not asked for longest first, until `limit` bytes remain.
  void shrink(std::size_t limit) noexcept {
    while (cached_ > limit) {
      auto oldest = free_.end();
      for (auto it = free_.begin(); it != free_.end(); ++it) {
        if (it->second.blocks.empty()) continue;
        if (oldest == free_.end() || it->second.used < oldest->second.used) oldest = it;
      }
      std::free(oldest->second.blocks.pop());
      cached_ -= oldest->first;
    }
  }

  ForkMutex mutex_;
  std::map<std::size_t, Class> free_;
  std::uint64_t clock_ = 0;
  std::size_t cached_ = 0;
  std::int64_t in_use_ = 0;
  std::size_t system_allocations_ = 0;
  std::vector<ThreadCache*> threads_;
};

// Null before the first use and after the end of the thread's own objects; then all goes to the
// shared pool. A plain pointer, so that reading it needs no check whether it was constructed.
thread_local ThreadCache* this_threads_cache = nullptr;
thread_local bool thread_has_ended = false;

struct CacheOwner {
  CacheOwner() {
    SharedPool::instance().enroll(&cache);
    this_threads_cache = &cache;
  }
  CacheOwner(const CacheOwner&) = delete;
  CacheOwner& operator=(const CacheOwner&) = delete;
  ~CacheOwner() {
    this_threads_cache = nullptr;
    thread_has_ended = true;
    SharedPool::instance().dismiss(cache);
  }
  ThreadCache cache;
};

// Made before there are threads, so that no fork can come in the middle.
[[maybe_unused]] const SharedPool& made_early = SharedPool::instance();
[[maybe_unused]] const int registered = ::pthread_atfork(
    nullptr, nullptr, [] { SharedPool::instance().begin_child(this_threads_cache); });

ThreadCache* cache_of_this_thread() {
  if (this_threads_cache == nullptr && !thread_has_ended) {
    static thread_local CacheOwner owner;
  }
  return this_threads_cache;
}

}  // namespace

std::size_t capacity_for(std::size_t bytes) {
  bytes = std::max<std::size_t>(bytes, 1);
  if (bytes <= 4 * kAlignment) return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  const std::size_t step = std::bit_floor(bytes - 1) / 4;
  return (bytes + step - 1) / step * step;
}

void* take(std::size_t capacity) {
  ThreadCache* cache = cache_of_this_thread();
  const auto amount = static_cast<std::int64_t>(capacity);
  if (cache != nullptr && capacity <= kMaxSmall) {
    FreeList& free = cache->free[class_of(capacity)];
    if (!free.empty()) {
      cache->in_use.add(amount);
      cache->cached.add(-amount);
      return free.pop();
    }
  }
  void* block = SharedPool::instance().take(capacity);
  if (block == nullptr) return nullptr;
  if (cache != nullptr) {
    cache->in_use.add(amount);
  } else {
    SharedPool::instance().count_in_use(amount);
  }
  return block;
}

void guard(void* block, std::size_t bytes, std::size_t capacity) {
  forbid_memory(static_cast<char*>(block) + kHeader + bytes, capacity - bytes);
}

void give_back(void* block, std::size_t capacity) noexcept {
  permit_memory(block, kHeader + capacity);
  ThreadCache* cache = this_threads_cache;
  const auto amount = static_cast<std::int64_t>(capacity);
  if (cache == nullptr) {
    SharedPool::instance().count_in_use(-amount);
    SharedPool::instance().give_back(block, capacity);
    return;
  }
  cache->in_use.add(-amount);
  if (capacity <= kMaxSmall &&
      cache->cached.get() + amount <= static_cast<std::int64_t>(kMaxCachedByThread)) {
    cache->free[class_of(capacity)].push(block);
    cache->cached.add(amount);
    return;
  }
  SharedPool::instance().give_back(block, capacity);
}

PoolStatistics statistics() { return SharedPool::instance().statistics(); }

}  // namespace gluino::block_pool
