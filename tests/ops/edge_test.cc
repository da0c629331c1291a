#include <gmock/gmock.h>

#include <cmath>

#include "ops/support.h"

// Numbers at the edge: NaN, infinities, ties, types and nothing at all. What is expected is what
// MXNet 1.9.1 gives, but for numbers that a type does not hold, where it compares others.
namespace gluino {
namespace {

using testing::message_of;

constexpr double kNan = NAN;
constexpr double kInf = INFINITY;

std::string values(const NDArray& array) {
  std::string text;
  for (const double value : array.to_vector<double>()) text += str(value) + " ";
  return text;
}

TEST(OperatorEdges, NanAndInfinities) {
  const NDArray x = nd::array({kNan, 1, kInf, -kInf});
  for (const NDArray& y : {nd::max(x), nd::min(x), nd::sum(x), nd::norm(x), nd::mean(x)}) {
    EXPECT_TRUE(std::isnan(y.asscalar())) << y;
  }
  EXPECT_TRUE(std::isnan(nd::max(nd::array({1, kNan, 2})).asscalar()));
  EXPECT_EQ(nd::argmax(nd::array({1, 5, 5})).asscalar(), 1);
  EXPECT_EQ(values(nd::maximum(x, 0.0)), "nan 1 inf 0 ");
  EXPECT_EQ(values(x == x), "0 1 1 1 ");
  EXPECT_EQ(values(x > 1), "0 0 1 0 ");
  EXPECT_EQ(values(nd::relu(x)), "nan 1 inf 0 ");
  const auto p = nd::softmax(nd::array({-kInf, 1, 2})).to_vector<float>();
  EXPECT_EQ(p[0], 0);
  EXPECT_NEAR(p[1], 0.26894143, 1e-6);
  EXPECT_EQ(nd::log_softmax(nd::array({-kInf, 1, 2})).to_vector<float>()[0], -kInf);
}

TEST(OperatorEdges, RoundingAndRemainders) {
  const NDArray halves = nd::array({0.5, 1.5, -0.5, 2.5});
  EXPECT_EQ(values(nd::round(halves)), "1 2 -1 3 ");
  EXPECT_EQ(values(nd::modulo(nd::array({5, -5, 0}), nd::zeros({3}))), "0 0 0 ");
  EXPECT_EQ(values(nd::modulo(nd::array({5, -5, 5, -5}), nd::array({3, 3, -3, -3}))), "2 1 -1 -2 ");
  EXPECT_EQ(values(nd::array({5, -5}) / nd::zeros({2})), "inf -inf ");
}

TEST(OperatorEdges, TiesShareTheGradientOfAMaximum) {
  const NDArray x = nd::array({2, 2, 1});
  x.attach_grad();
  NDArray y;
  {
    const auto recording = autograd::record();
    y = nd::max(x);
  }
  y.backward();
  EXPECT_EQ(values(x.grad()), "1 1 0 ");
}

TEST(OperatorEdges, NumbersBesideWholeTypes) {
  for (const DType dtype : {uint8, int8, int32, int64}) {
    const NDArray x = nd::array({0, 1, 2, 3}, dtype);
    EXPECT_EQ(values(x == 1.5), "0 1 0 0 ") << dtype;
    EXPECT_EQ(values(x > 1.5), "0 0 1 1 ") << dtype;
    EXPECT_EQ(values(x <= 1.5), "1 1 0 0 ") << dtype;
    EXPECT_EQ(values(x == -1), "0 0 0 0 ") << dtype;
    EXPECT_EQ(values(x > -1), "1 1 1 1 ") << dtype;
    EXPECT_EQ(values(x > 300), "0 0 0 0 ") << dtype;
    EXPECT_EQ(values(x == 256), "0 0 0 0 ") << dtype;
    EXPECT_EQ(values(x < 0x1p80), "1 1 1 1 ") << dtype;
    EXPECT_EQ(values(x >= -kInf), "1 1 1 1 ") << dtype;
    EXPECT_EQ(values(x + 1.5), "1 2 3 4 ") << dtype;
    EXPECT_EQ((x + 1.5).dtype(), dtype);
    EXPECT_EQ(values(x == kNan), "0 0 0 0 ") << dtype;
    EXPECT_EQ(values(x != kNan), "1 1 1 1 ") << dtype;
  }
  EXPECT_EQ(values(nd::array({0, 1}, uint8) - 2), "254 255 ");
  EXPECT_EQ(values(nd::array({0, 1}, uint8) + 300), "44 45 ");
  const NDArray largest = nd::array(std::vector<std::int64_t>{9223372036854775807}, int64);
  EXPECT_EQ(values(largest < 0x1p63), "1 ");
  EXPECT_EQ(
      values(nd::invoke("_logical_and_scalar", {nd::array({0, 1}, uint8)}, {{"scalar", "256"}})[0]),
      "0 1 ");
  // Where it does not count modulo the type's size, it is refused.
  const NDArray x = nd::array({1, 2}, uint8);
  for (const char* name :
       {"_mod_scalar", "_rmod_scalar", "_div_scalar", "_rdiv_scalar", "_power_scalar",
        "_rpower_scalar", "_maximum_scalar", "_minimum_scalar"}) {
    for (const char* scalar : {"256", "-1", "nan", "inf"}) {
      EXPECT_THAT(message_of([&] {
                    nd::invoke(name, {x}, {{"scalar", scalar}});
                  }),
                  ::testing::HasSubstr("does not fit uint8"))
          << name << scalar;
    }
  }
  EXPECT_THROW(x + 0x1p63, Error);
}

TEST(OperatorEdges, EveryTypeIsCompared) {
  for (const DType dtype :
       {float32, float64, float16, bfloat16, uint8, int8, int32, int64, boolean}) {
    const NDArray a = nd::array({0, 1, 1, 0}, dtype);
    const NDArray b = nd::array({0, 1, 0, 1}, dtype);
    EXPECT_EQ(values(a == b), "1 1 0 0 ") << dtype;
    EXPECT_EQ(values(a != b), "0 0 1 1 ") << dtype;
    EXPECT_EQ(values(a > b), "0 0 1 0 ") << dtype;
    EXPECT_EQ(values(a >= b), "1 1 1 0 ") << dtype;
    EXPECT_EQ(values(a < b), "0 0 0 1 ") << dtype;
    EXPECT_EQ(values(a <= b), "1 1 0 1 ") << dtype;
    EXPECT_EQ(values(a > 0), "0 1 1 0 ") << dtype;
  }
}

TEST(OperatorEdges, EveryTypeBecomesEveryOther) {
  const std::vector<DType> types = {float32, float64, float16, bfloat16, uint8,
                                    int8,    int32,   int64,   boolean};
  for (const DType from : types) {
    for (const DType to : types) {
      const NDArray y = nd::array({0, 1, 2, 100}, from).astype(to);
      const bool truth = from == boolean || to == boolean;
      EXPECT_EQ(y.dtype(), to);
      EXPECT_EQ(values(y), truth ? "0 1 1 1 " : "0 1 2 100 ") << from << " to " << to;
    }
  }
  EXPECT_EQ(values(nd::array({2.75, -1.5}).astype(int32)), "2 -1 ");
}

TEST(OperatorEdges, ReshapeOfNothing) {
  EXPECT_EQ(nd::zeros({0, 3, 4}).reshape({0, -1}).shape(), Shape({0, 12}));
  EXPECT_EQ(nd::zeros({0, 6}).reshape({-1, 3}).shape(), Shape({0, 3}));
  EXPECT_EQ(nd::zeros({2, 0}).reshape({-1}).shape(), Shape({0}));
  EXPECT_THROW(nd::zeros({2, 3}).reshape({-1, 4}), Error);
  EXPECT_THROW(nd::zeros({4}).reshape({-4, 1LL << 62, 4}), Error);
  EXPECT_THROW(nd::zeros({4}).reshape({1LL << 62, 1LL << 62}), Error);
}

TEST(OperatorEdges, SlicesWithHugeSteps) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const NDArray x = nd::arange(5);
  EXPECT_EQ(values(nd::slice(x, {.begin = {{}}, .end = {{}}, .step = {kMost}})), "0 ");
  EXPECT_EQ(values(nd::slice(x, {.begin = {{}}, .end = {{}}, .step = {kLeast}})), "4 ");
  EXPECT_EQ(values(nd::slice(x, {.begin = {kLeast}, .end = {kMost}})), "0 1 2 3 4 ");
  EXPECT_THROW(nd::slice(x, {.begin = {0}, .end = {1}, .step = {0}}), Error);
}

TEST(OperatorEdges, InPlaceByAPartOfItself) {
  const NDArray x = nd::array({{1, 2}, {3, 4}, {5, 6}});
  x -= x.slice(0, 1);
  EXPECT_EQ(values(x), "0 0 2 2 4 4 ");
  x += x;
  EXPECT_EQ(values(x), "0 0 4 4 8 8 ");
}

TEST(OperatorEdges, AnEmptyBatchLeavesMovingStatistics) {
  const NDArray mean = nd::array({1, 2, 3});
  const NDArray var = nd::array({4, 5, 6});
  const auto training = autograd::train_mode();
  nd::BatchNorm(nd::zeros({0, 3}), nd::ones({3}), nd::zeros({3}), mean, var);
  EXPECT_EQ(values(mean), "1 2 3 ");
  EXPECT_EQ(values(var), "4 5 6 ");
}

TEST(RandomOperators, GiveMxnetsNumbers) {
  random::seed(7);
  const auto u = nd::random::uniform({.low = -1, .high = 2, .shape = {5}}).to_vector<float>();
  EXPECT_EQ(u, (std::vector<float>{0x1.2488ep-2F, 0x1.c0a708p+0F, 0x1.6c86e4p+0F, 0x1.fe3d38p+0F,
                                   0x1.3fb09cp+0F}));
  random::seed(7);
  const auto n = nd::random::normal({.loc = 1, .scale = 2, .shape = {5}}).to_vector<float>();
  EXPECT_EQ(n, (std::vector<float>{0x1.4d86ecp+1F, -0x1.5c242cp-1F, -0x1.00de2cp+0F, 0x1.39081cp+1F,
                                   0x1.29ca56p+1F}));
}

TEST(RandomOperators, DropoutKeepsTheMean) {
  random::seed(1);
  const NDArray x = nd::ones({200, 100});
  EXPECT_EQ(nd::Dropout(x, {.p = 0.3}).sum().asscalar(), 20000);
  EXPECT_NE(nd::Dropout(x, {.p = 0.3, .mode = "always"}).sum().asscalar(), 20000);
  const auto training = autograd::train_mode();
  const auto kept = nd::Dropout(x, {.p = 0.3}).to_vector<float>();
  double zeros = 0;
  for (const float value : kept) {
    EXPECT_TRUE(value == 0 || std::abs(value - 1 / 0.7) < 1e-6);
    zeros += value == 0;
  }
  // Within five standard deviations.
  EXPECT_NEAR(zeros / 20000, 0.3, 5 * std::sqrt(0.3 * 0.7 / 20000));
}

TEST(Edge, WhereTakesTheSmallestNumbersForTrue) {
  const NDArray choice = nd::array({1e-50, 0, 1}, float64);
  const NDArray one = nd::ones({3}, float64);
  EXPECT_EQ(nd::where(choice, one, one * 2.0).to_vector<double>(), (std::vector<double>{1, 2, 1}));
}

TEST(Edge, APartOfAnAxisLiesWithinIt) {
  const NDArray x = nd::array({{1, 2, 3}, {4, 5, 6}});
  using Option = SliceAxisOptions;
  EXPECT_EQ(values(nd::slice_axis(x, Option{.axis = 1, .begin = -3, .end = -1})), "1 2 4 5 ");
  EXPECT_EQ(nd::slice_axis(x, Option{.axis = 1, .begin = 0, .end = 0}).shape(), (Shape{2, 0}));
  for (const Option& beyond :
       {Option{.axis = 1, .begin = 0, .end = 4}, Option{.axis = 1, .begin = -4},
        Option{.axis = 1, .begin = 0, .end = -4}, Option{.axis = 1, .begin = 4},
        Option{.axis = -1, .begin = 2, .end = 1}}) {
    EXPECT_THAT(message_of([&] { nd::slice_axis(x, beyond); }),
                ::testing::HasSubstr("no part of axis 1 of (2, 3)"));
  }
  const NDArray none = nd::slice(x, {.begin = {1}, .end = {1}});
  EXPECT_EQ(nd::slice_axis(none, {.axis = 0, .begin = 0, .end = 1}).shape(), (Shape{0, 3}));
}

TEST(Edge, AnAxisIsNamedOnce) {
  const NDArray x = nd::ones({1, 3, 1});
  for (const Shape& axes : {Shape({0, 0}), Shape({2, -1})}) {
    const ReduceOptions twice{.axis = axes};
    const ReduceOptions others{.axis = axes, .exclude = true};
    for (const std::string& message : {
             message_of([&] { nd::sum(x, twice); }),
             message_of([&] { nd::mean(x, others); }),
             message_of([&] { nd::max(x, twice); }),
             message_of([&] { nd::prod(x, twice); }),
             message_of([&] { nd::norm(x, {.axis = axes}); }),
             message_of([&] { nd::moments(x, {.axes = axes}); }),
             message_of([&] { nd::squeeze(x, {.axis = axes}); }),
             message_of([&] {
               nd::broadcast_axis(x, {.axis = axes, .size = {2, 4}});
             }),
         }) {
      EXPECT_THAT(message, ::testing::HasSubstr("is named twice"));
    }
  }
  const NDArray csr = nd::ones({2, 2}).tostype(StorageType::csr);
  EXPECT_THAT(message_of([&] {
                nd::sum(csr, {.axis = {0, -2}});
              }),
              ::testing::HasSubstr("is named twice"));
}

// What a shape or a kernel throws does not know for whom.
TEST(OperatorEdges, ErrorsNameTheOperator) {
  const NDArray deep = nd::ones({1, 2, 1, 1, 1, 2, 1, 1});
  const NDArray singular = nd::ones({2, 2});
  const std::vector<std::pair<std::string, std::vector<NDArray>>> calls = {
      {"take", {deep, deep}},       {"stack", {deep}},
      {"gather_nd", {deep, deep}},  {"dot", {deep, deep}},
      {"_linalg_makediag", {deep}}, {"_linalg_solve", {singular, singular}}};
  for (const auto& [name, in] : calls) {
    EXPECT_THAT(message_of([&, &op = name, &arrays = in] { nd::invoke(op, arrays, {}); }),
                ::testing::StartsWith("[" + name + "] "));
  }
  EXPECT_THAT(
      message_of([&] {
        nd::invoke("_contrib_MultiBoxPrior", {nd::ones({1, 1, 2, 2})}, {{"sizes", "(0, 1)"}});
      }),
      ::testing::HasSubstr("sizes: expected numbers greater than 0, got (0, 1)"));
  EXPECT_THAT(message_of([] {
                nd::invoke("cast_storage", {nd::ones(3)}, {{"stype", "csr"}});
              }),
              ::testing::HasSubstr("[cast_storage] "));
  const auto graph = sym::invoke("_linalg_solve", {sym::var("a"), sym::var("b")}, {}, "solved");
  EXPECT_THAT(message_of([&] {
                graph.eval({{"a", singular}, {"b", singular}});
              }),
              ::testing::HasSubstr("[_linalg_solve solved] "));
}

}  // namespace
}  // namespace gluino
