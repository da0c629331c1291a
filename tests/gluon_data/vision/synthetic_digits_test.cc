#include <gluino/base/parallel.h>
#include <gluino/gluon/data/vision/digits.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <set>

#include "gluon_data/support.h"
#include "gluon_data/vision/mnist_files.h"

namespace gluino::gluon::data::vision {
namespace {

using testing::HasSubstr;

Batch all_of(const Dataset& dataset) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(dataset.size()));
  std::iota(indices.begin(), indices.end(), 0);
  return dataset.get_batch(indices);
}

TEST(SyntheticDigits, LookLikeMnistToAProgram) {
  const SyntheticDigits digits({.count = 200, .seed = 3});
  EXPECT_EQ(digits.size(), 200);
  const auto [image, label] = digits[7];
  EXPECT_EQ(image.shape(), Shape({28, 28, 1}));
  EXPECT_EQ(image.dtype(), uint8);
  EXPECT_EQ(label.dtype(), int32);
  std::array<int, 10> counts{};
  for (const int l : all_of(digits).label().to_vector<int>())
    ++counts.at(static_cast<std::size_t>(l));
  EXPECT_THAT(counts, testing::Each(20));
}

TEST(SyntheticDigits, TheSameForAnyNumberOfThreads) {
  const auto pixels = [](int threads, std::uint64_t seed) {
    set_num_threads(threads);
    return all_of(SyntheticDigits({.count = 100, .seed = seed})).data().to_vector<int>();
  };
  EXPECT_EQ(pixels(1, 3), pixels(4, 3));
  EXPECT_NE(pixels(1, 3), pixels(1, 4));
  set_num_threads(0);
}

TEST(SyntheticDigits, TrainingAndTestDigitsAreDisjoint) {
  std::set<std::vector<int>> images;
  for (const bool train : {true, false}) {
    const SyntheticDigits digits({.count = 300, .train = train});
    for (std::int64_t i = 0; i < 300; ++i) images.insert(digits[i].data().to_vector<int>());
  }
  EXPECT_EQ(images.size(), 600U);
}

TEST(SyntheticDigits, RefusesAWrongCount) {
  EXPECT_THAT(error_of([] { SyntheticDigits({.count = -1}); }), HasSubstr("got -1"));
  EXPECT_THAT(error_of([] { SyntheticDigits({.count = std::int64_t{1} << 40}); }),
              HasSubstr("count"));
  EXPECT_EQ(SyntheticDigits({.count = 0}).size(), 0);
}

TEST(FindDigits, TakesWhatIsNamed) {
  const TemporaryFolder folder;
  write_mnist(folder.path(), 4, 3);
  const Digits mnist = find_digits({.data = folder.path().string()});
  EXPECT_EQ(mnist.source, "mnist");
  EXPECT_EQ(mnist.train().size(), 4);
  EXPECT_EQ(mnist.test().size(), 3);
  const Digits synthetic = find_digits({.data = "synthetic"});
  EXPECT_EQ(synthetic.source, "synthetic");
  EXPECT_EQ(synthetic.note, "");
  EXPECT_EQ(synthetic.test().size(), 10000);
}

// Nothing listens at port 1 of the loopback device: the machine seems to have no network.
class FindDigitsOffline : public testing::Test {
 protected:
  const TemporaryFolder home_;
  const EnvironmentVariable mxnet_home_{"MXNET_HOME", home_.path().string()};
  const EnvironmentVariable repository_{"MXNET_GLUON_REPO", "http://127.0.0.1:1"};
  const EnvironmentVariable proxy_{"https_proxy", "http://127.0.0.1:1"};
  const EnvironmentVariable exceptions_{"no_proxy", "localhost"};
};

TEST_F(FindDigitsOffline, FallsBackToSyntheticAndSaysSo) {
  const Digits digits = find_digits();
  EXPECT_EQ(digits.source, "synthetic");
  EXPECT_THAT(digits.note, HasSubstr("MNIST could not be had: "));
  EXPECT_THAT(error_of([] { find_digits({.data = "mnist"}); }),
              HasSubstr("train-images-idx3-ubyte.gz"));
  EXPECT_NE(error_of([] { MNIST(); }), "");
}

TEST_F(FindDigitsOffline, DoesNotFallBackFromFilesThatAreWrong) {
  const auto folder = home_.path() / "datasets" / "mnist";
  write_mnist(folder, 4, 3);
  write_mnist_file(folder / "t10k-labels-idx1-ubyte", 2, false);
  const Digits digits = find_digits();
  EXPECT_EQ(digits.source, "mnist");
  EXPECT_THAT(error_of([&] { digits.test(); }), HasSubstr("expected 3 labels"));
}

}  // namespace
}  // namespace gluino::gluon::data::vision
