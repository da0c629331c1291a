// One number where several are meant, and lists where vectors are taken.
#include <gluino/graph/sym.h>
#include <gluino/ops/nd.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ops/support.h>

namespace gluino {
namespace {

using Values = std::vector<double>;

void expect_same(const NDArray& a, const NDArray& b) {
  ASSERT_EQ(a.shape(), b.shape());
  EXPECT_EQ(a.to_vector<double>(), b.to_vector<double>());
}

NDArray counted(const Shape& shape) {
  return nd::arange(0, static_cast<double>(shape.size())).reshape(shape);
}

TEST(OneNumber, StandsForBothAxesOfImages) {
  const NDArray x = counted({2, 2, 7, 6});
  const NDArray w = counted({4, 2, 3, 3});
  expect_same(
      nd::Convolution(x, w, {.kernel = 3, .stride = 2, .pad = 1, .num_filter = 4}),
      nd::Convolution(x, w, {.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1}, .num_filter = 4}));
  expect_same(nd::Convolution(x, w, {.kernel = {3, 3}, .dilate = 2, .num_filter = 4}),
              nd::Convolution(x, w, {.kernel = {3, 3}, .dilate = {2, 2}, .num_filter = 4}));
  const NDArray v = counted({2, 4, 3, 3});
  expect_same(nd::Deconvolution(x, v, {.kernel = 3, .stride = 2, .adj = 1, .num_filter = 4}),
              nd::Deconvolution(
                  x, v, {.kernel = {3, 3}, .stride = {2, 2}, .adj = {1, 1}, .num_filter = 4}));
  expect_same(nd::Pooling(x, {.kernel = 2, .stride = 2, .pad = 1}),
              nd::Pooling(x, {.kernel = {2, 2}, .stride = {2, 2}, .pad = {1, 1}}));
}

TEST(OneNumber, StaysOneForRows) {
  const NDArray x = counted({2, 3, 8});
  EXPECT_EQ(
      nd::Convolution(x, counted({2, 3, 3}), {.kernel = 3, .stride = 2, .num_filter = 2}).shape(),
      Shape({2, 2, 3}));
  EXPECT_EQ(nd::Pooling(x, {.kernel = 2}).shape(), Shape({2, 3, 7}));
}

// What a file then holds is what MXNet reads.
TEST(OneNumber, OfASymbolFollowsTheKernel) {
  const Symbol y =
      sym::Convolution(sym::var("x"), {.kernel = {3, 3}, .stride = 2, .num_filter = 4}, "conv");
  EXPECT_EQ(y.attr_dict().at("conv").at("stride"), "(2, 2)");
  EXPECT_EQ(y.infer_shape({{"x", {1, 1, 7, 7}}}).outputs[0], Shape({1, 4, 3, 3}));
}

TEST(OneNumber, IsAnAxisOrAShape) {
  const NDArray x = counted({2, 3});
  expect_same(nd::sum(x, {.axis = 1}), nd::sum(x, {.axis = {1}}));
  expect_same(nd::sum(x, {.axis = -1}), nd::sum(x, {.axis = {1}}));
  expect_same(nd::norm(x, {.axis = 0}), nd::norm(x, {.axis = {0}}));
  expect_same(x.sum(1), nd::sum(x, {.axis = {1}}));
  expect_same(x.max(0, true), nd::max(x, {.axis = {0}, .keepdims = true}));
  expect_same(nd::reshape(x, {.shape = -1}), nd::arange(0, 6));
  EXPECT_EQ(x.reshape(6).shape(), Shape({6}));
  EXPECT_EQ(nd::ones({1, 3}).reshape(3).broadcast_to(3).shape(), Shape({3}));
  EXPECT_EQ(nd::tile(x, {.reps = 2}).shape(), Shape({2, 6}));
  EXPECT_EQ(nd::squeeze(nd::ones({1, 3, 1}), {.axis = 0}).shape(), Shape({3, 1}));
  EXPECT_EQ(nd::squeeze(nd::ones({1, 3, 1}), {.axis = Shape()}).shape(), Shape({1, 3, 1}));
  EXPECT_EQ(nd::random::uniform({.shape = 5}).shape(), Shape({5}));
  EXPECT_EQ(nd::random::normal({.shape = 5}).shape(), Shape({5}));
  EXPECT_EQ(nd::transpose(nd::ones(3), {.axes = 0}).shape(), Shape({3}));
}

TEST(Lists, AreJoinedStackedAndAdded) {
  const NDArray x = counted({2, 3});
  const std::vector<NDArray> both = {x, x};
  expect_same(nd::concat({x, x}), nd::concat(both));
  expect_same(nd::concat({x, x}, {.dim = 0}), nd::concat(both, {.dim = 0}));
  expect_same(nd::concat({x}), x);
  expect_same(nd::stack({x, x}, {.axis = 1}), nd::stack(both, {.axis = 1}));
  expect_same(nd::add_n({x, x, x}), x * 3);
  expect_same(nd::ElementWiseSum({x, x}), x * 2);
}

TEST(Lists, OfSymbolsMakeTheSameGraphs) {
  const Symbol a = sym::var("a");
  const Symbol b = sym::var("b");
  const std::vector<Symbol> both = {a, b};
  EXPECT_EQ(sym::concat({a, b}, {.dim = 0}, "c").tojson(),
            sym::concat(both, {.dim = 0}, "c").tojson());
  EXPECT_EQ(sym::stack({a, b}, {}, "s").tojson(), sym::stack(both, {}, "s").tojson());
  EXPECT_EQ(sym::add_n({a, b}, "n").tojson(), sym::add_n(both, "n").tojson());
}

// The data is what was not converted, not the weight.
TEST(WrongTypes, AreBlamedOnTheData) {
  const NDArray pixels = nd::zeros({1, 1, 5, 5}, uint8);
  const auto message = [&](const auto& run) {
    try {
      run();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  using ::testing::HasSubstr;
  EXPECT_THAT(message([&] {
                nd::Convolution(pixels, nd::ones({1, 1, 3, 3}), {.kernel = 3, .num_filter = 1});
              }),
              ::testing::AllOf(HasSubstr("data: expected float32 as weight, got uint8"),
                               HasSubstr("astype"), HasSubstr("ToTensor")));
  EXPECT_THAT(message([&] {
                nd::FullyConnected(pixels, nd::ones({2, 25}), {.num_hidden = 2});
              }),
              HasSubstr("data: expected float32 as weight, got uint8"));
  EXPECT_THAT(message([&] {
                nd::FullyConnected(nd::ones({1, 3}, float64), nd::ones({2, 3}), {.num_hidden = 2});
              }),
              HasSubstr("data: expected float32 as weight, got float64"));
}

}  // namespace
}  // namespace gluino
