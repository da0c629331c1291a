#include <gluino/base/convert.h>
#include <gluino/ndarray/creation.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace gluino {
namespace {

using Floats = std::vector<float>;

TEST(NDArray, CopiesOfAHandleShareTheElements) {
  const NDArray a = nd::array({1, 2, 3});
  const NDArray b = a;
  EXPECT_TRUE(b.same_as(a));
  b.data<float>()[0] = 9;
  EXPECT_EQ(a.to_vector<float>(), (Floats{9, 2, 3}));
  const NDArray c = a.copy();
  EXPECT_FALSE(c.same_as(a));
  c.data<float>()[0] = 5;
  EXPECT_EQ(a.to_vector<float>(), (Floats{9, 2, 3}));
}

TEST(NDArray, SlicesAndViewsShareTheElements) {
  const NDArray a = nd::array({{1, 2}, {3, 4}, {5, 6}});
  const NDArray rows = a.slice(1, 3);
  EXPECT_EQ(rows.shape(), Shape({2, 2}));
  rows.assign(0);
  EXPECT_EQ(a.to_vector<float>(), (Floats{1, 2, 0, 0, 0, 0}));
  const NDArray last = rows[-1];
  EXPECT_EQ(last.shape(), Shape({2}));
  last.assign(7);
  EXPECT_EQ(a.to_vector<float>(), (Floats{1, 2, 0, 0, 7, 7}));
  // A slice of a view of a slice still lies where it should.
  rows.view({4}).slice_view(1, 2).assign(8);
  EXPECT_EQ(a.to_vector<float>(), (Floats{1, 2, 0, 8, 7, 7}));
  EXPECT_EQ(nd::array({4, 5})[1].shape(), Shape({1}));
  EXPECT_EQ(nd::array({4, 5})[1].asscalar(), 5);
}

TEST(NDArray, ASliceKeepsTheStorageAlive) {
  NDArray part;
  {
    const NDArray whole = nd::arange(1000);
    part = whole.slice(998, 1000);
  }
  const NDArray other = nd::zeros({1000});
  EXPECT_EQ(part.to_vector<float>(), (Floats{998, 999}));
}

TEST(NDArray, WhatATemporaryTellsOutlivesIt) {
  std::vector<std::int64_t> sizes;
  for (const std::int64_t size : nd::zeros({2, 3}).shape()) sizes.push_back(size);
  EXPECT_EQ(sizes, (std::vector<std::int64_t>{2, 3}));
  const Shape& shape = nd::zeros({4, 5}).shape();
  const Context& context = nd::zeros({6}, float32, cpu(1)).context();
  nd::zeros({7, 8});  // where the first one was
  EXPECT_EQ(shape, Shape({4, 5}));
  EXPECT_EQ(context, cpu(1));
}

TEST(NDArray, BoundsAreChecked) {
  const NDArray a = nd::zeros({3, 2});
  EXPECT_THROW(a[3], Error);
  EXPECT_THROW(a[-4], Error);
  EXPECT_THROW(a.slice(2, 1), Error);
  EXPECT_THROW(a.slice(0, 4), Error);
  EXPECT_THROW(a.view({7}), Error);
  EXPECT_THROW(nd::full({}, 1)[0], Error);
  EXPECT_THROW(nd::full({}, 1).slice(0, 1), Error);
  EXPECT_THROW(a.data<double>(), Error);
  EXPECT_THROW(a.asscalar(), Error);
  EXPECT_THROW(NDArray().shape(), Error);
  EXPECT_THROW(NDArray().to_vector<float>(), Error);
  EXPECT_FALSE(NDArray().defined());
}

TEST(NDArray, UnknownOrImpossibleShapesAreRefused) {
  EXPECT_THROW(NDArray({-1, 2}), Error);
  EXPECT_THROW(NDArray(Shape::unknown()), Error);
  const std::int64_t large = std::int64_t{1} << 32;
  EXPECT_THROW(NDArray({large, large}), Error);
  EXPECT_THROW(NDArray({large, large / 4}, float64), Error);
  EXPECT_THROW(NDArray({std::int64_t{1} << 59}), Error);
}

TEST(NDArray, EmptyAndScalarArrays) {
  const NDArray empty = nd::zeros({0, 3});
  EXPECT_EQ(empty.size(), 0);
  EXPECT_NE(empty.data(), nullptr);
  EXPECT_TRUE(empty.to_vector<float>().empty());
  EXPECT_EQ(empty.copy().shape(), Shape({0, 3}));
  EXPECT_EQ(empty.slice(0, 0).shape(), Shape({0, 3}));
  EXPECT_EQ(empty.view({3, 0, 5}).size(), 0);
  EXPECT_EQ(nd::zeros({2, 0}).slice(1, 2).shape(), Shape({1, 0}));
  EXPECT_EQ(nd::array({}).shape(), Shape({0}));
  const NDArray scalar = nd::full({}, 2.5, float64);
  EXPECT_EQ(scalar.ndim(), 0);
  EXPECT_EQ(scalar.size(), 1);
  EXPECT_EQ(scalar.asscalar<double>(), 2.5);
  EXPECT_EQ(scalar.view({1, 1}).shape(), Shape({1, 1}));
}

TEST(NDArray, Contexts) {
  const NDArray a = nd::ones({2}, float32, cpu(1));
  EXPECT_EQ(a.context(), cpu(1));
  EXPECT_TRUE(a.as_in_context(cpu(1)).same_as(a));
  const NDArray b = a.as_in_context(cpu(0));
  EXPECT_EQ(b.context(), cpu(0));
  b.assign(5);
  EXPECT_EQ(a.to_vector<float>(), (Floats{1, 1}));
  EXPECT_EQ(a.slice(0, 1).context(), cpu(1));
  EXPECT_THROW(nd::ones({2}, float32, gpu(0)), Error);
  try {
    a.as_in_context(gpu(0));
    FAIL() << "there is no GPU";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("has 0 GPUs; use cpu(0)"), std::string::npos);
  }
}

