#include <gluino/ndarray/creation.h>
#include <gtest/gtest.h>

#include <array>
#include <concepts>
#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace gluino {
namespace {

using Values = std::vector<double>;

template <class T>
class ArrayOfRows : public testing::Test {};
using Numbers = testing::Types<float, double, long double, Half, BFloat16, bool, signed char,
                               unsigned char, short, unsigned short, int, unsigned, long,
                               unsigned long, long long, unsigned long long>;
TYPED_TEST_SUITE(ArrayOfRows, Numbers);

TYPED_TEST(ArrayOfRows, TakesVectorsOfAnyNumbers) {
  using T = TypeParam;
  const std::vector<T> row = {T(1), T(0), T(1)};
  const NDArray x = nd::array(row);
  EXPECT_EQ(x.dtype(), float32);
  EXPECT_EQ(x.shape(), Shape({3}));
  EXPECT_EQ(x.to_vector<double>(), (Values{1, 0, 1}));
  const NDArray typed = nd::array(row, int64);
  EXPECT_EQ(typed.dtype(), int64);
  EXPECT_EQ(typed.to_vector<double>(), (Values{1, 0, 1}));
  const NDArray matrix = nd::array(std::vector<std::vector<T>>{row, {T(0), T(0), T(1)}}, float64);
  EXPECT_EQ(matrix.dtype(), float64);
  EXPECT_EQ(matrix.shape(), Shape({2, 3}));
  EXPECT_EQ(matrix.to_vector<double>(), (Values{1, 0, 1, 0, 0, 1}));
}

TEST(ArrayOfRows, TakesOtherContainersAndDepths) {
  const std::array<int, 2> pair = {4, 5};
  EXPECT_EQ(nd::array(pair).to_vector<double>(), (Values{4, 5}));
  EXPECT_EQ(nd::array(std::span<const int>(pair)).shape(), Shape({2}));
  EXPECT_EQ(nd::array(std::deque<double>{1.5, 2}).to_vector<double>(), (Values{1.5, 2}));
  const std::vector<std::array<std::vector<float>, 2>> deep = {{{{1, 2, 3}, {4, 5, 6}}},
                                                               {{{7, 8, 9}, {10, 11, 12}}}};
  const NDArray x = nd::array(deep);
  EXPECT_EQ(x.shape(), Shape({2, 2, 3}));
  EXPECT_EQ(x.to_vector<double>(), (Values{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
}

TEST(ArrayOfRows, MeansWhatBracesMean) {
  EXPECT_EQ(nd::array({1, 2}).shape(), Shape({2}));
  EXPECT_EQ(nd::array({{1}, {2}}).shape(), Shape({2, 1}));
  const std::initializer_list<double> list = {1, 2};
  EXPECT_EQ(nd::array(list).shape(), Shape({2}));
  EXPECT_EQ(nd::array(std::vector<float>{}).shape(), Shape({0}));
  EXPECT_EQ(nd::array(std::vector<std::vector<int>>{}).shape(), Shape({0}));
  EXPECT_EQ(nd::array(std::vector<std::vector<int>>{{}, {}}).shape(), Shape({2, 0}));
}

TEST(ArrayOfRows, IsACopyThatKeepsLargeWholeNumbers) {
  std::vector<std::int64_t> row = {(std::int64_t{1} << 53) + 1};
  const NDArray x = nd::array(row, int64);
  row[0] = 7;
  EXPECT_EQ(x.to_vector<std::int64_t>()[0], (std::int64_t{1} << 53) + 1);
}

TEST(ArrayOfRows, RefusesRaggedRowsAndWhatDoesNotFit) {
  EXPECT_THROW(nd::array(std::vector<std::vector<int>>{{1, 2}, {3}}), Error);
  EXPECT_THROW(nd::array(std::vector{std::numeric_limits<std::uint64_t>::max()}), Error);
}

template <class T>
concept CanBeAnArray = requires(const T& rows) {
  nd::array(rows);
};

TEST(ArrayOfRows, TextIsNoRowOfNumbers) {
  EXPECT_TRUE(CanBeAnArray<std::vector<int>>);
  EXPECT_FALSE(CanBeAnArray<std::string>);
  EXPECT_FALSE(CanBeAnArray<std::vector<std::string>>);
  EXPECT_FALSE(CanBeAnArray<int>);
}

// A number is a shape of one axis; a truth value or a fraction is none.
TEST(OneNumber, IsAShape) {
  EXPECT_EQ(nd::zeros(3).shape(), Shape({3}));
  EXPECT_EQ(nd::ones(std::size_t{3}).shape(), Shape({3}));
  EXPECT_EQ(nd::full(2, 0.5).to_vector<double>(), (Values{0.5, 0.5}));
  EXPECT_EQ(nd::empty(0).shape(), Shape({0}));
  EXPECT_EQ(NDArray(4).shape(), Shape({4}));
  EXPECT_FALSE((std::convertible_to<bool, Shape>));
  EXPECT_FALSE((std::convertible_to<double, Shape>));
  EXPECT_FALSE((std::convertible_to<float, Shape>));
}

// Its size is the product of its numbers, which are two.
TEST(ArrayOfRows, AShapeIsTheRowOfItsSizes) {
  EXPECT_EQ(nd::array(Shape{2, 3}).to_vector<double>(), (std::vector<double>{2, 3}));
  EXPECT_EQ(nd::array(nd::ones({7, 0, 4}).shape()).to_vector<double>(),
            (std::vector<double>{7, 0, 4}));
}

}  // namespace
}  // namespace gluino
