// The accuracy of a quantized LeNet: on MNIST where GLUINO_MNIST names its folder, else on digits
// that the library draws.
#include <gluino/gluino.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace gluino::gluon {
namespace {

using data::DataLoader;
using data::Dataset;
namespace vision = data::vision;

struct Digits {
  DataLoader train;
  DataLoader test;
  double tolerance;  // how much the accuracy may fall
};

Digits digits() {
  const auto to_tensor = vision::transforms::ToTensor();
  const auto batches = [&](const Dataset& images, bool shuffle) {
    return DataLoader(images.transform_first(to_tensor), {.batch_size = 100, .shuffle = shuffle});
  };
  const char* folder = std::getenv("GLUINO_MNIST");
#ifdef __SANITIZE_ADDRESS__
  folder = nullptr;  // an epoch of MNIST takes instrumented code minutes
#endif
  if (folder != nullptr) {
    const auto both = vision::find_digits({.data = folder});
    return {batches(both.train(), true), batches(both.test(), false), 0.001};
  }
  // A digit of 2000 is 0.0005.
  return {batches(vision::SyntheticDigits({.count = 8000}), true),
          batches(vision::SyntheticDigits({.count = 2000, .train = false}), false), 0.002};
}

nn::HybridSequential trained_lenet(const DataLoader& loader) {
  random::seed(42);
  nn::HybridSequential net;
  net.add(nn::Conv2D({.channels = 20, .kernel_size = {5, 5}, .activation = "tanh"}),
          nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}),
          nn::Conv2D({.channels = 50, .kernel_size = {5, 5}, .activation = "tanh"}),
          nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}), nn::Flatten(),
          nn::Dense({.units = 500, .activation = "tanh"}), nn::Dense({.units = 10}));
  net.initialize(init::Xavier());
  net.hybridize();
  Trainer trainer(net.collect_params(), "sgd", {{"learning_rate", 0.2}});
  loss::SoftmaxCrossEntropyLoss cross_entropy;
  for (const auto& [images, labels] : loader) {
    const auto recording = autograd::record();
    cross_entropy(net(images), labels).backward();
    trainer.step(static_cast<double>(labels.size()));
  }
  return net;
}

double accuracy(const FrozenGraph& network, const DataLoader& loader) {
  metric::Accuracy accuracy;
  for (const auto& [images, labels] : loader) accuracy.update(labels, network(images));
  return accuracy.get().second;
}

TEST(QuantizedLeNetLong, ReadsDigitsAsWellAsInFloats) {
  const Digits all = digits();
  auto net = trained_lenet(all.train);
  const FrozenGraph network = net.freeze(nd::zeros({1, 1, 28, 28}));
  std::vector<std::vector<NDArray>> sample;
  for (const auto& [images, labels] : all.train) {
    sample.push_back({images});
    if (sample.size() == 5) break;
  }
  const double in_floats = accuracy(network, all.test);
  EXPECT_GT(in_floats, 0.8);
  for (const std::string mode : {"naive", "entropy"}) {
    const FrozenGraph small = quantize(network, sample, {.calib_mode = mode});
    EXPECT_GT(accuracy(small, all.test), in_floats - all.tolerance) << mode;
  }
}

}  // namespace
}  // namespace gluino::gluon
