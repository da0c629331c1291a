// What whole numbers do at the edges of their ranges: as in MXNet 1.9.1, whose numbers these are,
// and as NumPy's where MXNet stops or is undefined.
#include <gmock/gmock.h>

#include <limits>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::message_of;
using Values = std::vector<double>;

constexpr DType kWhole[] = {uint8, int8, int32, int64};

Values values(const NDArray& array) { return array.to_vector<double>(); }

template <class T>
NDArray of(const std::vector<T>& elements) {
  return nd::from(elements, {static_cast<std::int64_t>(elements.size())});
}

template <class T>
std::vector<T> elements(const NDArray& array) {
  return array.to_vector<T>();
}

TEST(WholeNumbers, AreDividedTowardsZero) {
  for (const DType dtype : kWhole) {
    const NDArray a = nd::array({7, 1, 100, 5}, dtype);
    const NDArray b = nd::array({2, 3, 2, 3}, dtype);
    EXPECT_EQ(values(a / b), (Values{3, 0, 50, 1})) << dtype;
    EXPECT_EQ(values(a / 2), (Values{3, 0, 50, 2})) << dtype;
    EXPECT_EQ(values(a / 1.5), (Values{7, 1, 100, 5})) << dtype;
    EXPECT_EQ(values(7 / a), (Values{1, 7, 0, 1})) << dtype;
    EXPECT_EQ(values(a / nd::zeros({4}, dtype)), (Values{0, 0, 0, 0})) << dtype;
    EXPECT_EQ(values(a / 0), (Values{0, 0, 0, 0})) << dtype;
  }
  EXPECT_EQ(values(nd::array({-7, 7}, int32) / nd::array({2, -2}, int32)), (Values{-3, -3}));
}

TEST(WholeNumbers, HaveRemaindersOfTheDivisorsSign) {
  EXPECT_EQ(values(nd::modulo(nd::array({-7, 7, 6}, int32), nd::array({2, -2, 3}, int32))),
            (Values{1, -1, 0}));
  EXPECT_EQ(values(nd::modulo(nd::array({-7, 7}, int32), nd::zeros({2}, int32))), (Values{0, 0}));
  EXPECT_EQ(values(nd::modulo(nd::array({7, 1, 100}, uint8), 3)), (Values{1, 1, 1}));
  const NDArray x = nd::array({-7, 7, 3}, int32);
  EXPECT_EQ(values(x % 4), (Values{1, 3, 3}));
  EXPECT_EQ(values(x % nd::array({4, -4, 2}, int32)), (Values{1, -1, 1}));
  EXPECT_EQ(values(10 % x), (Values{-4, 3, 1}));
  EXPECT_EQ(values(nd::modulo(10, x)), (Values{-4, 3, 1}));
  EXPECT_EQ(values(nd::maximum(0, x)), (Values{0, 7, 3}));
  EXPECT_EQ(values(nd::minimum(0, x)), (Values{-7, 0, 0}));
}

TEST(WholeNumbers, TheLeastNumberIsDividedByMinusOne) {
  const auto check = []<class T>(T least) {
    const NDArray a = of(std::vector<T>{least});
    const NDArray b = of(std::vector<T>{static_cast<T>(-1)});
    EXPECT_EQ(elements<T>(a / b), std::vector<T>{least});
    EXPECT_EQ(elements<T>(nd::modulo(a, b)), std::vector<T>{0});
  };
  check(std::numeric_limits<std::int8_t>::min());
  check(std::numeric_limits<std::int32_t>::min());
  check(std::numeric_limits<std::int64_t>::min());
}

TEST(WholeNumbers, HavePowers) {
  const NDArray a = nd::array({2, 1, -1, -1, 0}, int32);
  EXPECT_EQ(values(nd::power(a, nd::array({-1, -1, -3, -4, -1}, int32))), (Values{0, 1, -1, 1, 0}));
  EXPECT_EQ(elements<std::int64_t>(nd::power(of(std::vector<std::int64_t>{3, 2, 0}),
                                             of(std::vector<std::int64_t>{39, 62, 0}))),
            (std::vector<std::int64_t>{4052555153018976267, 4611686018427387904, 1}));
  EXPECT_EQ(values(nd::power(nd::array({3, 2}, int8), nd::array({5, 7}, int8))),
            (Values{-13, -128}));
  EXPECT_EQ(values(nd::power(2, nd::array({7, 1, 5}, uint8))), (Values{128, 2, 32}));
}

