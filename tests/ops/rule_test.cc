#include <gluino/ops/core/rule.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

namespace gluino {
namespace {

TEST(Rule, IsEmptyUntilItIsGivenAFunction) {
  Rule<int(int)> rule;
  EXPECT_FALSE(rule);
  EXPECT_TRUE(rule == nullptr);
  rule = [](int x) { return x + 1; };
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule(2), 3);
  rule = nullptr;
  EXPECT_FALSE(rule);
}

TEST(Rule, KeepsWhatItsFunctionCapturesForAllItsCopies) {
  const auto counter = std::make_shared<int>(0);
  Rule<std::string(const std::string&)> copy;
  {
    const Rule<std::string(const std::string&)> rule =
        [counter, suffix = std::string(40, '!')](const std::string& text) {
          ++*counter;
          return text + suffix;
        };
    copy = rule;
    EXPECT_EQ(rule("a"), "a" + std::string(40, '!'));
  }
  EXPECT_EQ(copy("b"), "b" + std::string(40, '!'));
  EXPECT_EQ(*counter, 2);
  EXPECT_EQ(counter.use_count(), 2);
  copy = nullptr;
  EXPECT_EQ(counter.use_count(), 1);
}

TEST(Rule, TakesFunctionsOfEverySize) {
  const Rule<double(double)> small = [k = 3](double x) { return k * x; };
  const Rule<double(double)> large = [k = std::array{1., 2., 3., 4.}](double x) {
    return k[0] + k[1] * x + k[2] * x * x + k[3] * x * x * x;
  };
  EXPECT_EQ(small(2), 6);
  EXPECT_EQ(large(2), 49);
}

// As std::function: the result becomes what the signature says, or nothing.
TEST(Rule, ConvertsResults) {
  struct Options {
    bool flag = true;
  };
  const Rule<bool(const Options&)> member = &Options::flag;
  EXPECT_TRUE(member(Options()));
  int seen = 0;
  const Rule<void(int)> nothing = [&seen](int x) { return seen = x; };
  nothing(5);
  EXPECT_EQ(seen, 5);
}

TEST(Rule, HandsOnReferencesAndWhatCanOnlyBeMoved) {
  const Rule<void(std::unique_ptr<int>, int&)> rule = [](std::unique_ptr<int> x, int& y) {
    y = *x;
  };
  int y = 0;
  rule(std::make_unique<int>(7), y);
  EXPECT_EQ(y, 7);
}

}  // namespace
}  // namespace gluino
