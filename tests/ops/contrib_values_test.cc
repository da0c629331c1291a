// Values of small operators, most of them MXNet's "contrib"; the numbers are MXNet's.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using testing::same_bits;

using Values = std::vector<double>;

Values values(const NDArray& array) { return array.to_vector<double>(); }

// The gradient of the sum of what f gives, times `head`.
template <class F>
Values gradient(const NDArray& x, F f, double head = 1) {
  x.attach_grad();
  NDArray y;
  {
    const auto recording = autograd::record();
    y = f(x);
  }
  autograd::backward({y}, {nd::ones(y.shape()) * head});
  return values(x.grad());
}

TEST(StraightThrough, RoundsAndHandsGradientsOn) {
  const NDArray x = nd::array({-1.5, -0.5, 0, 0.5, 2.5, -2.4});
  EXPECT_EQ(values(nd::round_ste(x)), (Values{-2, -1, 0, 1, 3, -2}));
  EXPECT_EQ(values(nd::sign_ste(x)), (Values{-1, -1, 0, 1, 1, -1}));
  EXPECT_EQ(values(nd::round_ste(nd::array({-7, 3}, int32))), (Values{-7, 3}));
  const auto ones = Values(6, 3);
  EXPECT_EQ(gradient(
                x, [](const NDArray& a) { return nd::round_ste(a); }, 3),
            ones);
  EXPECT_EQ(gradient(
                x, [](const NDArray& a) { return nd::sign_ste(a); }, 3),
            ones);
  EXPECT_EQ(gradient(x, [](const NDArray& a) { return nd::gradientmultiplier(a, {.scalar = -2}); }),
            Values(6, -2));
}

// The averages and gradients are MXNet 1.9.1's.
TEST(KLSparseReg, AddsAPenaltyToTheGradientOfWhatPassesThrough) {
  const NDArray x = nd::array({{0.2, 0.9}, {0.4, 0.7}});
  NDArray average = nd::zeros({2});
  x.attach_grad();
  const auto step = [&] {
    {
      const auto recording = autograd::record();
      const NDArray y = nd::IdentityAttachKLSparseReg(
          x, average, {.sparseness_target = 0.3, .penalty = 0.5, .momentum = 0.6});
      EXPECT_EQ(values(y), values(x));
      autograd::backward({y}, {nd::array({{2, 2}, {1, 0}})});
    }
    return values(x.grad());
  };
  const auto expect_near = [](const Values& found, const Values& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-5);
  };
  expect_near(step(), {1.1477271, 2.0459557, 0.1477271, 0.0459558});
  expect_near(values(average), {0.12, 0.32});
  expect_near(step(), {1.6519183, 2.4242442, 0.6519183, 0.4242443});
  nd::IdentityAttachKLSparseReg(x, average, {.momentum = 0.6});  // outside of training
  expect_near(values(average), {0.192, 0.512});
}

TEST(Quadratic, IsTheFormula) {
  const NDArray x = nd::array({1, 2, 3});
  const auto f = [](const NDArray& a) { return nd::quadratic(a, {.a = 2, .b = 3, .c = 4}); };
  EXPECT_EQ(values(f(x)), (Values{9, 18, 31}));
  EXPECT_EQ(gradient(x, f), (Values{7, 11, 15}));
}

TEST(Allclose, ComparesAsNumPy) {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  const auto close = [](const Values& a, const Values& b, const AllcloseOptions& o = {}) {
    const NDArray found = nd::allclose(nd::array(a, float64), nd::array(b, float64), o);
    EXPECT_EQ(found.dtype(), uint8);
    EXPECT_EQ(found.shape(), Shape());
    return values(found)[0] == 1;
  };
  EXPECT_TRUE(close({1, 2}, {1, 2.00001}));
  EXPECT_FALSE(close({1, 2}, {1, 2.0001}));
  EXPECT_TRUE(close({1}, {2}, {.rtol = 0, .atol = 1}));
  EXPECT_TRUE(close({nan}, {nan}));
  EXPECT_FALSE(close({nan}, {nan}, {.equal_nan = false}));
  EXPECT_FALSE(close({nan}, {1}));
  EXPECT_TRUE(close({inf, -inf}, {inf, -inf}));
  EXPECT_FALSE(close({inf}, {-inf}));
  EXPECT_FALSE(close({inf}, {1}, {.rtol = inf}));
}

NDArray counted() { return nd::array({{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}}); }