TEST(WholeNumbers, SumsAndProductsWrapAroundInTheirType) {
  EXPECT_EQ(values(nd::sum(nd::array({{100, 100}, {100, 100}}, int8), {.axis = {0}})),
            (Values{-56, -56}));
  EXPECT_EQ(values(nd::sum(nd::array({100, 100, 100}, uint8))), (Values{44}));
  EXPECT_EQ(values(nd::sum(of(std::vector<std::int32_t>(4, 1 << 30)))), (Values{0}));
  EXPECT_EQ(elements<std::int64_t>(nd::sum(of(std::vector<std::int64_t>{1LL << 53, 1, 1, 1}))),
            (std::vector<std::int64_t>{(1LL << 53) + 3}));
  EXPECT_EQ(values(nd::prod(nd::array({7, 1, 100, 5}, int8))), (Values{-84}));
  EXPECT_EQ(values(nd::prod(nd::array({7, 1, 100, 5}, uint8))), (Values{172}));
  EXPECT_EQ(values(nd::prod(nd::array({7, 1, 100, 5}, int32))), (Values{3500}));
  EXPECT_EQ(values(nd::sum(nd::zeros({0}, int32))), (Values{0}));
  EXPECT_EQ(values(nd::prod(nd::zeros({0, 2}, int32), {.axis = {0}})), (Values{1, 1}));
}

