#include "gluon/support.h"

namespace gluino {
namespace {

namespace nn = gluon::nn;
using gluon::loss::L2Loss;
using gluon::loss::SoftmaxCrossEntropyLoss;
using testing::expect_near;
using ::testing::HasSubstr;
using testing::message_of;
using testing::pattern;

struct Expected {
  std::vector<double> losses;
  std::vector<double> gradient;
};

template <class Loss>
void check_loss(Loss loss, const NDArray& pred, const NDArray& label, const NDArray& weight,
                const Expected& expected) {
  pred.attach_grad();
  NDArray value;
  {
    const auto recording = autograd::record();
    value = loss(pred, label, weight);
  }
  value.backward();
  EXPECT_EQ(value.shape(), Shape({static_cast<std::int64_t>(expected.losses.size())}));
  expect_near(value, expected.losses);
  expect_near(pred.grad(), expected.gradient);
}

const Expected kSparse = {
    {2.7501154, 1.4750717, 2.4846661},
    {-0.9360795, 0.20313886, 0.64557397, 0.087368943, 0.1673661, 0.53188831, 0.071983263,
     -0.77123767, 0.61590278, -0.9166466, 0.26489645, 0.035849843}};
const Expected kWeighted = {{2.7501154, 0, 4.9693322},
                            {-0.9360795, 0.20313886, 0.64557397, 0.087368943, 0, 0, 0, 0, 1.2318056,
                             -1.8332932, 0.5297929, 0.071699686}};

TEST(SoftmaxCrossEntropy, WeightsMayRepeatLossesAlongAxesOfSizeOne) {
  SoftmaxCrossEntropyLoss loss({.sparse_label = false});
  const NDArray pred = nd::array({0.1, 0.5, -0.2, 0.3, -0.4, 0.9, -1, 0.2, 0.4, 0.7, 0, 0.6});
  const NDArray label = nd::array({0.2, 0.5, 0.3, 1, 0, 0, 0, 0.5, 0.5, 0.1, 0.8, 0.1});
  const NDArray weights = nd::array({1, 2, 3, 0, 0, 0, 1, 1, 1, 0.5, 0, 2});
  const Shape shape{2, 2, 3};
  expect_near(loss(pred.reshape(shape), label.reshape(shape), weights.reshape(shape)),
              {1.0632972, 1.015171});
  EXPECT_THAT(message_of([&] {
                loss(pred.reshape(shape), label.reshape(shape), nd::ones({4, 2, 3}));
              }),
              HasSubstr("sample_weight: expected"));
}

TEST(SoftmaxCrossEntropy, OfClassesIsMxnets) {
  const NDArray label = nd::array({0, 3, 1});
  check_loss(SoftmaxCrossEntropyLoss(), pattern({3, 4}, 0), label, {}, kSparse);
  check_loss(SoftmaxCrossEntropyLoss(), pattern({3, 4}, 0), label.astype(int32), {}, kSparse);
  check_loss(SoftmaxCrossEntropyLoss(), pattern({3, 4}, 0), label, nd::array({{1}, {0}, {2}}),
             kWeighted);
  check_loss(SoftmaxCrossEntropyLoss(), pattern({3, 4}, 0), label, nd::array({1, 0, 2}), kWeighted);
  EXPECT_THAT(message_of([&] {
                SoftmaxCrossEntropyLoss()(pattern({3, 4}, 0), label, nd::array({1, 0}));
              }),
              HasSubstr("sample_weight: expected"));
  check_loss(SoftmaxCrossEntropyLoss({.weight = 0.5}), pattern({3, 4}, 0), label, {},
             {{1.3750577, 0.73753583, 1.2423331},
              {-0.46803975, 0.10156943, 0.32278699, 0.043684471, 0.083683051, 0.26594415,
               0.035991631, -0.38561884, 0.30795139, -0.4583233, 0.13244823, 0.017924922}});
  check_loss(SoftmaxCrossEntropyLoss({.from_logits = true}), nd::log_softmax(pattern({3, 4}, 0)),
             label, {}, {kSparse.losses, {-1, 0, 0, 0, 0, 0, 0, -1, 0, -1, 0, 0}});
  check_loss(SoftmaxCrossEntropyLoss({.axis = 1}), pattern({2, 3, 2}, 0),
             nd::array({{0, 1}, {2, 1}}), {},
             {{2.667141, 1.2957833},
              {-0.4676238, 0.086596631, 0.32698801, -0.46275526, 0.1406358, 0.37615862, 0.0323762,
               0.30958295, 0.32698801, -0.36685002, -0.35936421, 0.057267088}});
}

TEST(SoftmaxCrossEntropy, OfProbabilitiesIsMxnets) {
  check_loss(SoftmaxCrossEntropyLoss({.sparse_label = false}), pattern({3, 4}, 0),
             nd::softmax(pattern({3, 4}, 3)), {},
             {{1.8971702, 1.7122967, 1.6840998},
              {-0.10344562, -0.32874951, 0.5735907, -0.14139336, -0.17366686, 0.48573446,
               -0.074693196, -0.23737444, 0.55198246, -0.11978505, -0.38067609, -0.051518898}});
}

TEST(L2, IsMxnets) {
  check_loss(L2Loss(), pattern({2, 3}, 0), pattern({2, 3}, 5), {},
             {{1.3291016, 1.1811523},
              {-0.57291669, -0.57291669, 0.47916669, -0.57291669, 0.47916669, 0.47916669}});
  check_loss(L2Loss({.weight = 3}), pattern({2, 3}, 0), pattern({2, 3}, 5), nd::array({{1}, {0.5}}),
             {{3.9873047, 1.7717285}, {-1.71875, -1.71875, 1.4375, -0.859375, 0.71875, 0.71875}});
}

nn::Dense starting_point(const std::vector<Context>& contexts = {cpu()}) {
  nn::Dense layer({.units = 2, .in_units = 3});
  layer.initialize(init::Zero(), contexts);
  layer.weight().set_data(pattern({2, 3}, 1));
  layer.bias().set_data(pattern({2}, 2));
  return layer;
}

// Three steps on batches of four, split over the contexts.
void train(nn::Dense& layer, gluon::Trainer& trainer, const std::vector<Context>& contexts) {
  L2Loss loss;
  for (int step = 0; step < 3; ++step) {
    const auto x = gluon::utils::split_and_load(pattern({4, 3}, step), contexts);
    const auto y = gluon::utils::split_and_load(pattern({4, 2}, step + 3), contexts);
    std::vector<NDArray> losses;
    {
      const auto recording = autograd::record();
      for (std::size_t i = 0; i < x.size(); ++i) losses.push_back(loss(layer(x[i]), y[i]));
    }
    autograd::backward(losses);
    trainer.step(4);
  }
}

const std::map<std::string, double> kSgd = {
    {"learning_rate", 0.1}, {"momentum", 0.9}, {"wd", 0.01}};

TEST(Trainer, StepsAsMxnets) {
  auto layer = starting_point();
  gluon::Trainer sgd(layer.collect_params(), "sgd", kSgd);
  train(layer, sgd, {cpu()});
  expect_near(layer.weight().data(),
              {-0.91069722, 0.11872039, 0.44540569, -0.48006046, 0.26847219, 0.77941769});
  expect_near(layer.bias().data(), {-0.97418308, -0.067341685});

  layer = starting_point();
  gluon::Trainer adam(layer.collect_params(), "adam", {{"learning_rate", 0.1}, {"wd", 0.01}});
  train(layer, adam, {cpu()});
  expect_near(layer.weight().data(),
              {-0.96544605, 0.23644367, 0.80111259, -0.64144164, 0.35763845, 1.1355662}, 1e-5);
  expect_near(layer.bias().data(), {-1.0243148, 0.0074958578}, 1e-5);
}

TEST(Trainer, StepsOnTwoContextsAsOnOne) {
  auto one = starting_point();
  gluon::Trainer single(one.collect_params(), "sgd", kSgd);
  train(one, single, {cpu()});
  const std::vector<Context> contexts = {cpu(0), cpu(1)};
  auto two = starting_point(contexts);
  gluon::Trainer both(two.collect_params(), "sgd", kSgd);
  train(two, both, contexts);
  for (const Context& context : contexts) {
    expect_near(two.weight().data(context), one.weight().data().to_vector<double>(), 1e-6);
    expect_near(two.bias().data(context), one.bias().data().to_vector<double>(), 1e-6);
  }
}

TEST(Trainer, RefusesStaleGradients) {
  auto layer = starting_point();
  gluon::Trainer trainer(layer.collect_params(), "sgd", {{"learning_rate", 0.1}});
  const auto before = layer.weight().data().to_vector<float>();
  EXPECT_THAT(message_of([&] { trainer.step(1); }), HasSubstr("ignore_stale_grad"));
  trainer.step(1, true);
  EXPECT_EQ(layer.weight().data().to_vector<float>(), before);
  EXPECT_THROW(trainer.step(0), Error);
}

TEST(Trainer, FollowsANewRate) {
  auto layer = starting_point();
  gluon::Trainer trainer(layer.collect_params(), "sgd", {{"learning_rate", 0.1}});
  EXPECT_EQ(trainer.learning_rate(), 0.1);
  trainer.set_learning_rate(0);
  const auto before = layer.weight().data().to_vector<float>();
  train(layer, trainer, {cpu()});
  EXPECT_EQ(layer.weight().data().to_vector<float>(), before);
}

TEST(SplitAndLoad, CutsAlongTheBatch) {
  const NDArray x = pattern({5, 2}, 0);
  EXPECT_THAT(message_of([&] {
                gluon::utils::split_and_load(x, {cpu(0), cpu(1)});
              }),
              HasSubstr("even_split"));
  const auto parts = gluon::utils::split_and_load(x, {cpu(0), cpu(1)}, {.even_split = false});
  EXPECT_EQ(parts[0].shape(), Shape({3, 2}));
  EXPECT_EQ(parts[1].shape(), Shape({2, 2}));
  EXPECT_EQ(parts[1].context(), cpu(1));
  EXPECT_EQ(parts[1].to_vector<float>()[0], x.to_vector<float>()[6]);
  const auto columns = gluon::utils::split_data(x, 2, {.batch_axis = 1});
  EXPECT_EQ(columns[1].to_vector<float>()[1], x.to_vector<float>()[3]);
  EXPECT_THROW(gluon::utils::split_data(x, 6), Error);
}

TEST(ClipGlobalNorm, ScalesAllTogether) {
  const std::vector<NDArray> arrays = {pattern({2, 3}, 0), pattern({3}, 4)};
  EXPECT_NEAR(gluon::utils::clip_global_norm(arrays, 1), 2.8118055, 1e-6);
  expect_near(arrays[1], {-0.06668313592672348, 0.34452953934669495, -0.36675724387168884});
  EXPECT_NEAR(gluon::utils::clip_global_norm(arrays, 5), 1, 1e-6);
  EXPECT_THROW(gluon::utils::clip_global_norm({nd::array({NAN})}, 1), Error);
}

}  // namespace
}  // namespace gluino