TEST(BooleanMask, TakesRows) {
  const NDArray x = counted(), index = nd::array({1, 0, 2});
  EXPECT_EQ(values(nd::boolean_mask(x, index)), (Values{0, 1, 2, 3, 8, 9, 10, 11}));
  EXPECT_EQ(nd::boolean_mask(x, nd::zeros({3})).shape(), Shape({0, 4}));
  const NDArray half = nd::boolean_mask(x.astype(float16), nd::array({0, 1, 0}, int64));
  EXPECT_EQ(values(half), (Values{4, 5, 6, 7}));
  EXPECT_EQ(gradient(x, [&](const NDArray& a) { return nd::boolean_mask(a, index); }),
            (Values{1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1}));
}

TEST(BooleanMask, SaysWhatIsWrong) {
  const NDArray x = counted();
  EXPECT_THAT(message_of([&] { nd::boolean_mask(x, nd::ones({4})); }),
              HasSubstr("index: expected shape (3,), got (4,)"));
  EXPECT_THAT(message_of([&] { nd::boolean_mask(x, nd::ones({3}), {.axis = 1}); }),
              HasSubstr("axis: expected 0, got 1"));
  EXPECT_THAT(message_of([&] { nd::boolean_mask(x, nd::ones({3}), {.rows = 2}); }),
              HasSubstr("index selects 3 rows, rows says 2"));
  const auto run = [&](const BooleanMaskOptions& o) {
    const std::vector<NDArray> in = {x, nd::ones({3})};
    return CachedOp(sym::boolean_mask(sym::var("x"), sym::var("index"), o))(in);
  };
  EXPECT_EQ(values(run({})[0]), values(x));  // operator by operator
  EXPECT_EQ(values(run({.rows = 3})[0]), values(x));
  EXPECT_THAT(message_of([&] { run({.rows = 2}); }), HasSubstr("index selects 3 rows"));
}

TEST(IndexArray, SaysWhereElementsStand) {
  EXPECT_EQ(values(nd::index_array(nd::zeros({2, 2}))), (Values{0, 0, 0, 1, 1, 0, 1, 1}));
  const NDArray some = nd::index_array(nd::zeros({2, 1, 2}), {.axes = Shape{2, 0}});
  EXPECT_EQ(some.shape(), Shape({2, 1, 2, 2}));
  EXPECT_EQ(some.dtype(), int64);
  EXPECT_EQ(values(some), (Values{0, 0, 1, 0, 0, 1, 1, 1}));
  EXPECT_THROW(nd::index_array(nd::zeros({2}), {.axes = Shape{1}}), Error);
}

TEST(SplitV2, CutsAtPlaces) {
  const auto shapes = [](const SplitV2Options& o) {
    std::vector<Shape> found;
    for (const NDArray& part : nd::split_v2(counted(), o)) found.push_back(part.shape());
    return found;
  };
  using Shapes = std::vector<Shape>;
  EXPECT_EQ(shapes({.indices = {0, 1, 3}}), (Shapes{{3, 1}, {3, 2}, {3, 1}}));
  EXPECT_EQ(shapes({.sections = 3}), (Shapes{{3, 2}, {3, 1}, {3, 1}}));
  EXPECT_EQ(shapes({.axis = 0, .squeeze_axis = true, .sections = 3}), (Shapes{{4}, {4}, {4}}));
  const auto parts = nd::split_v2(counted(), {.indices = {1, 3}, .axis = -1});
  EXPECT_EQ(values(parts[0]), (Values{1, 2, 5, 6, 9, 10}));
  EXPECT_EQ(values(parts[1]), (Values{3, 7, 11}));
  EXPECT_THAT(message_of([&] { shapes({.indices = {0, 3, 1}}); }), HasSubstr("rising places"));
  EXPECT_THAT(message_of([&] { shapes({.indices = {0, 7}}); }), HasSubstr("rising places"));
  EXPECT_THAT(message_of([&] { shapes({}); }), HasSubstr("the number of sections"));
}

TEST(SVMOutput, HasTheGradientOfTheHinge) {
  const NDArray x = nd::array({{0.5, -2, 2, -3}, {1, -1, 0.25, 1}});
  const NDArray label = nd::array({0, 1});
  const auto slopes = [&](bool linear) {
    return gradient(
        x,
        [&](const NDArray& a) {
          return nd::SVMOutput(
              a, label, {.margin = 0.75, .regularization_coefficient = 2, .use_linear = linear});
        },
        7);
  };
  EXPECT_EQ(slopes(false), (Values{-1, 0, 11, 0, 7, -7, 4, 7}));
  EXPECT_EQ(slopes(true), (Values{-2, 0, 2, 0, 2, -2, 2, 2}));
  EXPECT_THAT(message_of([&] { nd::SVMOutput(x, nd::ones({3})); }),
              HasSubstr("label: expected shape (2,), got (3,)"));
}

