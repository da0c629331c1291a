#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace gluino
