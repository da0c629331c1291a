#include <apps/digits/pictures/answer.h>
#include <apps/digits/robust/robust_set.h>
#include <apps/pictures/drawn.h>
#include <gluino/gluon/data/vision/digits.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace digits_test {
namespace {

gluino::gluon::data::Dataset drawn_digits() {
  return gluino::gluon::data::vision::find_digits({.data = "synthetic"}).test();
}

TEST(RobustSet, IsTheSameEachTime) {
  const auto digits = drawn_digits();
  for (std::size_t kind = 0; kind < digits::robust_kinds().size(); ++kind) {
    for (const std::int64_t index : {0, 17}) {
      const auto first = digits::make_robust_picture(kind, index, digits);
      const auto again = digits::make_robust_picture(kind, index, digits);
      EXPECT_EQ(first.picture.to_vector<int>(), again.picture.to_vector<int>());
      EXPECT_EQ(first.text, again.text);
      EXPECT_EQ(first.text.empty(), !digits::robust_kinds()[kind].has_digits);
    }
  }
}

// As many as are written there, whatever they are.
TEST(RobustSet, ItsDigitsAreFound) {
  const auto digits = drawn_digits();
  for (std::size_t kind = 0; kind < digits::robust_kinds().size(); ++kind) {
    const auto& told = digits::robust_kinds()[kind];
    if (std::string(told.name) == "scribbles") continue;
    int wrong = 0;
    for (std::int64_t index = 0; index < 40; ++index) {
      const auto made = digits::make_robust_picture(kind, index, digits);
      if (digits::find_digits(made.picture).size() != made.text.size()) ++wrong;
    }
    EXPECT_LE(wrong, 2) << told.name;
  }
}

TEST(Answer, RefusesWhereTheNetworkIsNotSure) {
  const digits::FoundDigit found{.box = {1, 2, 3, 4}, .image = NDArray({1, 28, 28})};
  std::vector<float> scores(10, 0);
  EXPECT_FALSE(digits::answer(found, scores));
  scores[7] = 20;
  const auto sure = digits::answer(found, scores);
  ASSERT_TRUE(sure);
  EXPECT_EQ(sure->digit, 7);
  EXPECT_NEAR(sure->probability(), 1, 1e-6);
  scores[2] = 20;
  EXPECT_FALSE(digits::answer(found, scores));
  scores[2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(digits::answer(found, scores));
  EXPECT_FALSE(digits::answer(found, {}));
}

TEST(Answer, BecomesJson) {
  digits::DigitAnswer nine{
      .digit = 9, .probabilities = std::vector<double>(10, 0.01), .box = {1, 2, 3, 4}};
  nine.probabilities[9] = 0.91;
  digits::DigitAnswer zero = nine;
  zero.digit = 0;
  EXPECT_EQ(digits::text_of({nine, zero}), "90");
  const auto json = digits::answer_json({nine});
  EXPECT_EQ(json.dump(),
            R"({"text":"9","digits":[{"digit":9,"probability":0.91,"probabilities":[0.01,0.01,)"
            R"(0.01,0.01,0.01,0.01,0.01,0.01,0.01,0.91],"box":[1,2,3,4]}]})");
  EXPECT_EQ(digits::answer_json({}).dump(), R"({"text":"","digits":[]})");
}

}  // namespace
}  // namespace digits_test