// Against a plain loop, for axes in all places.
TEST(WholeNumbers, AreReducedOverAnyAxes) {
  const Shape shape = {3, 4, 5, 2};
  std::vector<std::int32_t> x(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::int32_t>(i * 7919 % 101) - 50;
  const NDArray array = nd::from(x, shape);
  for (unsigned axes = 1; axes < 16; ++axes) {
    ReduceOptions options;
    for (int axis = 0; axis < 4; ++axis) {
      if ((axes >> axis & 1U) != 0) options.axis.push_back(axis);
    }
    const NDArray wide = array.astype(float64);
    EXPECT_EQ(values(nd::sum(array, options)), values(nd::sum(wide, options))) << options.axis;
    EXPECT_EQ(values(nd::max(array, options)), values(nd::max(wide, options))) << options.axis;
    EXPECT_EQ(values(nd::min(array, options)), values(nd::min(wide, options))) << options.axis;
  }
}

TEST(WholeNumbers, OfWhichThereAreNoneHaveNoLargest) {
  EXPECT_THAT(message_of([] {
                nd::max(nd::zeros({0, 3}, int32), {.axis = {0}});
              }),
              ::testing::HasSubstr("[max] data: shape (0, 3) has no elements to choose from"));
  EXPECT_EQ(nd::max(nd::zeros({0, 3}, int32), {.axis = {1}}).shape(), Shape({0}));
}

TEST(WholeNumbers, ArePlacesOfExtremesWhereTheyCountSoFar) {
  EXPECT_EQ(values(nd::argmax(nd::array({7, 1, 100, 5}, int8))), (Values{2}));
  EXPECT_EQ(values(nd::argmin(nd::array({7, 1, 100, 5}, uint8))), (Values{1}));
  EXPECT_EQ(nd::argmax(nd::zeros({128}, int8)).size(), 1);
  EXPECT_THAT(message_of([] { nd::argmax(nd::zeros({129}, int8)); }),
              ::testing::HasSubstr("a place among 129 elements may be no int8"));
  EXPECT_THROW(nd::argmax(nd::zeros({3000}, float16)), Error);
  EXPECT_THROW(nd::argmin(nd::zeros({2, 300}, bfloat16), {.axis = 1}), Error);
  EXPECT_EQ(nd::argmax(nd::zeros({2, 300}, bfloat16), {.axis = 0}).size(), 300);
}

TEST(WholeNumbers, HaveProductsOfMatrices) {
  const NDArray a = nd::array({{1, 2}, {3, -4}}, int32);
  const NDArray b = nd::array({{3}, {4}}, int32);
  EXPECT_EQ(values(nd::dot(a, b)), (Values{11, -7}));
  EXPECT_EQ(values(nd::dot(a, a, {.transpose_a = true})), (Values{10, -10, -10, 20}));
  EXPECT_EQ(values(nd::dot(nd::array({{100, 100}}, int8), nd::array({{2}, {2}}, int8))),
            (Values{static_cast<double>(static_cast<std::int8_t>(400))}));
}

TEST(WholeNumbers, MeetNumbersThatDoNotFitAsInMxnet) {
  for (const DType dtype : kWhole) {
    const NDArray a = nd::array({7, 1, 100, 5}, dtype);
    EXPECT_EQ(values(nd::clip(a, {.a_min = 1.5, .a_max = 3.5})), (Values{3, 1, 3, 3})) << dtype;
    EXPECT_EQ(values(nd::clip(a, {.a_min = 2, .a_max = 1e30})), (Values{7, 2, 100, 5})) << dtype;
    EXPECT_EQ(values(a * 1.5), (Values{7, 1, 100, 5})) << dtype;
    EXPECT_EQ(values(nd::maximum(a, 1.5)), (Values{7, 1, 100, 5})) << dtype;
    EXPECT_EQ(values(nd::power(a, 0.5)), (Values{1, 1, 1, 1})) << dtype;
  }
  EXPECT_EQ(values(nd::add_n(std::vector<NDArray>(3, nd::array({100, 1}, uint8)))),
            (Values{44, 3}));
}

TEST(WholeNumbers, TruthIsComparedAndMovedAndNotAdded) {
  const NDArray a = nd::array({0, 1, 1}, boolean);
  EXPECT_EQ(values(a == nd::array({0, 0, 1}, boolean)), (Values{1, 0, 1}));
  EXPECT_EQ(values(nd::take(a, nd::array({2, 0}))), (Values{1, 0}));
  EXPECT_EQ(values(nd::tile(a, {.reps = {2}})), (Values{0, 1, 1, 0, 1, 1}));
  EXPECT_EQ(message_of([&] { nd::sum(a); }),
            "[sum] computes in numbers (int8, uint8, int32, int64, float16, bfloat16, float32, "
            "float64), got bool; convert with astype");
  EXPECT_THAT(message_of([&] { a + a; }), ::testing::HasSubstr("[broadcast_add] computes in"));
}

// Exactly, beyond what a double holds, and wrapped around.
TEST(WholeNumbers, HaveFunctionsOfOneNumber) {
  EXPECT_EQ(values(nd::abs(nd::array({-128, -3, 4}, int8))), (Values{-128, 3, 4}));
  EXPECT_EQ(values(nd::negative(nd::array({0, 1, 200}, uint8))), (Values{0, 255, 56}));
  EXPECT_EQ(values(nd::sign(nd::array({-7, 0, 7}, int32))), (Values{-1, 0, 1}));
  EXPECT_EQ(values(nd::relu(nd::array({-7, 0, 7}, int32))), (Values{0, 0, 7}));
  EXPECT_EQ(values(nd::logical_not(nd::array({-7, 0, 7}, int8))), (Values{0, 1, 0}));
  EXPECT_EQ(values(nd::square(nd::array({-12, 16}, int8))), (Values{-112, 0}));
  const std::vector<std::int64_t> large = {94906267, -3037000499};
  EXPECT_EQ(elements<std::int64_t>(nd::square(nd::from(large))),
            (std::vector<std::int64_t>{9007199515875289, 9223372030926249001}));
  const std::vector<std::int64_t> odd = {9007199254740993, -9007199254740993};
  for (const char* name :
       {"floor", "ceil", "round", "rint", "round_half_to_even", "trunc", "fix"}) {
    EXPECT_EQ(elements<std::int64_t>(nd::invoke(name, {nd::from(odd)})[0]), odd) << name;
  }
  EXPECT_THROW(nd::exp(nd::array({1}, int32)), Error);
}

TEST(WholeNumbers, AreTheNearestWhereHalvesGoTheirOwnWays) {
  constexpr double kBelowHalf = 0.49999997;  // plus 0.5 it would be rounded to 1 in float32
  constexpr double kOdd = 8388609;           // its half steps are no float32
  const Values x = {-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, -0.4, 2.6, kBelowHalf, kOdd, -kOdd};
  for (const DType dtype : {float32, float64}) {
    const NDArray each = nd::array(x, dtype);
    EXPECT_EQ(values(nd::rint(each)), (Values{-3, -2, -1, 0, 1, 2, 0, 3, 0, kOdd, -kOdd})) << dtype;
    EXPECT_EQ(values(nd::round(each)), (Values{-3, -2, -1, 1, 2, 3, 0, 3, 0, kOdd, -kOdd}))
        << dtype;
    EXPECT_EQ(values(nd::round_half_to_even(each)),
              (Values{-2, -2, 0, 0, 2, 2, 0, 3, 0, kOdd, -kOdd}))
        << dtype;
  }
}

}  // namespace
}  // namespace gluino
