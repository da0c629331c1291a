#include <gluino/gluon/data/dataloader.h>
#include <gluino/gluon/data/test_utils.h>
#include <gluino/gluon/data/vision/datasets.h>
#include <gluino/gluon/data/vision/transforms.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "gluon_data/support.h"
#include "gluon_data/vision/mnist_files.h"

namespace gluino::gluon::data::vision {
namespace {

using testing::HasSubstr;

TEST(MNIST, GivesBytesAndLabels) {
  const TemporaryFolder folder;
  write_mnist(folder.path(), 25, 12);
  const MNIST train({.root = folder.path().string()});
  const MNIST test({.root = folder.path().string(), .train = false});
  EXPECT_EQ(train.size(), 25);
  EXPECT_EQ(test.size(), 12);
  const auto [image, label] = train[13];
  EXPECT_EQ(image.shape(), Shape({28, 28, 1}));
  EXPECT_EQ(image.dtype(), uint8);
  EXPECT_EQ(image.to_vector<int>()[783], (130 + 783) % 256);
  EXPECT_EQ(label.shape(), Shape{});
  EXPECT_EQ(label.dtype(), int32);
  EXPECT_EQ(label.asscalar<int>(), 3);
}

TEST(MNIST, BecomesBatches) {
  const TemporaryFolder folder;
  write_mnist(folder.path(), 25, 12);
  const auto plain = [](const NDArray& x) { return scaled(x, 1 / 255.0).view({1, 28, 28}); };
  const MNIST mnist({.root = folder.path().string()});
  const DataLoader by_sample(mnist.transform_first(plain), {.batch_size = 10, .num_workers = 2});
  const DataLoader by_batch(mnist.transform_first(transforms::ToTensor()),
                            {.batch_size = 10, .num_workers = 2});
  auto expected = by_sample.begin();
  for (const auto& [data, label] : by_batch) {
    const auto rows = label.shape()[0];
    EXPECT_EQ(data.shape(), Shape({rows, 1, 28, 28}));
    EXPECT_EQ(label.dtype(), int32);
    EXPECT_THAT(data.to_vector<float>(),
                testing::Pointwise(testing::FloatNear(1e-6F), expected->data().to_vector<float>()));
    EXPECT_EQ(label.to_vector<int>(), expected->label().to_vector<int>());
    ++expected;
  }
  EXPECT_TRUE(expected == by_sample.end());
}

TEST(MNIST, TellsWhatIsWrongWithAFolder) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of([&] { MNIST({.root = folder.path().string()}); }),
              HasSubstr("train-images-idx3-ubyte"));
  write_mnist(folder.path(), 5, 5);
  write_mnist_file(folder.path() / "train-labels-idx1-ubyte", 4, false);
  EXPECT_THAT(error_of([&] { MNIST({.root = folder.path().string()}); }),
              HasSubstr("expected 5 labels"));
  EXPECT_EQ(MNIST({.root = folder.path().string(), .train = false}).size(), 5);
  EXPECT_THAT(error_of([&] { test_utils::get_mnist(folder.path().string()); }),
              HasSubstr("expected 5 labels"));
}

TEST(MNIST, WithoutAFolderLooksInMxnetHome) {
  const TemporaryFolder home;
  write_mnist(home.path() / "datasets" / "mnist", 3, 2);
  const EnvironmentVariable mxnet_home("MXNET_HOME", home.path().string());
  EXPECT_EQ(MNIST().size(), 3);
  EXPECT_EQ(MNIST({.train = false}).size(), 2);
  EXPECT_EQ(test_utils::get_mnist().test_data.shape(), Shape({2, 1, 28, 28}));
}

TEST(GetMnist, GivesFourFloatArrays) {
  const TemporaryFolder folder;
  write_mnist(folder.path(), 25, 12);
  const test_utils::MnistArrays mnist = test_utils::get_mnist(folder.path().string());
  EXPECT_EQ(mnist.train_data.shape(), Shape({25, 1, 28, 28}));
  EXPECT_EQ(mnist.train_label.shape(), Shape({25}));
  EXPECT_EQ(mnist.test_data.shape(), Shape({12, 1, 28, 28}));
  EXPECT_EQ(mnist.test_label.dtype(), float32);
  EXPECT_EQ(mnist.test_label.to_vector<float>()[11], 1);
  EXPECT_EQ(mnist.train_data.to_vector<float>()[2 * 784 + 5], 25.0F / 255.0F);
}

// Facts about the published files: http://yann.lecun.com/exdb/mnist
TEST(MNIST, TheRealFiles) {
  const char* folder = std::getenv("GLUINO_MNIST");
  if (folder == nullptr) GTEST_SKIP() << "GLUINO_MNIST names no folder with MNIST's files";
  const MNIST train({.root = folder});
  const MNIST test({.root = folder, .train = false});
  EXPECT_EQ(train.size(), 60000);
  EXPECT_EQ(test.size(), 10000);
  EXPECT_EQ(train[0].label().asscalar<int>(), 5);
  EXPECT_EQ(test[0].label().asscalar<int>(), 7);
  const DataLoader loader(train.transform_first(transforms::ToTensor()),
                          {.batch_size = 1000, .num_workers = 2});
  double sum = 0;
  double squares = 0;
  for (const auto& [data, label] : loader) {
    for (const float x : data.to_vector<float>()) {
      sum += x;
      squares += double{x} * x;
    }
  }
  const double mean = sum / (60000 * 784);
  EXPECT_NEAR(mean, 0.1307, 5e-5);
  EXPECT_NEAR(std::sqrt(squares / (60000 * 784) - mean * mean), 0.3081, 5e-5);
}

}  // namespace
}  // namespace gluino::gluon::data::vision
