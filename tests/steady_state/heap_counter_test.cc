#include "steady_state/heap_counter.h"

#include <execinfo.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <vector>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define GLUINO_COUNTS_HEAP 0
#else
#define GLUINO_COUNTS_HEAP 1
#endif

namespace {

std::atomic<bool> counting = false;
std::atomic<std::size_t> allocations = 0;

#if GLUINO_COUNTS_HEAP
// GLUINO_TRACE_HEAP=1 in the environment: who allocates, on standard error, for addr2line.
const bool tracing = std::getenv("GLUINO_TRACE_HEAP") != nullptr;
thread_local bool inside = false;

void note() {
  if (!counting.load(std::memory_order_relaxed)) return;
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (!tracing || inside) return;
  inside = true;
  void* frames[12];
  ::backtrace_symbols_fd(frames, ::backtrace(frames, 12), STDERR_FILENO);
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, "--\n", 3);
  inside = false;
}
#endif

}  // namespace

#if GLUINO_COUNTS_HEAP
// What the program defines goes before the C library's; that one's own names remain.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  note();
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  note();
  return __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) {
  note();
  return __libc_realloc(block, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  note();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  note();
  *block = __libc_memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}
}
#endif

namespace gluino::testing {

bool can_count_heap_allocations() { return GLUINO_COUNTS_HEAP != 0; }

HeapCounter::HeapCounter() {
  allocations = 0;
  counting = true;
}
HeapCounter::~HeapCounter() { counting = false; }
std::size_t HeapCounter::count() const { return allocations; }

namespace {

// A counter that counts nothing would make every test of this program pass.
TEST(HeapCounter, CountsNewAndMalloc) {
  if (!can_count_heap_allocations()) GTEST_SKIP() << "a sanitizer allocates here";
  std::size_t counted = 0;
  std::vector<int> numbers;
  std::unique_ptr<void, decltype(&std::free)> block(nullptr, std::free);
  {
    const HeapCounter counter;
    numbers.resize(1000);
    block.reset(std::malloc(numbers.size()));
    counted = counter.count();
  }
  EXPECT_EQ(counted, 2u);
  numbers.resize(10000);
  const HeapCounter counter;
  EXPECT_EQ(counter.count(), 0u);
}

}  // namespace
}  // namespace gluino::testing
