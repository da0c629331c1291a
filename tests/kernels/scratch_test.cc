#include <gluino/kernels/cpu/support/scratch.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

namespace gluino::kernels {
namespace {

TEST(Scratch, PiecesStayAsTheyAreWhileOthersGrow) {
  // In rising and falling order, small ones and some larger than a huge page.
  const std::vector<std::int64_t> sizes = {100, 5000, 70000, 900, 0, 3000000, 50, 800000};
  for (const std::int64_t factor : {1, 2, 3, 1}) {
    std::vector<std::uint8_t*> pieces;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      auto* piece = scratch<std::uint8_t>(static_cast<ScratchUse>(i), factor * sizes[i]);
      ASSERT_NE(piece, nullptr);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece) % 64, 0U);
      std::fill_n(piece, factor * sizes[i], static_cast<std::uint8_t>(i + 1));
      pieces.push_back(piece);
    }
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const auto wanted = static_cast<std::uint8_t>(i + 1);
      EXPECT_EQ(std::count(pieces[i], pieces[i] + factor * sizes[i], wanted), factor * sizes[i]);
    }
  }
}

TEST(Scratch, TheSameMemoryServesAgain) {
  void* piece = scratch_bytes(ScratchUse::kGemmA, 1 << 20);
  EXPECT_EQ(scratch_bytes(ScratchUse::kGemmA, 1 << 20), piece);
  EXPECT_EQ(scratch_bytes(ScratchUse::kGemmA, 10), piece);
}

TEST(Scratch, ThreadsHaveTheirOwn) {
  auto* ours = scratch<int>(ScratchUse::kGemmB, 1);
  *ours = 1;
  std::thread([&] {
    auto* theirs = scratch<int>(ScratchUse::kGemmB, 1);
    EXPECT_NE(theirs, ours);
    *theirs = 2;
  }).join();
  EXPECT_EQ(*ours, 1);
}

#ifdef __SANITIZE_ADDRESS__
TEST(Scratch, TheAddressSanitizerSeesTheEndOfAPiece) {
  // Whole pages, more than other tests ask for with this use.
  constexpr std::int64_t kBytes = 1500 * 4096;
  auto* volatile piece = scratch<std::uint8_t>(ScratchUse::kInt8Values, kBytes - 1);
  piece[kBytes - 1] = 1;
  EXPECT_DEATH(piece[kBytes] = 1, "use-after-poison");
}
#endif

}  // namespace
}  // namespace gluino::kernels
