#include <gluino/ops/core/labels.h>

#include <cmath>
#include <functional>

#include "ops/support.h"

// A label that is no class is told, with its place, before anything is computed from it; MXNet's
// names, and whoever asks for it, have it as MXNet does.
namespace gluino {
namespace {

using testing::message_of;

const NDArray& scores() {
  static const NDArray array =
      nd::from(std::vector<double>{1, 2, 3, 1, 5, 1}, {2, 3}).astype(float32);
  return array;
}

NDArray labels(double a, double b, DType dtype = float32) {
  return nd::from(std::vector<double>{a, b}, {2}).astype(dtype);
}

std::vector<double> wrong_labels() { return {3, -1, 12, 1e30, NAN, INFINITY, -INFINITY}; }

// Everything in C++ that reads labels.
using Reader = std::function<void(const NDArray& scores, const NDArray& label)>;
std::vector<std::pair<std::string, Reader>> readers() {
  return {{"softmax_cross_entropy",
           [](const NDArray& x, const NDArray& label) { nd::softmax_cross_entropy(x, label); }},
          {"SoftmaxOutput",
           [](const NDArray& x, const NDArray& label) {
             const autograd::Scope training = autograd::train_mode();
             nd::SoftmaxOutput(x, label, {.check_labels = true});
           }},
          {"Embedding",
           [](const NDArray& x, const NDArray& label) {
             nd::Embedding(label, x.reshape({3, 2}), {.input_dim = 3, .output_dim = 2});
           }},
          {"Accuracy",
           [](const NDArray& x, const NDArray& label) { metric::Accuracy().update(label, x); }}};
}

TEST(Labels, OutsideTheClassesAreToldByAllWhoReadThem) {
  for (const auto& [name, read] : readers()) {
    SCOPED_TRACE(name);
    EXPECT_NO_THROW(read(scores(), labels(0, 2)));
    for (const double wrong : wrong_labels()) {
      const std::string message = message_of([&] { read(scores(), labels(1, wrong)); });
      EXPECT_NE(message.find(name), std::string::npos) << message;
      EXPECT_NE(message.find(str(" ", wrong, " at position (1) is outside the 3 ")),
                std::string::npos)
          << message;
      const LabelCheck off(false);
      EXPECT_NO_THROW(read(scores(), labels(1, wrong)));
    }
    EXPECT_THROW(read(scores(), labels(1, 3)), Error) << "the setting is as before";
  }
}

TEST(Labels, OfMXNetsNamesMeanWhatMXNetMeans) {
  for (const double wrong : wrong_labels()) {
    const NDArray label = labels(1, wrong);
    const autograd::Scope training = autograd::train_mode();
    // Forward does not look at the label at all.
    const auto expected = nd::SoftmaxOutput(scores(), labels(1, 0)).to_vector<double>();
    EXPECT_EQ(nd::invoke("SoftmaxOutput", {scores(), label})[0].to_vector<double>(), expected);
    EXPECT_EQ(nd::SoftmaxOutput(scores(), label).to_vector<double>(), expected)
        << "an operator on arrays";
    EXPECT_NO_THROW(nd::invoke("softmax_cross_entropy", {scores(), label}));
    EXPECT_NO_THROW(nd::invoke("pick", {scores(), label}));
    EXPECT_NO_THROW(
        nd::invoke("Embedding", {label, scores()}, {{"input_dim", "2"}, {"output_dim", "3"}}));
    EXPECT_NO_THROW(nd::pick(scores(), label)) << "an operator of indices";
  }
}

TEST(Labels, AreSeenWhereTheyWeigh) {
  const autograd::Scope training = autograd::train_mode();
  EXPECT_NO_THROW(
      nd::SoftmaxOutput(scores(), labels(1, -1), {.use_ignore = true, .check_labels = true}));
  EXPECT_THROW(
      nd::SoftmaxOutput(scores(), labels(1, -2), {.use_ignore = true, .check_labels = true}),
      Error);
  EXPECT_NO_THROW(nd::SoftmaxOutput(
      scores(), labels(1, 255), {.ignore_label = 255, .use_ignore = true, .check_labels = true}));
  // Probabilities are no classes.
  EXPECT_NO_THROW(nd::SoftmaxOutput(scores(), scores() * 9, {.check_labels = true}));
}

TEST(Labels, AreNotNeededToPredict) {
  EXPECT_NO_THROW(nd::SoftmaxOutput(scores(), labels(-7, NAN), {.check_labels = true}));
}

TEST(Labels, OfEveryTypeAreChecked) {
  for (const DType dtype : {float64, float16, bfloat16, int32, int64, uint8, int8}) {
    const auto embed = [&](double a, double b) {
      nd::Embedding(labels(a, b, dtype), scores(), {.input_dim = 2, .output_dim = 3});
    };
    EXPECT_NO_THROW(embed(0, 1)) << dtype;
    EXPECT_THROW(embed(0, 2), Error) << dtype;
    if (dtype != uint8) {
      EXPECT_THROW(embed(-1, 0), Error) << dtype;
    }
  }
}

// The gradient of the label's class alone tells; an eager backward without a forward in training
// looks, too.
TEST(Labels, ABadOneLeavesGradientsAsTheyAre) {
  const NDArray x = scores().copy();
  x.attach_grad();
  x.grad().assign(7.0);
  NDArray y;
  {
    const auto recording = autograd::record(false);
    y = nd::SoftmaxOutput(x, labels(1, 5), {.check_labels = true});
  }
  EXPECT_EQ(message_of([&] { y.backward(); }),
            "[SoftmaxOutput] label 5 at position (1) is outside the 3 classes");
  EXPECT_EQ(x.grad().to_vector<float>(), std::vector<float>(6, 7));
}

TEST(Labels, OfPlacesNameThePlace) {
  const NDArray x = nd::zeros({2, 4, 3});
  const NDArray label = nd::zeros({2, 3});
  label.slice(1, 2).assign(9.0);
  const autograd::Scope training = autograd::train_mode();
  EXPECT_EQ(message_of([&] {
              nd::SoftmaxOutput(x, label, {.multi_output = true, .check_labels = true}, "seg");
            }),
            "[SoftmaxOutput seg] label 9 at position (1, 0) is outside the 4 classes");
}

}  // namespace
}  // namespace gluino