TEST(NDArray, ConversionsAreDefinedForEveryValue) {
  const double infinity = std::numeric_limits<double>::infinity();
  const NDArray a = nd::array({-1.5, 300, std::nan(""), infinity, -infinity, 0.25}, float64);
  EXPECT_EQ(a.to_vector<std::uint8_t>(), (std::vector<std::uint8_t>{0, 255, 0, 255, 0, 0}));
  EXPECT_EQ(a.to_vector<int>(), (std::vector<int>{-1, 300, 0, std::numeric_limits<int>::max(),
                                                  std::numeric_limits<int>::min(), 0}));
  EXPECT_EQ(a.to_vector<bool>(), (std::vector<bool>{true, true, true, true, true, true}));
  EXPECT_EQ(nd::full({1}, 1e300, uint8).asscalar<int>(), 255);
  EXPECT_EQ(nd::array({-5}, uint8).asscalar<int>(), 0);
  EXPECT_EQ(nd::array({70000}, float16).asscalar(), std::numeric_limits<float>::infinity());
  EXPECT_EQ(nd::array({2, 0}, boolean).to_vector<int>(), (std::vector<int>{1, 0}));
}

template <class T>
void check_rows() {
  using Limits = std::numeric_limits<T>;
  const auto least = static_cast<double>(Limits::lowest()),
             most = static_cast<double>(Limits::max());
  for (const double start : {0.0, -7.0, 2.75, least, most - 40000, least / 3, 0x1p52, -0x1p60}) {
    for (const double step : {1.0, 2.0, -3.0, 0.25, 1000.5, 0x1p40}) {
      if (!std::isfinite(start)) continue;
      const bool whole = std::is_integral_v<T>;
      const NDArray row = nd::arange(start, start + step * 70000, step, dtype_of<T>());
      const std::vector<T> got = row.to_vector<T>();
      for (std::size_t i = 0; i < got.size(); i += 1 + i / 50) {
        const double number = (whole ? std::trunc(start) : start) +
                              (whole ? std::trunc(step) : step) * static_cast<double>(i);
        ASSERT_EQ(got[i], convert<T>(number)) << start << " " << step << " " << i;
      }
    }
  }
}

TEST(NDArray, RowsOfNumbersAreThoseOfFloat64InEveryType) {
  check_rows<float>();
  check_rows<double>();
  check_rows<std::int32_t>();
  check_rows<std::int64_t>();
  check_rows<std::int8_t>();
  check_rows<std::uint8_t>();
}

TEST(Creation, FillsAndCounts) {
  EXPECT_EQ(nd::zeros({2}).to_vector<float>(), (Floats{0, 0}));
  EXPECT_EQ(nd::ones({2}, int64).to_vector<std::int64_t>(), (std::vector<std::int64_t>{1, 1}));
  EXPECT_EQ(nd::full({2}, -2.5, bfloat16).to_vector<float>(), (Floats{-2.5, -2.5}));
  EXPECT_EQ(nd::arange(4).to_vector<float>(), (Floats{0, 1, 2, 3}));
  EXPECT_EQ(nd::arange(1, 2, 0.25).to_vector<float>(), (Floats{1, 1.25, 1.5, 1.75}));
  EXPECT_EQ(nd::arange(3, 0, -1, int32).to_vector<int>(), (std::vector<int>{3, 2, 1}));
  // Of whole numbers start and step are whole, too.
  EXPECT_EQ(nd::arange(2.5, 9, 1.75, int32).to_vector<int>(), (std::vector<int>{2, 3, 4, 5}));
  EXPECT_EQ(nd::arange(3, 3).shape(), Shape({0}));
  EXPECT_EQ(nd::arange(3, 0).shape(), Shape({0}));
  EXPECT_THROW(nd::arange(0, 1, 0), Error);
  EXPECT_THROW(nd::arange(0, 1e300), Error);
  EXPECT_THROW(nd::arange(0, std::numeric_limits<double>::infinity()), Error);
}

TEST(Creation, FromNumbers) {
  const NDArray a = nd::array({{1, 2, 3}, {4, 5, 6}}, int32);
  EXPECT_EQ(a.shape(), Shape({2, 3}));
  EXPECT_EQ(a.dtype(), int32);
  EXPECT_EQ(nd::array({{1}, {2}}).shape(), Shape({2, 1}));
  EXPECT_EQ(nd::array({{1, 2}}).shape(), Shape({1, 2}));
  EXPECT_EQ(nd::array({1}).shape(), Shape({1}));
  const std::initializer_list<std::initializer_list<double>> ragged = {{1, 2}, {3}};
  EXPECT_THROW(nd::array(ragged), Error);
  const NDArray b = nd::from(std::vector<double>{1, 2, 3, 4}, {2, 2});
  EXPECT_EQ(b.dtype(), float64);
  EXPECT_EQ(b.to_vector<double>(), (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(nd::from(std::vector<std::uint8_t>{1, 2}).shape(), Shape({2}));
  EXPECT_THROW(nd::from(std::vector<float>{1, 2, 3}, {2, 2}), Error);
  EXPECT_THROW(nd::from(std::vector<float>{1}, {-1}), Error);
}

}  // namespace
}  // namespace gluino
