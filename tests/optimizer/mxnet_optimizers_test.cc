#include <gluino/base/error.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/cast.h>
#include <gluino/optimizer/adamax.h>
#include <gluino/optimizer/rmsprop.h>
#include <gluino/optimizer/updater.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace gluino {
namespace {

using Numbers = std::vector<double>;

const Numbers kWeight = {0.5, -1.25, 2.0, 0.0, -0.75, 3.5};
const std::vector<Numbers> kGradients = {{0.3, -0.8, 1.5, -2.0, 0.05, 10.0},
                                         {-0.6, 0.4, 0.9, 1.0, -0.15, -4.0},
                                         {1.2, -2.2, 0.1, 0.7, 0.25, 0.5},
                                         {0.0, 3.0, -1.0, 0.2, -0.35, 6.0},
                                         {-0.9, 0.6, 0.45, -0.3, 2.5, -7.0}};

struct Training {
  std::string name;
  std::map<std::string, double> options;
  Numbers expected;  // the weight after all of kGradients, as MXNet 1.9.1 gives it
};

const std::vector<Training> kTrainings = {
    {"nag",
     {{"learning_rate", 0.1}, {"momentum", 0.9}},
     {0.363458307, -1.20937682, 1.07971254, 0.289677979, -1.17812645, -0.015499828}},
    {"nag",
     {{"learning_rate", 0.1},
      {"wd", 0.05},
      {"rescale_grad", 0.5},
      {"clip_gradient", 0.8},
      {"momentum", 0.9}},
     {0.394134488, -1.04999676, 1.39670168, 0.0434461666, -0.8171294, 3.02532652}},
    {"nag",
     {{"learning_rate", 0.1}, {"wd", 0.05}, {"rescale_grad", 0.5}, {"clip_gradient", 0.8}},
     {0.48807288, -1.22995446, 1.8549578, -0.000442657551, -0.801461691, 3.38941404}},
    {"rmsprop",
     {{"learning_rate", 0.1}},
     {0.377248406, -1.09140408, 1.58908677, 0.0832614601, -1.09979486, 3.29436255}},
    {"rmsprop",
     {{"learning_rate", 0.1},
      {"wd", 0.05},
      {"rescale_grad", 0.5},
      {"clip_gradient", 0.8},
      {"gamma1", 0.8},
      {"epsilon", 0.0001},
      {"clip_weights", 2.0}},
     {0.405355662, -1.11301196, 1.63193035, 0.0204348713, -0.611767054, 1.908746}},
    {"rmsprop",
     {{"learning_rate", 0.1}, {"centered", 1}},
     {-0.458423615, -0.0791225582, 0.187371284, 0.565211713, -1.64940715, 2.35202646}},
    {"rmsprop",
     {{"learning_rate", 0.1},
      {"wd", 0.05},
      {"rescale_grad", 0.5},
      {"clip_gradient", 0.8},
      {"centered", 1},
      {"gamma1", 0.8},
      {"gamma2", 0.7},
      {"epsilon", 0.0001}},
     {-0.00639539212, -0.579601526, 0.918378353, 0.144423977, -0.0781307369, 2.90054107}},
    {"adagrad",
     {{"learning_rate", 0.1}},
     {0.456927866, -1.19598281, 1.87064075, 0.0295532383, -0.861630201, 3.43321896}},
    {"adagrad",
     {{"learning_rate", 0.1},
      {"wd", 0.05},
      {"rescale_grad", 0.5},
      {"clip_gradient", 0.8},
      {"eps", 0.001}},
     {0.447842807, -1.16827369, 1.82380986, 0.0161709394, -0.808062077, 3.35657859}},
    {"adadelta",
     {},
     {0.500117004, -1.25314295, 1.98555779, -0.00076602865, -0.773580074, 3.49583483}},
    {"adadelta",
     {{"wd", 0.05},
      {"rescale_grad", 0.5},
      {"clip_gradient", 0.8},
      {"rho", 0.8},
      {"epsilon", 0.001}},
     {0.401595354, -1.00441718, 1.46171248, -0.0234037414, -0.66821301, 2.69334173}},
    {"ftrl",
     {{"learning_rate", 0.1}},
     {0.110967875, -0.540955544, 1.12169933, 0.0174258687, -0.0924520344, 3.12167144}},
    {"ftrl",
     {{"learning_rate", 0.1},
      {"wd", 0.05},
      {"rescale_grad", 0.5},
      {"clip_gradient", 0.8},
      {"lamda1", 0.5},
      {"beta", 0.5}},
     {0.0345664881, -0.481298953, 1.0777868, -0, -0.0289792009, 2.07567763}},
    {"adamax",
     {{"learning_rate", 0.1}},
     {0.384904093, -1.10503741, 1.73007249, 0.120459007, -0.841231718, 3.31854007}},
    {"adamax",
     {{"learning_rate", 0.1},
      {"wd", 0.05},
      {"rescale_grad", 0.5},
      {"clip_gradient", 0.8},
      {"beta1", 0.8},
      {"beta2", 0.9}},
     {0.373611106, -1.08059924, 1.67477832, 0.0717319142, -0.579956446, 3.34965986}},
    {"signum",
     {{"learning_rate", 0.1}},
     {0.399999999, -1.15, 1.49999999, 0.300000004, -0.850000001, 2.99999999}},
    {"signum",
     {{"learning_rate", 0.1},
      {"wd", 0.05},
      {"rescale_grad", 0.5},
      {"clip_gradient", 0.8},
      {"momentum", 0.8},
      {"wd_lh", 0.02}},
     {0.395818361, -0.9395459, 1.48207584, -0.100796805, -0.643726743, 2.96713572}},
    {"signum",
     {{"learning_rate", 0.1},
      {"wd", 0.05},
      {"rescale_grad", 0.5},
      {"clip_gradient", 0.8},
      {"momentum", 0.0}},
     {0.489114414, -1.32005098, 1.65447256, -0.0989950389, -0.830446528, 3.31536067}},
};

NDArray array_of(const Numbers& values, DType dtype) {
  return nd::from(values, {static_cast<std::int64_t>(values.size())}).astype(dtype);
}

std::string describe(const Training& training) {
  std::string text = training.name;
  for (const auto& [option, value] : training.options) text += str(" ", option, "=", value);
  return text;
}

TEST(Optimizers, FollowMxnetOverSeveralSteps) {
  for (const DType dtype : {float32, float64}) {
    for (const Training& training : kTrainings) {
      SCOPED_TRACE(str(describe(training), " ", dtype));
      const auto updater =
          optimizer::get_updater(optimizer::create(training.name, training.options));
      const NDArray weight = array_of(kWeight, dtype);
      for (const Numbers& gradient : kGradients) updater(3, array_of(gradient, dtype), weight);
      const Numbers got = weight.to_vector<double>();
      for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], training.expected[i], 2e-6);
    }
  }
}

