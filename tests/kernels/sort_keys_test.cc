#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/ordering/sort_keys.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>
#include <type_traits>
#include <vector>

namespace gluino::kernels {
namespace {

template <class K>
class SortKeys : public ::testing::Test {};
using Keys = ::testing::Types<std::uint32_t, std::uint64_t, WideKey>;
TYPED_TEST_SUITE(SortKeys, Keys);

// As numbers that have an order.
auto ordered(std::uint64_t key) { return std::tuple(key, key); }
auto ordered(const WideKey& key) { return std::tuple(key.hi, key.lo); }

TYPED_TEST(SortKeys, AreInOrderForAnyNumberOfThreads) {
  std::mt19937_64 random(3);
  for (const std::int64_t n : {0, 1, 2, 17, 1000, 32768, 32769, 200000}) {
    std::vector<TypeParam> keys(static_cast<std::size_t>(n));
    for (TypeParam& key : keys) {
      // Some of them equal.
      const std::uint64_t high = random() % 5000 * 0x9E3779B97F4A7C15U;
      if constexpr (std::is_same_v<TypeParam, WideKey>) {
        key.hi = high;
        key.lo = random() % 3;
      } else {
        key = static_cast<TypeParam>(high);
      }
    }
    auto expected = keys;
    const auto before = [](const auto& a, const auto& b) { return ordered(a) < ordered(b); };
    std::sort(expected.begin(), expected.end(), before);
    for (const int threads : {1, 2, 5, 9}) {
      set_num_threads(threads);
      auto found = keys;
      std::vector<TypeParam> room(keys.size());
      sort_keys(found.data(), n, room.data());
      set_num_threads(0);
      EXPECT_TRUE(std::equal(found.begin(), found.end(), expected.begin(),
                             [](const auto& a, const auto& b) { return ordered(a) == ordered(b); }))
          << n << ", " << threads;
    }
  }
}

}  // namespace
}  // namespace gluino::kernels
