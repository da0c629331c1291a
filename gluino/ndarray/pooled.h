#pragma once

#include <gluino/ndarray/block_pool.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

/// Standard objects in memory of the arrays' pool, for what every step of training makes anew: once
/// the first steps are done the heap is asked for nothing.
namespace gluino {

template <class T>
struct PoolAllocator {
  using value_type = T;

  PoolAllocator() = default;
  template <class U>
  PoolAllocator(const PoolAllocator<U>& /*other*/) {}  // NOLINT(google-explicit-constructor)

  T* allocate(std::size_t n) {
    void* block = block_pool::take(capacity_of(n));
    if (block == nullptr) throw std::bad_alloc();
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t n) noexcept {
    block_pool::give_back(block, capacity_of(n));
  }

  template <class U>
  bool operator==(const PoolAllocator<U>& /*other*/) const {
    return true;
  }

 private:
  static_assert(alignof(T) <= block_pool::kAlignment);
  // The header of a block serves, too.
  static std::size_t capacity_of(std::size_t n) {
    const std::size_t bytes = n * sizeof(T);  // NOLINT(bugprone-sizeof-expression): any T
    return block_pool::capacity_for(bytes < block_pool::kHeader ? 0 : bytes - block_pool::kHeader);
  }
};

template <class T>
using PooledVector = std::vector<T, PoolAllocator<T>>;
template <class Key, class T>
using PooledMap = std::unordered_map<Key, T, std::hash<Key>, std::equal_to<Key>,
                                     PoolAllocator<std::pair<const Key, T>>>;
template <class Key>
using PooledSet = std::unordered_set<Key, std::hash<Key>, std::equal_to<Key>, PoolAllocator<Key>>;

/// std::make_shared, with the object and its counters in one block of the pool.
template <class T, class... Args>
std::shared_ptr<T> make_pooled(Args&&... args) {
  return std::allocate_shared<T>(PoolAllocator<std::remove_const_t<T>>(),
                                 std::forward<Args>(args)...);
}

}  // namespace gluino
