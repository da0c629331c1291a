#include <gluino/gluino.h>
#include <gtest/gtest.h>

#include <cmath>

namespace gluino {
namespace {

namespace nn = gluon::nn;

constexpr std::int64_t kBatch = 16;

nn::HybridSequential make_net() {
  nn::HybridSequential net;
  net.add(nn::Conv2D({.channels = 6, .kernel_size = {3, 3}, .activation = "relu"}),
          nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}), nn::BatchNorm(), nn::Flatten(),
          nn::Dense({.units = 24, .activation = "tanh"}), nn::Dense({.units = 3}));
  return net;
}

void expect_near(const NDArray& got, const NDArray& expected, double tolerance) {
  ASSERT_EQ(got.shape(), expected.shape());
  const auto x = got.to_vector<double>();
  const auto y = expected.to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], y[i], tolerance) << i;
}

class HalfPrecisionNetwork : public ::testing::TestWithParam<DType> {
 protected:
  void SetUp() override {
    random::seed(7);
    net_.initialize(init::Xavier());
    images_ = nd::random::uniform({.shape = {kBatch, 1, 10, 10}});
    expected_ = net_(images_);
    net_.cast(GetParam());
    half_ = images_.astype(GetParam());
  }

  double tolerance() const { return GetParam() == float16 ? 5e-3 : 5e-2; }

  nn::HybridSequential net_ = make_net();
  NDArray images_, half_, expected_;
};

TEST_P(HalfPrecisionNetwork, GivesWhatFloat32GivesEagerlyCompiledAndFrozen) {
  const NDArray eager = net_(half_);
  EXPECT_EQ(eager.dtype(), GetParam());
  expect_near(eager, expected_, tolerance());
  net_.hybridize();
  expect_near(net_(half_), expected_, tolerance());
  const FrozenGraph frozen = net_.freeze(half_);
  expect_near(frozen({half_})[0], expected_, tolerance());
}

TEST_P(HalfPrecisionNetwork, Learns) {
  const NDArray labels = nd::modulo(nd::arange(kBatch), 3);
  gluon::loss::SoftmaxCrossEntropyLoss loss_function;
  net_.hybridize();
  gluon::Trainer trainer(net_.collect_params(), "sgd", {{"learning_rate", 0.1}, {"momentum", 0.9}});
  double first = 0;
  double last = 0;
  for (int step = 0; step < 40; ++step) {
    NDArray loss;
    {
      const auto recording = autograd::record();
      loss = loss_function(net_(half_), labels);
    }
    loss.backward();
    trainer.step(kBatch);
    last = nd::mean(loss.astype(float32)).asscalar();
    if (step == 0) first = last;
  }
  EXPECT_LT(last, first / 2);
}

INSTANTIATE_TEST_SUITE_P(Types, HalfPrecisionNetwork, ::testing::Values(float16, bfloat16),
                         [](const auto& param) { return to_string(param.param); });

}  // namespace
}  // namespace gluino
