#pragma once

#include <gluino/base/context.h>
#include <gluino/base/export.h>

#include <cstddef>
#include <memory>

namespace gluino {

/// A block of memory that arrays share, aligned to 64 bytes. Blocks come from a pool and go back to
/// it, so that a training loop that makes the same arrays again and again allocates nothing.
class GLUINO_API Storage {
 public:
  /// At least `bytes` uninitialised bytes at `context`. Throws Error when there is no such memory.
  static std::shared_ptr<Storage> allocate(std::size_t bytes, const Context& context);

  /// Memory that belongs to somebody else, who must keep it for as long as arrays stand on it.
  static std::shared_ptr<Storage> borrow(void* data, const Context& context);

  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  std::byte* data() const { return data_; }
  const Context& context() const { return context_; }

  /// Only allocate() and borrow() make a Storage: most lie in front of the memory that they manage.
  struct InBlockHeader;
  Storage(InBlockHeader, const Context& context);
  struct Borrowed;
  Storage(Borrowed, void* data, const Context& context);

 private:
  std::byte* data_;
  Context context_;
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
