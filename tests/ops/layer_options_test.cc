// Options of layers beyond the usual: lengths and types of softmax, axes of Dropout, rrelu.
#include <cmath>

#include "ops/support.h"

namespace gluino {
namespace {

// MXNet 2's form: what a group is, each channel may scale and shift by numbers of its own.
TEST(GroupNorm, TakesParametersOfGroupsOrOfChannels) {
  const NDArray x = nd::random::normal({.shape = {2, 4, 3}});
  const GroupNormOptions options{.num_groups = 2};
  const NDArray normal = nd::GroupNorm(x, nd::ones({2}), nd::zeros({2}), options);
  const NDArray gamma = nd::array({1, 2, 3, 4}), beta = nd::array({0.5, -1, 0, 2});
  const NDArray expected = normal * gamma.reshape({1, 4, 1}) + beta.reshape({1, 4, 1});
  const NDArray got = nd::GroupNorm(x, gamma, beta, options);
  const auto values = got.to_vector<double>(), wanted = expected.to_vector<double>();
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], wanted[i], 1e-5);
  EXPECT_THROW(nd::GroupNorm(x, nd::ones({3}), nd::zeros({3}), options), Error);
  EXPECT_THROW(nd::GroupNorm(x, nd::ones({4}), nd::zeros({2}), options), Error);
}

using testing::message_of;
using Values = std::vector<double>;

TEST(SoftmaxOptions, OnlyTheFirstElementsCount) {
  const NDArray x = nd::array({{1, 2, NAN}, {4, 5, 7}, {1, 1, 1}}, float64);
  const NDArray y = nd::softmax(x, nd::array({2, 9, 0}, int32), {.temperature = 2});
  const auto values = y.to_vector<double>();
  const NDArray first = nd::softmax(nd::array({1, 2}, float64), {.temperature = 2});
  const NDArray whole = nd::softmax(nd::array({4, 5, 7}, float64), {.temperature = 2});
  const auto two = first.to_vector<double>(), three = whole.to_vector<double>();
  EXPECT_EQ(values, (Values{two[0], two[1], 0, three[0], three[1], three[2], 0, 0, 0}));
  EXPECT_EQ(message_of([&] {
              nd::softmax(x, nd::array({1, 2}), SoftmaxOptions());
            }),
            "[softmax] length: expected shape (3,), got (2,)");
}

TEST(SoftmaxOptions, TheResultMayHaveAnotherType) {
  const NDArray x = nd::array({{0.1F, 0.7F, -2.F}});
  const NDArray wide = nd::log_softmax(x, {.dtype = float64});
  EXPECT_EQ(wide.dtype(), float64);
  EXPECT_EQ(wide.to_vector<double>(), nd::log_softmax(x.astype(float64)).to_vector<double>());
  EXPECT_EQ(nd::softmin(x, {.dtype = float16}).dtype(), float16);
  x.attach_grad();
  NDArray y;
  {
    const auto recording = autograd::record();
    y = nd::softmax(x, {.dtype = float64});
  }
  y.backward(nd::array({{1, 0, 0}}, float64));
  EXPECT_EQ(x.grad().dtype(), float32);
  const auto p = y.to_vector<double>();
  EXPECT_NEAR(x.grad().to_vector<float>()[0], p[0] * (1 - p[0]), 1e-7);
  EXPECT_EQ(message_of([&] { nd::softmax(x, {.dtype = int32}); }),
            "[softmax] dtype: expected one of real numbers, got int32");
}

TEST(DropoutOptions, DropsTogetherAlongAxes) {
  random::seed(1);
  const autograd::Scope training = autograd::train_mode();
  const auto y = nd::Dropout(nd::ones({3, 40}), {.p = 0.5, .axes = {-2}}).to_vector<float>();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(y[i], y[40 + i]);
    EXPECT_EQ(y[i], y[80 + i]);
    EXPECT_TRUE(y[i] == 0 || y[i] == 2);
    kept += y[i] == 2 ? 1 : 0;
  }
  EXPECT_GT(kept, 8U);
  EXPECT_LT(kept, 32U);
  EXPECT_THROW(nd::Dropout(nd::ones({2}), {.axes = {1}}), Error);
}

TEST(LeakyReLUOptions, SlopesAreDrawnInTrainingAlone) {
  const LeakyReLUOptions options = {.act_type = "rrelu", .lower_bound = 0.1, .upper_bound = 0.5};
  const NDArray x = nd::array({-1, -2, 3, 0}, float64);
  const auto still = nd::LeakyReLU(x, options).to_vector<double>();
  const Values expected = {-0.3, -0.6, 3, 0};
  for (std::size_t i = 0; i < still.size(); ++i) EXPECT_NEAR(still[i], expected[i], 1e-15);
  x.attach_grad();
  NDArray y;
  {
    const auto recording = autograd::record();
    y = nd::LeakyReLU(x, options);
  }
  y.backward();
  const auto values = y.to_vector<double>(), slopes = x.grad().to_vector<double>();
  for (const std::size_t i : {0, 1}) {
    EXPECT_GE(slopes[i], 0.1);
    EXPECT_LT(slopes[i], 0.5);
  }
  EXPECT_EQ(values, (Values{-slopes[0], -2 * slopes[1], 3, 0}));
  EXPECT_NE(slopes[0], slopes[1]);
  EXPECT_EQ(slopes[2], 1);
}

// What is too large is not told to be too small.
TEST(ImageOptions, TooLargeOnesAreToldWhatIsTheMost) {
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  const NDArray image = nd::ones({1, 1, 4, 4});
  EXPECT_EQ(message_of([&] {
              nd::Pooling(image, {.kernel = {2, 2}, .pool_type = "max", .stride = {1, huge}});
            }),
            "[Pooling] stride: expected numbers of at least 1 and below 2^30, got 1099511627776");
  EXPECT_EQ(message_of([&] {
              nd::image_resize(nd::ones({4, 4, 3}), {.size = {huge, 2}});
            }),
            "[_image_resize] size: expected numbers of at least 1 and below 2^28, got "
            "(1099511627776, 2)");
}

}  // namespace
}  // namespace gluino
