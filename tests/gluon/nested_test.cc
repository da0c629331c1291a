#include <gluino/gluon/nested.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "gluon/support.h"

namespace gluino::gluon {
namespace {

using gluino::testing::message_of;
using ::testing::HasSubstr;
using Arrays = std::vector<NDArray>;

NDArray number(double value) { return nd::array({value}); }

// Some nesting, with numbers that grow from left to right.
Nested any_nesting(int depth, int& next) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 4 : 2);
  if (kind == 0) return {};
  if (kind == 1) return number(next++);
  std::vector<Nested> items(static_cast<std::size_t>(*rc::gen::inRange(0, 4)));
  for (Nested& item : items) item = any_nesting(depth - 1, next);
  return items;
}

RC_GTEST_PROP(NestedProperties, FlattenAndUnflattenAreInverse, ()) {
  int count = 0;
  const Nested nested = any_nesting(3, count);
  const auto flat = nested.flatten();
  RC_ASSERT(flat.size() == static_cast<std::size_t>(count));
  Arrays others;
  for (int i = 0; i < count; ++i) {
    RC_ASSERT(flat[static_cast<std::size_t>(i)].asscalar<int>() == i);
    others.push_back(number(100 + i));
  }
  const Nested other = nested.unflatten(others);
  RC_ASSERT(other.same_nesting(nested));
  RC_ASSERT(nested.nesting().same_nesting(other));
  for (int i = 0; i < count; ++i) {
    RC_ASSERT(
        other.flatten()[static_cast<std::size_t>(i)].same_as(others[static_cast<std::size_t>(i)]));
  }
  others.push_back(number(0));
  RC_ASSERT_THROWS_AS(nested.unflatten(others), Error);
  if (count > 0) RC_ASSERT_THROWS_AS(nested.unflatten({}), Error);
}

RC_GTEST_PROP(NestedProperties, TwoAreTheSameNestingWhenTheirTextsAre, ()) {
  int next = 0;
  const Nested a = any_nesting(3, next);
  const Nested b = any_nesting(3, next);
  RC_ASSERT(a.same_nesting(b) == (a.nesting().to_string() == b.nesting().to_string()));
}

TEST(Nested, IsMadeOfArraysListsPairsAndNothing) {
  const NDArray x = number(1);
  EXPECT_TRUE(Nested(x).is_array());
  EXPECT_FALSE(Nested(NDArray()).defined());
  EXPECT_FALSE(Nested(std::optional<NDArray>()).defined());
  EXPECT_EQ(Nested({x, {x, x}}).size(), 2u);
  EXPECT_EQ(Nested(Arrays{x, x, x}).size(), 3u);
  EXPECT_TRUE((Nested(std::pair(x, Arrays{x, x})).same_nesting({x, {x, x}})));
  EXPECT_TRUE((Nested(std::tuple(x, Nested(), x)).same_nesting({x, {}, x})));
  const NDArray same = Nested(x);
  EXPECT_TRUE(same.same_as(x));
  const Arrays both = Nested{x, x};
  EXPECT_EQ(both.size(), 2u);
}

TEST(Nested, SaysWhatItIsAndWhatWasExpected) {
  const NDArray x = nd::zeros({2, 3});
  EXPECT_EQ(Nested({x, {x, {}}}).to_string(), "[array (2, 3), [array (2, 3), nothing]]");
  EXPECT_EQ(message_of([&] {
              Nested({x, x}).array();
            }),
            "expected one array, got [array (2, 3), array (2, 3)]");
  EXPECT_THAT(message_of([&] { Nested(x).arrays(); }),
              HasSubstr("expected [array, ...], got array (2, 3)"));
  EXPECT_THAT(message_of([&] { Nested({x, x})[2]; }), HasSubstr("no item 2"));
  using Step = std::tuple<NDArray, Arrays, std::optional<NDArray>>;
  EXPECT_THAT(message_of([&] {
                Nested({x, x}).to<Step>();
              }),
              HasSubstr("expected [array, [array, ...], array or nothing], got"));
}

TEST(Nested, OptionalItemsMayBeAbsentAtTheEnd) {
  const NDArray x = number(1);
  using Optional = std::tuple<NDArray, std::optional<NDArray>>;
  const auto [first, second] = Nested(std::vector<NDArray>{x}).to<Optional>();
  EXPECT_TRUE(first.same_as(x));
  EXPECT_FALSE(second.has_value());
  EXPECT_TRUE(std::get<1>(Nested({x, x}).to<Optional>()).has_value());
  EXPECT_THROW(Nested({x, x, x}).to<Optional>(), Error);
  EXPECT_THROW(Nested({Nested(), x}).to<Optional>(), Error);
}

// What a call gives is gone at the end of the line; what was read from it stays.
TEST(Nested, PartsOfATemporaryOutliveIt) {
  const auto step = [] { return Nested{number(1), {number(2), number(3)}}; };
  std::vector<double> states;
  for (const Nested& state : step()[1]) states.push_back(state.array().asscalar());
  EXPECT_EQ(states, (std::vector<double>{2, 3}));
  const NDArray& output = step()[0].array();
  EXPECT_EQ(output.asscalar(), 1);
  const Nested& second = step().at(1);
  EXPECT_EQ(second.at(1).array().asscalar(), 3);
}

TEST(Nested, TooDeepListsAreRefused) {
  Nested nested = nd::ones({1});
  for (int i = 0; i < Nested::kMaxDepth; ++i) nested = Nested(std::vector<Nested>{nested});
  EXPECT_THROW(Nested(std::vector<Nested>{nested}), Error);
  EXPECT_EQ(nested.flatten().size(), 1U);
}

}  // namespace
}  // namespace gluino::gluon
