#include <gluino/base/error.h>
#include <gluino/base/random.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace gluino::random {
namespace {

struct Draws {
  std::vector<double> uniform = std::vector<double>(1000);
  std::vector<float> normal = std::vector<float>(70'001);
  std::vector<std::int64_t> order = std::vector<std::int64_t>(100);
  std::uint64_t seed = 0;
  std::vector<std::uint64_t> places = std::vector<std::uint64_t>(3);

  bool operator==(const Draws&) const = default;
};

Draws draw() {
  Draws draws;
  random::uniform(std::span<double>(draws.uniform), -1, 1);
  random::normal(std::span<float>(draws.normal), 0, 1);
  std::iota(draws.order.begin(), draws.order.end(), 0);
  shuffle(draws.order);
  draws.seed = draw_seed();
  one_by_one([&](Stream& stream) {
    for (std::uint64_t& place : draws.places) place = stream.below(1000);
  });
  return draws;
}

TEST(RandomState, TheSameNumbersAreDrawnAgain) {
  for (const int draws_before : {0, 1, 3}) {
    seed(17);
    for (int i = 0; i < draws_before; ++i) draw();
    const State before = state();
    const Draws expected = draw();
    const State after = state();
    EXPECT_NE(draw(), expected);
    seed(4);
    draw();
    set_state(before);
    EXPECT_EQ(current_seed(), 17);
    EXPECT_EQ(draw(), expected) << draws_before;
    EXPECT_EQ(state().drawn, after.drawn);
    EXPECT_EQ(state().shuffled, after.shuffled);
  }
}

TEST(RandomState, OfAnotherNumberOfStreamsIsRefused) {
  seed(17);
  const State before = state();
  EXPECT_THROW(set_state({.seed = 1, .shuffled = 0, .drawn = {1, 2}}), Error);
  EXPECT_EQ(current_seed(), 17);
  EXPECT_EQ(state().shuffled, before.shuffled);
}

}  // namespace
}  // namespace gluino::random
