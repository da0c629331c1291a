#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace gluino {
namespace {

// The expected numbers are those that MXNet 1.9.1 printed on a CPU.
TEST(Random, UniformGivesTheNumbersOfMxnet) {
  random::seed(0);
  std::vector<float> u(200);
  random::uniform(std::span(u), 0, 1);
  EXPECT_FLOAT_EQ(u[0], 0.5488135F);
  EXPECT_FLOAT_EQ(u[1], 0.5928446F);
  EXPECT_FLOAT_EQ(u[2], 0.71518934F);
}

TEST(Random, TheSameForAnyNumberOfThreads) {
  std::vector<float> first(100000);
  std::vector<float> second(100000);
  set_num_threads(1);
  random::seed(3);
  random::normal(std::span(first), 0, 1);
  set_num_threads(4);
  random::seed(3);
  random::normal(std::span(second), 0, 1);
  set_num_threads(0);
  EXPECT_EQ(first, second);
}

TEST(Random, AnyWholeNumberIsASeed) {
  const auto drawn = [] {
    std::vector<float> numbers(200);
    random::uniform(numbers, 0, 1);
    return numbers;
  };
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const std::vector<std::int64_t> seeds = {0, 1, -1, 100'000'000'000'000'007, kMost, -kMost - 1};
  for (const std::int64_t seed : seeds) {
    random::seed(seed);
    EXPECT_EQ(random::current_seed(), seed);
    const auto first = drawn();
    random::seed(seed);
    EXPECT_EQ(drawn(), first);
  }
  random::seed(1e9);
  EXPECT_EQ(random::current_seed(), 1'000'000'000);
  random::seed(1e17);
  EXPECT_EQ(random::current_seed(), 100'000'000'000'000'000);
  for (const double bad : {0.5, 1e19, -1e300, 0x1p63, std::nan(""), HUGE_VAL}) {
    EXPECT_THROW(random::seed(bad), Error) << bad;
  }
  EXPECT_EQ(random::current_seed(), 100'000'000'000'000'000);
  random::seed(0);
}

}  // namespace
}  // namespace gluino
