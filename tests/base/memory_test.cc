#include <gluino/base/memory.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace gluino {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

std::uintptr_t address(const void* memory) { return reinterpret_cast<std::uintptr_t>(memory); }

TEST(Memory, LargeOnesBeginWithAHugePage) {
  for (const std::size_t bytes : {3 * kMiB / 2, 2 * kMiB + 64, 9 * kMiB}) {
    void* memory = allocate_memory(bytes);
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(address(memory) % (2 * kMiB), 0U) << bytes;
    std::memset(memory, 1, bytes);
    std::free(memory);
  }
}

TEST(Memory, OthersAreAlignedToALine) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{100}, kMiB}) {
    void* memory = allocate_memory(bytes);
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(address(memory) % 64, 0U) << bytes;
    std::memset(memory, 1, bytes);
    std::free(memory);
  }
}

TEST(Memory, IsNullWhereThereIsNone) {
  EXPECT_EQ(allocate_memory(std::numeric_limits<std::size_t>::max() / 4 * 3), nullptr);
  EXPECT_EQ(allocate_memory(std::numeric_limits<std::size_t>::max()), nullptr);
}

}  // namespace
}  // namespace gluino
