// Losses of MXNet 1.9.1, and its numbers.
#include "gluon/support.h"

namespace gluino::gluon {
namespace {

using gluino::testing::expect_near;
using gluino::testing::message_of;
using gluino::testing::pattern;
using ::testing::HasSubstr;

struct PlainLosses : ::testing::TestWithParam<bool> {
  template <class L>
  L made(L loss) {
    loss.hybridize(GetParam());
    return loss;
  }
  NDArray x = pattern({3, 4}, 1);
  NDArray y = pattern({3, 4}, 2);
  NDArray signs = nd::sign(pattern({3, 4}, 3));
  NDArray bits = pattern({3, 4}, 3) > 0.0;
  NDArray weights = nd::array({1, 2, 0.5}).reshape({3, 1});
};

TEST_P(PlainLosses, OfDifferences) {
  auto l1 = made(loss::L1Loss());
  expect_near(l1(x, y), {0.34375, 0.9609375, 0.34375});
  auto half = made(loss::L1Loss({.weight = 0.5}));
  expect_near(half(x, y, weights), {0.171875, 0.9609375, 0.0859375});
  auto huber = made(loss::HuberLoss());
  expect_near(huber(x, y), {0.05908203, 0.6224365, 0.05908203});
  auto narrow = made(loss::HuberLoss({.rho = 0.5}));
  expect_near(narrow(x, y, weights), {0.1181641, 1.458496, 0.05908203});
}

TEST_P(PlainLosses, OfMargins) {
  auto hinge = made(loss::HingeLoss());
  expect_near(hinge(x, signs), {0.8125, 1.296875, 0.3515625});
  auto wide = made(loss::HingeLoss({.margin = 2}));
  expect_near(wide(x, signs, weights), {1.757812, 4.59375, 0.6054688});
  auto squared = made(loss::SquaredHingeLoss());
  expect_near(squared(x, signs), {1.380371, 2.270996, 0.4143066});
  auto squared_wide = made(loss::SquaredHingeLoss({.margin = 2}));
  expect_near(squared_wide(x, signs, weights), {3.907959, 11.72949, 0.9439697});
}

TEST_P(PlainLosses, OfTwoClasses) {
  auto logistic = made(loss::LogisticLoss());
  expect_near(logistic(x, signs), {0.676465, 0.921442, 0.4215831});
  auto binary = made(loss::LogisticLoss({.label_format = "binary"}));
  expect_near(binary(x, bits, weights), {0.676465, 1.842884, 0.2107915});
  const NDArray positive = nd::abs(pattern({1, 4}, 7));
  auto bce = made(loss::SigmoidBCELoss());
  expect_near(bce(x, bits), {0.676465, 0.921442, 0.4215831});
  auto weighted = made(loss::SigmoidBinaryCrossEntropyLoss());
  expect_near(weighted(x, bits, weights, positive), {0.7047809, 1.31639, 0.183713});
  const NDArray p = nd::sigmoid(x);
  auto of_p = made(loss::SigmoidBCELoss({.from_sigmoid = true}));
  expect_near(of_p(p, bits), {0.676465, 0.921442, 0.4215831});
  auto of_p_weighted = made(loss::SigmoidBCELoss({.from_sigmoid = true}));
  expect_near(of_p_weighted(p, bits, weights, positive), {0.7047809, 1.31639, 0.1837131});
  auto only_positive = made(loss::SigmoidBCELoss());
  expect_near(only_positive(x, bits, {}, positive),
              weighted(x, bits, nd::ones({3}), positive).to_vector<double>());
  // Far out, log(1 + exp(x)) is x and no infinity.
  expect_near(bce(nd::full({3, 4}, 1000), nd::zeros({3, 4})), {1000, 1000, 1000});
}

TEST_P(PlainLosses, OfDistributions) {
  const NDArray q = nd::softmax(y);
  auto plain = made(loss::KLDivLoss());
  expect_near(plain(nd::log_softmax(x), q), {-2.185837e-06, 0.5661225, -2.185837e-06}, 1e-5);
  auto of_scores = made(loss::KLDivLoss({.from_logits = false}));
  expect_near(of_scores(x, q, weights), {-2.185837e-06, 1.132245, -1.092919e-06}, 1e-5);
  auto along = made(loss::KLDivLoss({.from_logits = false, .axis = 1, .weight = 2}));
  expect_near(along(pattern({2, 3, 4}, 1), nd::softmax(pattern({2, 3, 4}, 2), {.axis = 1})),
              {1.670046, 1.670046}, 1e-5);
}

// The classes along the batch's axis: as MXNet, one number, the mean over the others.
TEST_P(PlainLosses, OfClassesAlongTheBatchsAxis) {
  const NDArray classes = nd::array({0, 2, 1, 1});
  auto each = made(loss::SoftmaxCrossEntropyLoss({.axis = 0, .batch_axis = 1}));
  auto one = made(loss::SoftmaxCrossEntropyLoss({.axis = -2}));
  const NDArray losses = each(x, classes);
  EXPECT_EQ(losses.shape(), Shape({4}));
  EXPECT_EQ(one(x, classes).shape(), Shape({1}));
  expect_near(one(x, classes), losses.mean().to_vector<double>());
}

TEST_P(PlainLosses, OfPairsInABatch) {
  auto plain = made(loss::SDMLLoss());
  expect_near(plain(x, y), {1.495145, 0.311709, 1.220027}, 1e-5);
  // Twice what MXNet gives, which leaves out the weight.
  auto sure = made(loss::SDMLLoss({.smoothing_parameter = 0.1, .weight = 2}));
  expect_near(sure(x, y) * 0.5, {0.9896727, 0.7265495, 0.5340867}, 1e-5);
  auto alone = made(loss::SDMLLoss());
  expect_near(alone(pattern({1, 4}, 1), pattern({1, 4}, 2)), {0});
}

INSTANTIATE_TEST_SUITE_P(EagerAndHybridized, PlainLosses, ::testing::Bool());

// Of each loss by finite differences, in float64.
TEST(Losses, HaveGradients) {
  const NDArray label = (pattern({3, 4}, 3) > 0.0).astype(float64);
  const std::vector<std::shared_ptr<loss::Loss>> losses = {
      std::make_shared<loss::L1Loss>(),
      std::make_shared<loss::L2Loss>(),
      std::make_shared<loss::HuberLoss>(),
      std::make_shared<loss::HingeLoss>(),
      std::make_shared<loss::SquaredHingeLoss>(),
      std::make_shared<loss::LogisticLoss>(),
      std::make_shared<loss::KLDivLoss>(loss::KLDivLossOptions{.from_logits = false})};
  for (const auto& each : losses) {
    SCOPED_TRACE(each->type_name());
    const NDArray x = pattern({3, 4}, 1).astype(float64) + 0.013;
    x.attach_grad();
    {
      const auto recording = autograd::record();
      (*each)(x, label).backward();
    }
    const auto total = [&](const NDArray& at) {
      return (*each)(at, label).sum().asscalar<double>();
    };
    std::vector<double> expected;
    for (std::int64_t i = 0; i < x.size(); ++i) {
      constexpr double kStep = 1e-6;
      const NDArray up = x.copy(), down = x.copy();
      up.data<double>()[i] += kStep;
      down.data<double>()[i] -= kStep;
      expected.push_back((total(up) - total(down)) / (2 * kStep));
    }
    expect_near(x.grad(), expected, 1e-6);
  }
}

TEST(Losses, OptionsThatAreNoneAreErrors) {
  EXPECT_THAT(message_of([] { loss::HuberLoss({.rho = 0}); }), HasSubstr("rho"));
  EXPECT_THAT(message_of([] { loss::LogisticLoss({.label_format = "odd"}); }),
              HasSubstr("label_format: expected signed or binary, got odd"));
  EXPECT_THAT(message_of([] { loss::SDMLLoss({.smoothing_parameter = 1}); }),
              HasSubstr("smoothing_parameter"));
  loss::SDMLLoss sdml;
  EXPECT_THAT(message_of([&] {
                sdml(nd::ones({3, 4}), nd::ones({2, 4}));
              }),
              HasSubstr("expected two arrays of one shape (N, units), got (3, 4) and (2, 4)"));
}

TEST(Losses, LabelsThatAreTooManyAreToldByTheLoss) {
  const NDArray pred = nd::ones({4, 3});
  const NDArray two = nd::ones({4, 2});
  const std::string expected =
      ": expected as many elements as the predictions have, of shape (4, 3), got (4, 2)";
  EXPECT_EQ(message_of([&] { loss::L2Loss()(pred, two); }), "L2Loss: label" + expected);
  EXPECT_EQ(message_of([&] { loss::HingeLoss()(pred, two); }), "HingeLoss: label" + expected);
  EXPECT_EQ(message_of([&] { loss::SigmoidBCELoss()(pred, two); }),
            "SigmoidBCELoss: label" + expected);
  EXPECT_EQ(message_of([&] { loss::PoissonNLLLoss()(pred, two); }),
            "PoissonNLLLoss: target" + expected);
  EXPECT_EQ(message_of([&] { loss::TripletLoss()(pred, pred, two); }),
            "TripletLoss: negative" + expected);
}

}  // namespace
}  // namespace gluino::gluon
