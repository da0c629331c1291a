// The draws of NumPy's face: shapes, moments, and what the options mean. That their numbers are
// MXNet's is tested through Python.
#include <cmath>
#include <map>
#include <set>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::message_of;

NDArray drawn(const std::string& op, const std::vector<NDArray>& in, const Attributes& options) {
  return nd::invoke("_npi_" + op, in, options)[0];
}

TEST(RandomNpi, ParametersAreNumbersOrInputs) {
  const NDArray column = nd::ones({3, 1}), row = nd::ones({4});
  EXPECT_EQ(drawn("normal", {column, row}, {}).shape(), Shape({3, 4}));
  EXPECT_EQ(drawn("normal", {row}, {{"scale", "2"}}).shape(), Shape({4}));
  EXPECT_EQ(drawn("normal", {row}, {{"loc", "2"}, {"size", "(2, 4)"}}).shape(), Shape({2, 4}));
  EXPECT_EQ(drawn("normal", {}, {{"loc", "2"}, {"scale", "2"}}).shape(), Shape());
  EXPECT_EQ(drawn("normal_n", {column}, {{"loc", "2"}, {"size", "(2,)"}}).shape(),
            Shape({2, 3, 1}));
  EXPECT_EQ(drawn("exponential", {}, {{"size", "(5,)"}}).shape(), Shape({5}));
  EXPECT_EQ(drawn("exponential", {row}, {{"scale", "None"}}).shape(), Shape({4}));
  EXPECT_EQ(drawn("bernoulli", {row}, {{"dtype", "bool"}}).dtype(), boolean);
  const auto message = [](const std::vector<NDArray>& in, const Attributes& options) {
    return message_of([&] { drawn("normal", in, options); });
  };
  EXPECT_EQ(message({row, nd::ones({3})}, {}),
            "[_npi_normal] input2: cannot be broadcast with (4,): (3,)");
  EXPECT_EQ(message({row}, {{"loc", "0"}, {"size", "(3,)"}}),
            "[_npi_normal] size: expected that to which (4,) can be broadcast, got (3,)");
  EXPECT_EQ(message({}, {{"loc", "0"}, {"scale", "-1"}}),
            "[_npi_normal] scale: expected a finite number of at least 0, got -1");
  EXPECT_EQ(message({nd::array({1, -1})}, {{"loc", "0"}}),
            "[_npi_normal] scale: expected a finite number of at least 0, got -1");
  EXPECT_EQ(message({row}, {{"loc", "0"}, {"scale", "1"}}),
            "[_npi_normal] expected 0 inputs (), got 1");
}

TEST(RandomNpi, EveryElementHasItsParameters) {
  random::seed(3);
  const NDArray low = nd::array({{0}, {100}}), high = nd::array({1, 2, 3});
  const NDArray numbers =
      drawn("uniform", {low, low + high.reshape({1, 3})}, {{"size", "(500, 2, 3)"}});
  const auto values = numbers.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double begin = i / 3 % 2 == 0 ? 0 : 100;
    EXPECT_TRUE(values[i] >= begin && values[i] < begin + 1 + static_cast<double>(i % 3)) << i;
  }
}

// n draws at once, by where the middle one falls, have the moments of n draws.
TEST(RandomNpi, CountsOfManyDraws) {
  random::seed(3);
  constexpr int kRows = 4000;
  constexpr double kDraws = 1e6;
  const std::vector<double> chances = {0.2, 0, 0.001, 0.799};
  const auto counts = drawn("multinomial", {nd::array(chances, float64)},
                            {{"n", "1000000"}, {"size", str("(", kRows, ",)")}})
                          .to_vector<double>();
  for (std::size_t k = 0; k < chances.size(); ++k) {
    const double mean = kDraws * chances[k], variance = mean * (1 - chances[k]);
    double sum = 0, squares = 0;
    for (std::size_t i = k; i < counts.size(); i += chances.size()) {
      sum += counts[i] - mean;
      squares += (counts[i] - mean) * (counts[i] - mean);
    }
    EXPECT_NEAR(sum / kRows, 0, 4.5 * std::sqrt(variance / kRows)) << k;
    EXPECT_NEAR(squares / kRows, variance, 0.12 * variance) << k;
  }
  EXPECT_EQ(drawn("multinomial", {}, {{"n", "7"}, {"pvals", "(0.0, 1.0)"}}).to_vector<double>(),
            (std::vector<double>{0, 7}));
}

TEST(RandomNpi, ChoicesWithoutReplacement) {
  random::seed(3);
  std::map<std::vector<int>, double> orders;
  std::vector<double> firsts(3);
  const NDArray chances = nd::array({0.5, 0.25, 0.25});
  constexpr int kMany = 6000;
  for (int i = 0; i < kMany; ++i) {
    ++orders[drawn("choice", {}, {{"a", "3"}, {"size", "(3,)"}, {"replace", "False"}})
                 .to_vector<int>()];
    ++firsts[static_cast<std::size_t>(
        drawn("choice", {chances},
              {{"a", "3"}, {"size", "(2,)"}, {"replace", "False"}, {"weighted", "True"}})
            .to_vector<int>()[0])];
  }
  EXPECT_EQ(orders.size(), 6U);
  for (const auto& [order, count] : orders) {
    EXPECT_EQ(std::set<int>(order.begin(), order.end()), (std::set<int>{0, 1, 2}));
    EXPECT_NEAR(count, kMany / 6.0, 5 * std::sqrt(kMany / 6.0));
  }
  EXPECT_NEAR(firsts[0], kMany / 2.0, 5 * std::sqrt(kMany / 4.0));
  EXPECT_NEAR(firsts[1], kMany / 4.0, 5 * std::sqrt(kMany / 4.0));
  // Of more than any memory holds.
  const auto few =
      drawn("choice", {}, {{"a", "4000000000"}, {"size", "(5,)"}, {"replace", "False"}})
          .to_vector<double>();
  EXPECT_EQ(std::set<double>(few.begin(), few.end()).size(), 5U);
  EXPECT_EQ(message_of([] {
              drawn("choice", {}, {{"a", "2"}, {"size", "(3,)"}, {"replace", "False"}});
            }),
            "[_npi_choice] expected at most 2 without replacement, got 3");
  EXPECT_EQ(message_of([&] {
              drawn("choice", {nd::array({1, 0})},
                    {{"a", "2"}, {"size", "(2,)"}, {"replace", "False"}, {"weighted", "True"}});
            }),
            "[_npi_choice] expected at most 1 without replacement, of those that have a chance, "
            "got 2");
}

}  // namespace
}  // namespace gluino
