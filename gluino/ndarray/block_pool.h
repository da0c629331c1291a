#pragma once

#include <gluino/base/export.h>

#include <cstddef>
#include <new>

namespace gluino {

struct PoolStatistics;

/// Memory for arrays, kept when it is given back, so that a loop that needs the same sizes again
/// and again asks the operating system for nothing. Small blocks wait with the thread that gave
/// them back, where taking one needs no lock; the others, and what is too much for a thread, wait
/// in one place for all.
namespace block_pool {

/// Blocks begin at multiples of this, and sizes are rounded up to them.
inline constexpr std::size_t kAlignment = 64;
/// Bytes that every block has beyond its capacity.
inline constexpr std::size_t kHeader = 64;

/// The capacity of the blocks that serve `bytes`: at most a fifth more, so that arrays of nearly
/// the same size share blocks.
GLUINO_API std::size_t capacity_for(std::size_t bytes);

/// A block of kHeader + `capacity` bytes, where `capacity` comes from capacity_for; null when there
/// is no memory.
GLUINO_API void* take(std::size_t capacity);
/// Gives back what take(capacity) gave, from any thread.
GLUINO_API void give_back(void* block, std::size_t capacity) noexcept;

/// Where the address sanitizer watches, it reports whoever touches the block, until it is given
/// back, beyond the header and `bytes` more. Elsewhere this does nothing.
void guard(void* block, std::size_t bytes, std::size_t capacity);

PoolStatistics statistics();

/// For std::allocate_shared: the object and its counters lie at the start of a block, in the header
/// as far as they fit, so that the object and the memory it manages are one block.
template <class T>
struct Allocator {
  using value_type = T;

  /// `capacity` comes from capacity_for.
  explicit Allocator(std::size_t block_capacity) : capacity(block_capacity) {}
  template <class U>
  Allocator(const Allocator<U>& other)  // NOLINT(google-explicit-constructor): the standard's form
      : capacity(other.capacity) {}

  T* allocate(std::size_t n) {
    void* block = n * sizeof(T) <= kHeader + capacity ? take(capacity) : nullptr;
    if (block == nullptr) throw std::bad_alloc();
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t) noexcept { give_back(block, capacity); }

  template <class U>
  bool operator==(const Allocator<U>& other) const {
    return capacity == other.capacity;
  }

  std::size_t capacity;
};

}  // namespace block_pool
}  // namespace gluino
