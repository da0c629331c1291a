#pragma once

#include <gluino/base/context.h>
#include <gluino/base/export.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace gluino {

/// A block of memory that arrays share, aligned to 64 bytes. Blocks come from a pool and go back to
/// it, so that a training loop that makes the same arrays again and again allocates nothing.
class GLUINO_API Storage {
 public:
  /// At least `bytes` uninitialised bytes at `context`. Throws Error when there is no such memory.
  static std::shared_ptr<Storage> allocate(std::size_t bytes, const Context& context);

  /// Memory of someone else's, aligned as its elements are; `release` is called when no array
  /// stands in it any more.
  static std::shared_ptr<Storage> adopt(void* data, const Context& context,
                                        std::function<void()> release);

  /// No memory: for an array of which nothing but its form is known.
  static std::shared_ptr<Storage> none(const Context& context);

  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  std::byte* data() const { return data_; }
  const Context& context() const { return context_; }

  /// How often elements were changed in place: who wants to read them again later compares.
  std::uint32_t version() const { return version_.load(std::memory_order_relaxed); }
  /// Every change in place says so. Of two at once one may be lost, but not both.
  void note_change() {
    version_.store(version_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  /// Only the functions above make a Storage: on the processor it lies in front of the memory that
  /// it manages.
  struct InBlockHeader;
  Storage(InBlockHeader, const Context& context);
  struct OnDevice;
  Storage(OnDevice, void* data, const Context& context);

 private:
  std::byte* data_;
  Context context_;
  std::atomic<std::uint32_t> version_ = 0;
};

/// What the pool holds, in bytes; the arrays' descriptions are part of it.
struct PoolStatistics {
  std::size_t in_use = 0;
  std::size_t cached = 0;
  /// Blocks ever asked of the operating system.
  std::size_t system_allocations = 0;
};

GLUINO_API PoolStatistics pool_statistics();

}  // namespace gluino