TEST(Moments, AreMeanAndVariance) {
  const auto found = nd::moments(counted(), {.axes = Shape{1}});
  EXPECT_EQ(values(found[0]), (Values{1.5, 5.5, 9.5}));
  EXPECT_EQ(values(found[1]), Values(3, 1.25));
  const auto all = nd::moments(counted(), {.axes = Shape{0, 1}, .keepdims = true});
  EXPECT_EQ(all[0].shape(), Shape({1, 1}));
  EXPECT_NEAR(values(all[1])[0], 143.0 / 12, 1e-5);
  EXPECT_THAT(message_of([] { nd::moments(counted(), {}); }), HasSubstr("axes: expected the axes"));
  EXPECT_THROW(nd::moments(counted(), {.axes = Shape{2}}), Error);
}

TEST(Histogram, CountsAsNumPy) {
  const NDArray x = nd::array({0.5, 1, 1.5, 2, 3, -1, 3.0001, std::nan("")});
  const auto uniform = nd::histogram(x, {.bin_cnt = 3, .range = Interval{0, 3}});
  EXPECT_EQ(values(uniform[0]), (Values{1, 2, 2}));
  EXPECT_EQ(values(uniform[1]), (Values{0, 1, 2, 3}));
  EXPECT_EQ(uniform[0].dtype(), int64);
  EXPECT_EQ(values(nd::histogram(x, nd::array({0, 1, 1.5, 3}))[0]), (Values{1, 1, 3}));
  EXPECT_EQ(values(nd::histogram(x, {.bin_cnt = 2, .range = Interval{3, 3}})[1]),
            (Values{2.5, 3, 3.5}));
  EXPECT_THAT(message_of([&] {
                nd::histogram(x, {.bin_cnt = 2, .range = Interval{3, 1}});
              }),
              HasSubstr("the smaller first"));
  EXPECT_THAT(message_of([&] { nd::histogram(x, nd::array({1, 0})); }), HasSubstr("rising edges"));
  EXPECT_THAT(message_of([&] {
                nd::invoke("_histogram", {x}, {{"bin_cnt", "2"}, {"range", "(1, 2, 3)"}});
              }),
              HasSubstr("range: expected two numbers"));
}

TEST(Histogram, OfManyElementsCountsEach) {
  const NDArray x = nd::random::uniform({.low = 0, .high = 10, .shape = {20001}});
  Values expected(7);
  for (const double value : values(x)) ++expected[static_cast<std::size_t>(value * 0.7)];
  const auto found = values(nd::histogram(x, {.bin_cnt = 7, .range = Interval{0, 10}})[0]);
  EXPECT_EQ(found, expected);
}

TEST(BatchNormForms, AreBatchNormAndWhatFollows) {
  for (const Shape& shape : {Shape{4, 3, 2, 2}, Shape{6, 3}}) {
    const NDArray x = testing::filled({shape}, float32, 1), gamma = nd::array({1, 2, 3});
    const NDArray beta = nd::array({0.1, 0.2, -0.3});
    const auto statistics = [] { return std::pair(nd::zeros({3}), nd::ones({3})); };
    const auto [mean, var] = statistics();
    const auto [relu_mean, relu_var] = statistics();
    const auto [sync_mean, sync_var] = statistics();
    const auto training = autograd::train_mode();
    const NDArray plain = nd::BatchNorm(x, gamma, beta, mean, var, {.fix_gamma = false});
    const NDArray with_relu =
        nd::BatchNormWithReLU(x, gamma, beta, relu_mean, relu_var, {{.fix_gamma = false}});
    const NDArray synchronized =
        nd::SyncBatchNorm(x, gamma, beta, sync_mean, sync_var, {{.fix_gamma = false}, 1, "key"});
    EXPECT_TRUE(same_bits(with_relu, nd::relu(plain)));
    EXPECT_TRUE(same_bits(synchronized, plain));
    for (const NDArray& moved : {relu_mean, sync_mean}) EXPECT_TRUE(same_bits(moved, mean));
    for (const NDArray& moved : {relu_var, sync_var}) EXPECT_TRUE(same_bits(moved, var));
    EXPECT_THAT(message_of([&, m = mean, v = var] {
                  nd::SyncBatchNorm(x, gamma, beta, m, v, {{}, 2, "key"});
                }),
                HasSubstr("ndev: expected 1"));
  }
}

}  // namespace
}  // namespace gluino
