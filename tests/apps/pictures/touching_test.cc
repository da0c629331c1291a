#include <apps/digits/models/pretrained.h>
#include <apps/digits/pictures/touching.h>
#include <gluino/io/digits/mnist.h>
#include <gluino/io/pictures/image.h>
#include <gluino/ndarray/creation.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace digits_test {
namespace {

using gluino::NDArray;

constexpr int kSide = 28;
constexpr int kHeight = 40;
constexpr int kDark = 100;

// Ink in a row of digits, each pushed to the left until it meets the one before.
class Row {
 public:
  explicit Row(int digits) : width_(kSide * digits + 20), ink_(std::size_t(width_ * kHeight)) {}

  void add(const std::uint8_t* digit) {
    int left = end_ == 0 ? 10 : width_ - kSide;
    while (end_ != 0 && left > 0 && !touches(digit, left)) --left;
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        std::uint8_t& ink = at(left + x, y + 6);
        ink = std::max(ink, digit[y * kSide + x]);
      }
    }
    end_ = left;
  }
  // Dark on light, three times as large.
  NDArray picture() const {
    std::vector<std::uint8_t> light;
    for (const std::uint8_t ink : ink_) light.push_back(static_cast<std::uint8_t>(255 - ink));
    return gluino::image::imresize(gluino::nd::from(light, {kHeight, width_, 1}), 3 * width_,
                                   3 * kHeight);
  }

 private:
  std::uint8_t& at(int x, int y) { return ink_[std::size_t(y * width_ + x)]; }
  bool touches(const std::uint8_t* digit, int left) {
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        if (digit[y * kSide + x] < kDark) continue;
        for (int dy = -1; dy <= 1; ++dy) {
          for (int dx = -1; dx <= 1; ++dx) {
            const int to = std::clamp(left + x + dx, 0, width_ - 1);
            if (at(to, y + 6 + dy) >= kDark) return true;
          }
        }
      }
    }
    return false;
  }

  int width_;
  int end_ = 0;
  std::vector<std::uint8_t> ink_;
};

digits::Network network() {
  return digits::load_pretrained().net->freeze(gluino::nd::zeros({1, 1, kSide, kSide}));
}

// Most of the pairs are read, and it is rather said that there is none than something else.
TEST(TouchingDigits, AreReadWhereTheNetworkIsSureOfEach) {
  const char* folder = std::getenv("GLUINO_MNIST");
  if (folder == nullptr) GTEST_SKIP() << "GLUINO_MNIST names no folder";
  const auto test = gluino::io::read_mnist(folder, false);
  const digits::Network net = network();
  std::mt19937 random(7);
  int tried = 0;
  int right = 0;
  int wrong = 0;
  for (int i = 0; i < 150; ++i) {
    Row row(2);
    std::string expected;
    for (int k = 0; k < 2; ++k) {
      const std::size_t digit = random() % test.labels.size();
      row.add(&test.images[digit * kSide * kSide]);
      expected += static_cast<char>('0' + test.labels[digit]);
    }
    const auto found = digits::find_digits(row.picture());
    if (found.size() != 1) continue;  // They only seemed to touch.
    ++tried;
    const auto said = digits::answers(found, net);
    right += digits::text_of(said) == expected ? 1 : 0;
    wrong += !said.empty() && digits::text_of(said) != expected ? 1 : 0;
    for (std::size_t k = 0; k < said.size(); ++k) {
      const digits::Box& box = said[k].box;
      EXPECT_GE(box.x, found[0].box.x - 1);
      EXPECT_LE(box.x + box.width, found[0].box.x + found[0].box.width + 2);
      if (k == 0) continue;
      EXPECT_GT(box.x + box.width, said[k - 1].box.x + said[k - 1].box.width);
    }
  }
  RecordProperty("tried", tried);
  RecordProperty("right", right);
  RecordProperty("wrong", wrong);
  EXPECT_GT(tried, 100);
  EXPECT_GE(right, 0.6 * tried) << "of " << tried << ", wrong " << wrong;
  EXPECT_LE(wrong, 0.06 * tried) << "of " << tried << ", right " << right;
}

TEST(TouchingDigits, AreNotSeenInABar) {
  const digits::Network net = network();
  Row row(2);
  std::vector<std::uint8_t> bar(std::size_t{kSide * kSide});
  std::fill_n(bar.begin() + 10 * kSide, 6 * kSide, std::uint8_t{255});
  row.add(bar.data());
  row.add(bar.data());
  EXPECT_EQ(digits::text_of(digits::answers(digits::find_digits(row.picture()), net)), "");
  EXPECT_TRUE(digits::touching_digits({.box = {}, .image = {}}, net).empty());
}

}  // namespace
}  // namespace digits_test
