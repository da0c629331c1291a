#include <gluino/base/memory.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__)
#define GLUINO_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GLUINO_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef GLUINO_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace gluino {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

void* allocate_memory(std::size_t bytes) {
  if (bytes > static_cast<std::size_t>(-1) / 2) return nullptr;
  // The last huge page is taken where no more than a quarter of it is lost.
  const std::size_t huge = (bytes + kHugePage / 4) / kHugePage * kHugePage;
  void* memory = nullptr;
  if (::posix_memalign(&memory, huge > 0 ? kHugePage : kAlignment, std::max(bytes, huge)) != 0) {
    return nullptr;
  }
#ifdef MADV_HUGEPAGE
  // A wish: without them all is as it was.
  if (huge > 0) static_cast<void>(::madvise(memory, huge, MADV_HUGEPAGE));
#endif
  return memory;
}

void forbid_memory([[maybe_unused]] const void* begin, [[maybe_unused]] std::size_t bytes) {
#ifdef GLUINO_ADDRESS_SANITIZER
  ASAN_POISON_MEMORY_REGION(begin, bytes);
#endif
}

void permit_memory([[maybe_unused]] const void* begin, [[maybe_unused]] std::size_t bytes) {
#ifdef GLUINO_ADDRESS_SANITIZER
  ASAN_UNPOISON_MEMORY_REGION(begin, bytes);
#endif
}

}  // namespace gluino
