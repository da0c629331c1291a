#include <gluino/base/error.h>
#include <gluino/kernels/cpu/movement/indexing.h>

#include "kernels/kernel_test.h"

namespace gluino::kernels {
namespace {

using Indices = std::vector<std::int64_t>;

TEST(Indexing, BoundsAreThoseOfMxnet) {
  Indices indices = {-1, 5, 2, -7};
  bound_indices(indices.data(), 4, 3, IndexMode::wrap);
  EXPECT_EQ(indices, (Indices{2, 2, 2, 2}));
  indices = {-1, 5, 2, 0};
  bound_indices(indices.data(), 4, 3, IndexMode::clip);
  EXPECT_EQ(indices, (Indices{0, 2, 2, 0}));
  EXPECT_THROW(bound_indices(indices.data(), 4, 0, IndexMode::clip), Error);
  bound_indices(nullptr, 0, 0, IndexMode::wrap);
}

TEST(Indexing, PickAndItsGradient) {
  const std::vector<std::uint16_t> x = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};  // (2, 3, 2)
  const Indices indices = {2, 0, 1, 1};
  std::vector<std::uint16_t> y(4);
  pick(x.data(), indices.data(), y.data(), {2, 3, 2});
  EXPECT_EQ(y, (std::vector<std::uint16_t>{5, 2, 9, 10}));
  const std::vector<float> dy = {5, 2, 9, 10};
  std::vector<float> dx(12);
  pick_gradient(dy.data(), indices.data(), dx.data(), {2, 3, 2});
  EXPECT_EQ(dx, (std::vector<float>{0, 2, 0, 0, 5, 0, 0, 0, 9, 10, 0, 0}));
}

TEST(Indexing, OneHotLeavesOutsideRowsOff) {
  const Indices indices = {0, 2, -1, 7};
  std::vector<double> y(12);
  one_hot(indices.data(), 4, 3, 1.0, 0.5, y.data());
  EXPECT_EQ(y, (std::vector<double>{1, .5, .5, .5, .5, 1, .5, .5, .5, .5, .5, .5}));
  one_hot<float>(indices.data(), 4, 0, 1, 0, nullptr);
}

TEST(Indexing, TakeAndItsGradient) {
  for (const IndexedShape& s :
       {IndexedShape{1, 5, 3}, IndexedShape{3, 4, 1}, IndexedShape{2, 7, 50}}) {
    const Indices indices = {3, 0, 3, 1, 3, 2};
    const auto x = random_numbers<double>(s.outer * s.n * s.inner, -1, 1);
    const auto dy = random_numbers<double>(s.outer * 6 * s.inner, -1, 1, 2);
    std::vector<double> y(dy.size()), dx(x.size(), 9), expected(x.size());
    take(x.data(), indices.data(), 6, y.data(), s, 8);
    take_gradient(dy.data(), indices.data(), 6, dx.data(), s);
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < 6; ++i) {
        for (std::int64_t j = 0; j < s.inner; ++j) {
          const auto to = static_cast<std::size_t>((o * 6 + i) * s.inner + j);
          const auto from = static_cast<std::size_t>(
              (o * s.n + indices[static_cast<std::size_t>(i)]) * s.inner + j);
          EXPECT_EQ(y[to], x[from]);
          expected[from] += dy[to];
        }
      }
    }
    EXPECT_EQ(dx, expected);
  }
}

TEST(Indexing, SameBitsForAnyThreads) {
  Indices indices(5000);
  for (std::size_t i = 0; i < indices.size(); ++i)
    indices[i] = static_cast<std::int64_t>(i * i % 11);
  const auto dy = random_numbers<float>(5000 * 70, -1, 1);
  expect_same_bits_for_any_threads([&] {
    std::vector<float> dx(11 * 70);
    take_gradient(dy.data(), indices.data(), 5000, dx.data(), {1, 11, 70});
    return dx;
  });
}

}  // namespace
}  // namespace gluino::kernels
