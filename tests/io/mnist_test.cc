#include <gluino/io/digits/mnist.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "io/files.h"

namespace gluino::io {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// The layout written out: `count` images, image i all of the value i.
std::string images(int count, int rows = 28, int columns = 28) {
  std::string file = bytes({0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, rows, 0, 0, 0, columns});
  for (int i = 0; i < count; ++i) {
    file.append(static_cast<std::size_t>(rows * columns), static_cast<char>(i));
  }
  return file;
}

std::string labels(std::initializer_list<int> values) {
  return bytes({0, 0, 8, 1, 0, 0, 0, static_cast<int>(values.size())}) + bytes(values);
}

class EnvironmentVariable {
 public:
  EnvironmentVariable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ~EnvironmentVariable() {
    before_.empty() ? ::unsetenv(name_) : ::setenv(name_, before_.c_str(), 1);
  }

 private:
  const char* name_;
  std::string before_;
};

class MnistTest : public testing::Test {
 protected:
  void SetUp() override {
    put(folder_ / "train-images-idx3-ubyte.gz", gzip(images(3)));
    put(folder_ / "train-labels-idx1-ubyte.gz", gzip(labels({5, 0, 9})));
    put(folder_ / "t10k-images-idx3-ubyte.gz", gzip(images(2)));
    put(folder_ / "t10k-labels-idx1-ubyte.gz", gzip(labels({7, 2})));
  }
  std::string error() {
    return error_of([&] { read_mnist(folder_.path()); });
  }

