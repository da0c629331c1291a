#pragma once

#include <cstddef>

namespace gluino::testing {

/// Whether this program can count; sanitizers bring an allocator of their own.
bool can_count_heap_allocations();

/// Counts the calls of malloc and its relatives, and so of operator new, on all threads while it
/// lives. One at a time.
class HeapCounter {
 public:
  HeapCounter();
  ~HeapCounter();
  HeapCounter(const HeapCounter&) = delete;
  HeapCounter& operator=(const HeapCounter&) = delete;
  std::size_t count() const;
};

}  // namespace gluino::testing
