#include <gluino/base/error.h>
#include <gluino/ndarray/storage.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <mutex>
#include <vector>

namespace gluino {
namespace {

constexpr std::size_t kAlignment = 64;
// Freed blocks beyond this much go back to the system.
constexpr std::size_t kMaxCached = std::size_t{192} << 20;

// Sizes are rounded up to four steps per power of two: at most a fifth is wasted, and arrays of
// nearly the same size share blocks.
std::size_t size_class(std::size_t bytes) {
  if (bytes <= 4 * kAlignment) return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  const std::size_t step = std::bit_floor(bytes - 1) / 4;
  return (bytes + step - 1) / step * step;
}

class Pool {
 public:
  static Pool& instance() {
    // Never destroyed: arrays with static lifetime give their blocks back while the program ends.
    static Pool* pool = new Pool;
    return *pool;
  }

  void* take(std::size_t capacity) {
    {
      const std::lock_guard lock(mutex_);
      statistics_.in_use += capacity;
      const auto found = free_.find(capacity);
      if (found != free_.end() && !found->second.empty()) {
        void* block = found->second.back();
        found->second.pop_back();
        statistics_.cached -= capacity;
        return block;
      }
      ++statistics_.system_allocations;
    }
    void* block = std::aligned_alloc(kAlignment, capacity);
    if (block == nullptr) {
      const std::lock_guard lock(mutex_);
      statistics_.in_use -= capacity;
    }
    return block;
  }

  void give_back(void* block, std::size_t capacity) {
    {
      const std::lock_guard lock(mutex_);
      statistics_.in_use -= capacity;
      if (statistics_.cached + capacity <= kMaxCached) {
        free_[capacity].push_back(block);
        statistics_.cached += capacity;
        return;
      }
    }
    std::free(block);
  }

  PoolStatistics statistics() {
    const std::lock_guard lock(mutex_);
    return statistics_;
  }

 private:
  std::mutex mutex_;
  std::map<std::size_t, std::vector<void*>> free_;
  PoolStatistics statistics_;
};

}  // namespace

std::shared_ptr<Storage> Storage::allocate(std::size_t bytes, const Context& context) {
  check_available(context);
  check(bytes < (std::size_t{1} << 62), "cannot allocate ", bytes, " bytes");
  const std::size_t capacity = size_class(std::max<std::size_t>(bytes, 1));
  void* data = Pool::instance().take(capacity);
  check(data != nullptr, "out of memory: cannot allocate ", bytes, " bytes on ", context);
  return std::make_shared<Storage>(data, capacity, context);
}

Storage::~Storage() { Pool::instance().give_back(data_, capacity_); }

PoolStatistics pool_statistics() { return Pool::instance().statistics(); }

}  // namespace gluino