  TempFolder folder_;
  std::string train_images_ = folder_ / "train-images-idx3-ubyte.gz";
  std::string train_labels_ = folder_ / "train-labels-idx1-ubyte.gz";
  std::string test_images_ = folder_ / "t10k-images-idx3-ubyte.gz";
  std::string test_labels_ = folder_ / "t10k-labels-idx1-ubyte.gz";
};

TEST_F(MnistTest, ReadsAllFour) {
  const MnistData data = read_mnist(folder_.path());
  EXPECT_EQ(data.train.count(), 3);
  EXPECT_THAT(data.train.labels, ElementsAre(5, 0, 9));
  ASSERT_EQ(data.train.images.size(), 3U * 784);
  EXPECT_EQ(data.train.images[784], 1);
  EXPECT_EQ(data.train.images[3 * 784 - 1], 2);
  EXPECT_THAT(data.test.labels, ElementsAre(7, 2));
  EXPECT_EQ(read_mnist(folder_.path(), false).labels, data.test.labels);
}

TEST_F(MnistTest, FindsEveryNameInUse) {
  for (const std::string name :
       {"train-labels-idx1-ubyte", "train-labels.idx1-ubyte.gz", "train-labels.idx1-ubyte"}) {
    std::filesystem::remove(train_labels_);
    EXPECT_FALSE(has_mnist(folder_.path()));
    const std::string content = labels({1, 2, 3});
    put(folder_ / name, name.ends_with(".gz") ? gzip(content) : content);
    EXPECT_TRUE(has_mnist(folder_.path()));
    EXPECT_THAT(read_mnist(folder_.path(), true).labels, ElementsAre(1, 2, 3));
    std::filesystem::remove(folder_ / name);
  }
}

TEST_F(MnistTest, AcceptsNoDigitsAtAll) {
  put(train_images_, images(0));
  put(train_labels_, labels({}));
  EXPECT_EQ(read_mnist(folder_.path(), true).count(), 0);
}

TEST_F(MnistTest, AMissingFileIsTold) {
  for (const auto& path : {train_labels_, test_images_, test_labels_}) {
    std::filesystem::remove(path);
  }
  EXPECT_EQ(error(), train_labels_ +
                         ": expected this file or train-labels-idx1-ubyte, found neither; of the "
                         "four MNIST files the folder has train-images-idx3-ubyte.gz and lacks "
                         "train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, "
                         "t10k-labels-idx1-ubyte.gz");
  EXPECT_FALSE(has_mnist(folder_.path()));
  std::filesystem::remove(train_images_);
  EXPECT_THAT(error(), HasSubstr("the folder has none and lacks"));
}

TEST_F(MnistTest, AMissingFolderIsTold) {
  const std::string nowhere = folder_ / "nowhere";
  EXPECT_EQ(error_of([&] { read_mnist(nowhere, true); }),
            nowhere + ": expected a folder with the four MNIST files, found nothing of that name");
  EXPECT_EQ(error_of([&] { read_mnist(train_images_); }),
            train_images_ + ": expected a folder with the four MNIST files, found a file");
}

TEST_F(MnistTest, TruncatedFilesAreTold) {
  put(train_images_, images(3).substr(0, 2000));
  EXPECT_EQ(error(), train_images_ +
                         ": truncated: expected 2352 bytes of elements for shape (3, 28, 28), "
                         "found 1984");
  std::string packed = gzip(images(3));
  put(train_images_, packed.substr(0, packed.size() - 1));
  EXPECT_THAT(error(), StartsWith(train_images_ + ": truncated gzip data"));
  packed[packed.size() - 5] ^= 1;
  put(train_images_, packed);
  EXPECT_THAT(error(),
              AllOf(StartsWith(train_images_ + ": corrupt gzip data"), HasSubstr("check")));
}

TEST_F(MnistTest, WrongSizesAndTypesAreTold) {
  put(train_images_, images(3, 28, 27));
  EXPECT_EQ(error(),
            train_images_ + ": expected images of shape (?, 28, 28), found shape (3, 28, 27)");
  put(train_images_, labels({1, 2, 3}));
  EXPECT_EQ(error(), train_images_ + ": expected images of shape (?, 28, 28), found shape (3,)");
  put(train_images_, bytes({0, 0, 13, 1, 0, 0, 0, 0}));
  EXPECT_EQ(error(), train_images_ + ": expected images of type uint8, found float32");
  put(train_images_, images(3));
  put(train_labels_, images(1));
  EXPECT_EQ(error(), train_labels_ + ": expected labels of shape (?,), found shape (1, 28, 28)");
  put(train_labels_, "404 not found");
  EXPECT_THAT(error(), StartsWith(train_labels_ + ": expected an IDX file"));
}

TEST_F(MnistTest, ALabelAboveNineIsTold) {
  put(train_labels_, labels({5, 10, 9}));
  EXPECT_EQ(error(), train_labels_ + ": expected labels from 0 to 9, found 10 at place 1");
}

TEST_F(MnistTest, DifferentCountsAreTold) {
  put(test_labels_, labels({7, 2, 1}));
  EXPECT_EQ(error(), test_labels_ + ": expected 2 labels, one for each image of " + test_images_ +
                         ", found 3");
}

TEST(Mnist, DefaultFolder) {
  {
    const EnvironmentVariable chosen("MXNET_HOME", "/data/mx");
    EXPECT_EQ(default_mnist_folder(), "/data/mx/datasets/mnist");
  }
  const EnvironmentVariable none("MXNET_HOME", nullptr);
  {
    const EnvironmentVariable home("HOME", "/home/someone");
    EXPECT_EQ(default_mnist_folder(), "/home/someone/.mxnet/datasets/mnist");
  }
  const EnvironmentVariable no_home("HOME", nullptr);
  EXPECT_THAT(default_mnist_folder(), EndsWith("/.mxnet/datasets/mnist"));
}

TEST(Mnist, Mirrors) {
  const EnvironmentVariable none("MXNET_GLUON_REPO", nullptr);
  const auto usual = mnist_mirrors();
  EXPECT_GE(usual.size(), 2U);
  EXPECT_THAT(usual, Each(AllOf(StartsWith("https://"), EndsWith("/"))));
  for (const char* own : {"http://here/repo", "http://here/repo/"}) {
    const EnvironmentVariable repo("MXNET_GLUON_REPO", own);
    const auto mirrors = mnist_mirrors();
    EXPECT_EQ(mirrors.size(), usual.size() + 1);
    EXPECT_EQ(mirrors.front(), "http://here/repo/gluon/dataset/mnist/");
  }
}

// Runs where GLUINO_MNIST names a folder with the real files. The counts per class are those
// published for MNIST.
TEST(Mnist, RealFiles) {
  const char* folder = std::getenv("GLUINO_MNIST");
  if (folder == nullptr) GTEST_SKIP() << "GLUINO_MNIST names no folder with the real files";
  const MnistData data = read_mnist(folder);
  EXPECT_EQ(data.train.count(), 60000);
  EXPECT_EQ(data.test.count(), 10000);
  EXPECT_EQ(data.train.labels[0], 5);
  EXPECT_EQ(data.test.labels[0], 7);
  const auto classes = [](const MnistSplit& split) {
    std::array<int, 10> counts{};
    for (const std::uint8_t label : split.labels) ++counts[label];
    return counts;
  };
  EXPECT_THAT(classes(data.train),
              ElementsAre(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949));
  EXPECT_THAT(classes(data.test),
              ElementsAre(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009));
  double sum = 0;
  for (const std::uint8_t pixel : data.train.images) sum += pixel;
  EXPECT_NEAR(sum / (60000.0 * 784 * 255), 0.1307, 5e-5);
}

}  // namespace
}  // namespace gluino::io
