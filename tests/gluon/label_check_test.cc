#include <gluino/ops/core/labels.h>

#include <cmath>

#include "gluon/support.h"

// Losses read each label that weighs, eagerly and as graphs, fused or not.
namespace gluino::gluon {
namespace {

using testing::message_of;

NDArray scores() { return nd::from(std::vector<double>{1, 2, 3, 1, 5, 1}, {2, 3}).astype(float32); }

// Eager, hybridized, and hybridized with labels of another type, which are not fused.
struct Way {
  bool hybridized;
  DType labels;
};
const std::vector<Way> kWays = {{false, float32}, {true, float32}, {false, int32}, {true, int32}};

TEST(LabelCheck, LossesNameTheLabelAndItsPlace) {
  for (const Way& way : kWays) {
    loss::SoftmaxCrossEntropyLoss loss;
    if (way.hybridized) loss.hybridize();
    const NDArray good = nd::array({0, 2}, way.labels);
    const auto before = loss(scores(), good).to_vector<float>();
    for (const double wrong : {3.0, -1.0, 12.0}) {
      const NDArray bad = nd::array({1, wrong}, way.labels);
      const std::string message = message_of([&] { loss(scores(), bad); });
      EXPECT_NE(message.find(str("label ", wrong, " at position (1) is outside the 3 classes")),
                std::string::npos)
          << message;
      const LabelCheck off(false);
      EXPECT_NO_THROW(loss(scores(), bad));
    }
    if (way.labels == float32) {
      EXPECT_THROW(loss(scores(), nd::array({NAN, 1})), Error);
    }
    EXPECT_EQ(loss(scores(), good).to_vector<float>(), before);
  }
}

TEST(LabelCheck, LabelsWithoutWeightAreNotLookedAt) {
  for (const Way& way : kWays) {
    loss::SoftmaxCrossEntropyLoss loss;
    if (way.hybridized) loss.hybridize();
    const NDArray label = nd::array({-1, 1}, way.labels);
    for (const Shape& shape : {Shape{2}, Shape{2, 1}}) {
      const NDArray weight = nd::array({0, 2}).reshape(shape);
      const NDArray x = scores();
      x.attach_grad();
      NDArray value;
      {
        const auto recording = autograd::record();
        value = loss(x, label, weight);
      }
      value.backward();
      EXPECT_EQ(value.to_vector<float>()[0], 0);
      EXPECT_GT(value.to_vector<float>()[1], 0);
      EXPECT_EQ(x.grad().slice(0, 1).to_vector<float>(), std::vector<float>(3, 0));
      EXPECT_NE(x.grad().to_vector<float>()[4], 0);
      EXPECT_THROW(loss(scores(), label, nd::ones(shape)), Error);
    }
  }
}

TEST(LabelCheck, ABadLabelLeavesTheGradientsAsTheyWere) {
  for (const bool hybridized : {false, true}) {
    nn::Dense net({.units = 3, .in_units = 3});
    net.initialize();
    loss::SoftmaxCrossEntropyLoss loss;
    if (hybridized) {
      net.hybridize();
      loss.hybridize();
    }
    const auto step = [&](const NDArray& label) {
      NDArray value;
      {
        const auto recording = autograd::record();
        value = loss(net(scores()), label);
      }
      value.backward();
    };
    step(nd::array({0, 1}));
    const Parameter weight = net.collect_params()["weight"];
    const auto gradient = weight.grad().to_vector<float>();
    EXPECT_THROW(step(nd::array({0, 7})), Error);
    EXPECT_EQ(weight.grad().to_vector<float>(), gradient);
    EXPECT_FALSE(autograd::is_recording());
    step(nd::array({0, 1}));
    EXPECT_EQ(weight.grad().to_vector<float>(), gradient);
  }
}

TEST(LabelCheck, OneHotLabelsAreToldFromClassNumbers) {
  const NDArray one_hot = nd::array({{0, 0, 1}, {1, 0, 0}});
  for (const Way& way : kWays) {
    loss::SoftmaxCrossEntropyLoss loss;
    if (way.hybridized) loss.hybridize();
    const std::string message = message_of([&] { loss(scores(), one_hot.astype(way.labels)); });
    EXPECT_NE(message.find("sparse_label = false"), std::string::npos) << message;
    EXPECT_NE(message.find("(2, 3)"), std::string::npos) << message;
  }
  loss::SoftmaxCrossEntropyLoss sparse;
  loss::SoftmaxCrossEntropyLoss dense({.sparse_label = false});
  EXPECT_EQ(dense(scores(), one_hot).to_vector<float>(),
            sparse(scores(), nd::array({2, 0})).to_vector<float>());
  const std::string message = message_of([&] { dense(scores(), nd::array({2, 0})); });
  EXPECT_NE(message.find("leave .sparse_label true"), std::string::npos) << message;
}

}  // namespace
}  // namespace gluino::gluon