TEST(Optimizers, HaveMxnetsRates) {
  const std::map<std::string, double> rates = {
      {"nag", 0.01},     {"rmsprop", 0.001}, {"adagrad", 0.01}, {"adadelta", 0.01},
      {"adamax", 0.002}, {"ftrl", 0.1},      {"signum", 0.01}};
  for (const auto& [name, rate] : rates) {
    EXPECT_EQ(optimizer::create(name)->learning_rate(), rate) << name;
  }
}

// Kernels take vectors and a rest; sizes around a vector's give the numbers of single elements.
TEST(Optimizers, TreatElementsAlike) {
  for (const Training& training : kTrainings) {
    SCOPED_TRACE(describe(training));
    const auto run = [&](const NDArray& weight, const NDArray& gradient) {
      const auto updater =
          optimizer::get_updater(optimizer::create(training.name, training.options));
      for (int i = 0; i < 3; ++i) updater(0, gradient, weight);
      return weight.to_vector<float>();
    };
    const auto single = run(nd::full({1}, 0.7), nd::full({1}, 0.3));
    for (const std::int64_t n : {0, 3, 8, 19}) {
      const auto many = run(nd::full({n}, 0.7), nd::full({n}, 0.3));
      EXPECT_EQ(many, std::vector<float>(static_cast<std::size_t>(n), single[0]));
    }
  }
}

TEST(Optimizers, AdamaxStaysWhereThereIsNoGradient) {
  const auto updater = optimizer::get_updater(optimizer::create("adamax"));
  const NDArray weight = nd::ones({3});
  updater(0, nd::zeros({3}), weight);
  EXPECT_EQ(weight.to_vector<double>(), (Numbers{1, 1, 1}));
}

TEST(Optimizers, RefuseWrongOptions) {
  EXPECT_THROW(optimizer::create("rmsprop", {{"gamma1", 1}}), Error);
  EXPECT_THROW(optimizer::create("nag", {{"momentum", -1}}), Error);
  EXPECT_THROW(optimizer::create("ftrl", {{"lamda1", -1}}), Error);
  EXPECT_THROW(optimizer::create("signum", {{"momentum", 1}}), Error);
  EXPECT_THROW(optimizer::create("adadelta", {{"rho", 2}}), Error);
  EXPECT_THROW(optimizer::create("adagrad", {{"epsilon", 1}}), Error) << "it is called eps";
  EXPECT_THROW(optimizer::RMSProp({.epsilon = -1}), Error);
  EXPECT_THROW(optimizer::Adamax({.beta2 = 1}), Error);
}

}  // namespace
}  // namespace gluino
