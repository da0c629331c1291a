#include <apps/digits/augmentation/augmented_digits.h>
#include <apps/digits/augmentation/letters.h>
#include <apps/digits/augmentation/non_digits.h>
#include <apps/program.h>
#include <gluino/base/parallel.h>
#include <gluino/gluon/data/dataloader.h>
#include <gluino/gluon/data/vision/datasets.h>

#include <cmath>
#include <numeric>

namespace digits_test {
namespace {

namespace data = gluino::gluon::data;
using digits::AugmentationOptions;
using gluino::NDArray;
using Bytes = std::vector<std::uint8_t>;

data::Dataset some_digits(std::int64_t count = 300) {
  return data::vision::SyntheticDigits({.count = count, .seed = 3});
}

Bytes pixels(const data::Dataset& digits, std::int64_t index) {
  return digits.get(index).data().to_vector<std::uint8_t>();
}

struct Mass {
  double sum = 0;
  double x = 0;
  double y = 0;
};

Mass mass_of(const Bytes& image) {
  Mass mass;
  for (std::size_t i = 0; i < image.size(); ++i) {
    mass.sum += image[i];
    mass.x += image[i] * static_cast<double>(i % 28);
    mass.y += image[i] * static_cast<double>(i / 28);
  }
  mass.x /= mass.sum;
  mass.y /= mass.sum;
  return mass;
}

TEST(DigitsAugmentation, IsAFunctionOfSeedEpochAndNumber) {
  const auto digits = some_digits();
  const AugmentationOptions options{.non_digits = 0.2, .seed = 7};
  const auto one = digits::augmented(digits, options);
  const auto again = digits::in_epoch(digits::augmented(digits, options), 1);
  const auto other_epoch = digits::in_epoch(one, 2);
  const auto other_seed = digits::augmented(digits, {.non_digits = 0.2, .seed = 8});
  int same_in_epoch = 0;
  int same_with_seed = 0;
  // Backwards and forwards: no number depends on what was made before.
  for (std::int64_t i = digits.size() - 1; i >= 0; --i) EXPECT_EQ(pixels(one, i), pixels(again, i));
  for (std::int64_t i = 0; i < digits.size(); ++i) {
    same_in_epoch += pixels(one, i) == pixels(other_epoch, i) ? 1 : 0;
    same_with_seed += pixels(one, i) == pixels(other_seed, i) ? 1 : 0;
  }
  // A fifth is not touched: one in 25 both times.
  EXPECT_LT(same_in_epoch, 40);
  EXPECT_LT(same_with_seed, 40);
  EXPECT_EQ(pixels(digits::in_epoch(other_epoch, 1), 5), pixels(one, 5));
  EXPECT_EQ(&digits::in_epoch(digits, 3).source(), &digits.source());
}

TEST(DigitsAugmentation, BatchesAndThreadsChangeNothing) {
  const auto digits = digits::augmented(some_digits(), {.non_digits = 0.3, .seed = 1});
  Bytes expected;
  std::vector<int> labels;
  for (std::int64_t i = 0; i < digits.size(); ++i) {
    const Bytes image = pixels(digits, i);
    expected.insert(expected.end(), image.begin(), image.end());
    labels.push_back(digits.get(i).label().to_vector<int>()[0]);
  }
  const int before = gluino::num_threads();
  for (const auto& [batch, workers, threads] :
       {std::tuple(1, 0, 1), std::tuple(7, 1, 2), std::tuple(300, 3, 4), std::tuple(64, 2, 1)}) {
    gluino::set_num_threads(threads);
    Bytes found;
    std::vector<int> found_labels;
    data::DataLoader loader(digits, {.batch_size = batch, .num_workers = workers});
    for (const auto& [images, classes] : loader) {
      const Bytes some = images.to_vector<std::uint8_t>();
      found.insert(found.end(), some.begin(), some.end());
      for (const int label : classes.to_vector<int>()) found_labels.push_back(label);
    }
    EXPECT_TRUE(found == expected) << batch;
    EXPECT_EQ(found_labels, labels) << batch;
  }
  gluino::set_num_threads(before);
}

// A distorted digit is still one: about as much ink, about where it was, no two alike.
TEST(DigitsAugmentation, DigitsStayDigits) {
  const auto digits = some_digits();
  const auto changed = digits::augmented(digits, {.seed = 5});
  double shift_x = 0;
  double shift_y = 0;
  double ratio = 0;
  for (std::int64_t i = 0; i < digits.size(); ++i) {
    EXPECT_EQ(changed.get(i).label().to_vector<int>(), digits.get(i).label().to_vector<int>());
    const Mass before = mass_of(pixels(digits, i));
    const Mass after = mass_of(pixels(changed, i));
    EXPECT_NEAR(after.x, before.x, 5) << i;
    EXPECT_NEAR(after.y, before.y, 5) << i;
    EXPECT_GT(after.sum, before.sum * 0.15) << i;
    EXPECT_LT(after.sum, before.sum * 3.5) << i;
    shift_x += after.x - before.x;
    shift_y += after.y - before.y;
    ratio += std::log(after.sum / before.sum);
  }
  const auto count = static_cast<double>(digits.size());
  EXPECT_NEAR(shift_x / count, 0, 0.35);
  EXPECT_NEAR(shift_y / count, 0, 0.35);
  EXPECT_NEAR(ratio / count, 0, 0.25);
}

// One change at a time does what its name says, to four digits of five.
TEST(DigitsAugmentation, EachChangeDoesWhatItSays) {
  const digits::DistortionOptions none{
      .shift = 0, .rotation_degrees = 0, .scale = 0, .shear = 0, .elastic = 0, .stroke_width = 0};
  const auto digits = some_digits(100);
  const auto with = [&](auto change) {
    digits::DistortionOptions options = none;
    change(options);
    return digits::augmented(digits, {.distortion = options, .seed = 2});
  };
  const auto mean = [&](const data::Dataset& changed, auto measure) {
    double sum = 0;
    for (std::int64_t i = 0; i < 100; ++i) sum += measure(pixels(digits, i), pixels(changed, i));
    return sum / 100;
  };
  const auto differs = [](const Bytes& a, const Bytes& b) { return a == b ? 0.0 : 1.0; };
  EXPECT_EQ(mean(with([](auto&) {}), differs), 0);
  const auto spread = [](const Bytes& image) {
    const Mass mass = mass_of(image);
    double sum = 0;
    for (std::size_t i = 0; i < image.size(); ++i) {
      sum += image[i] * (std::pow(static_cast<double>(i % 28) - mass.x, 2) +
                         std::pow(static_cast<double>(i / 28) - mass.y, 2));
    }
    return sum / mass.sum;
  };
  const auto moved = [](const Bytes& a, const Bytes& b) {
    return std::hypot(mass_of(a).x - mass_of(b).x, mass_of(a).y - mass_of(b).y);
  };
  const auto more_ink = [](const Bytes& a, const Bytes& b) {
    return std::abs(mass_of(b).sum / mass_of(a).sum - 1);
  };
  const auto larger = [&](const Bytes& a, const Bytes& b) {
    return std::abs(spread(b) / spread(a) - 1);
  };
  const auto shifted = with([](auto& o) { o.shift = 3; });
  EXPECT_GT(mean(shifted, moved), 1.2);
  EXPECT_LT(mean(shifted, larger), 0.02);
  EXPECT_GT(mean(with([](auto& o) { o.scale = 0.3; }), larger), 0.1);
  EXPECT_GT(mean(with([](auto& o) { o.stroke_width = 1; }), more_ink), 0.15);
  const auto turned = with([](auto& o) { o.rotation_degrees = 20; });
  EXPECT_LT(mean(turned, larger), 0.03);
  EXPECT_NEAR(mean(turned, differs), 0.8, 0.15);
  EXPECT_LT(mean(turned, more_ink), 0.02);
  EXPECT_NEAR(mean(with([](auto& o) { o.shear = 0.4; }), differs), 0.8, 0.15);
  const auto bent = with([](auto& o) { o.elastic = 2; });
  EXPECT_NEAR(mean(bent, differs), 0.8, 0.15);
  EXPECT_LT(mean(bent, more_ink), 0.15);
}

TEST(DigitsAugmentation, TheNamedShareIsNoDigit) {
  const auto digits = some_digits(2000);
  for (const double share : {0.0, 0.1, 0.5}) {
    const auto changed =
        digits::augmented(digits, {.distortion = std::nullopt, .non_digits = share, .seed = 4});
    int none = 0;
    for (std::int64_t i = 0; i < digits.size(); ++i) {
      const int label = changed.get(i).label().to_vector<int>()[0];
      if (label == digits::kNoClass) {
        ++none;
      } else {
        EXPECT_EQ(pixels(changed, i), pixels(digits, i));
      }
    }
    EXPECT_NEAR(none / 2000.0, share, 0.03);
  }
}

// Images of any size are changed without a byte beyond their edges (as the sanitizers see).
TEST(DigitsAugmentation, TakesImagesOfAnySize) {
  for (const auto& [rows, columns] :
       {std::pair(1, 1), std::pair(1, 40), std::pair(3, 2), std::pair(33, 5), std::pair(64, 64)}) {
    const gluino::Shape shape{6, rows, columns, 1};
    NDArray images(shape, gluino::uint8);
    std::iota(images.data<std::uint8_t>(), images.data<std::uint8_t>() + shape.size(), 0);
    NDArray labels(gluino::Shape{6}, gluino::int32);
    std::fill_n(labels.data<std::int32_t>(), 6, 1);
    const auto changed =
        digits::augmented(data::ArrayDataset(images, labels), {.non_digits = 0.5, .seed = 9});
    for (std::int64_t epoch = 1; epoch < 40; ++epoch) {
      const auto shown = digits::in_epoch(changed, epoch);
      for (std::int64_t i = 0; i < 6; ++i) {
        EXPECT_EQ(shown.get(i).data().shape(), (gluino::Shape{rows, columns, 1}));
      }
    }
  }
}

TEST(DigitsAugmentation, LettersStayInTheirBox) {
  EXPECT_GT(digits::letters().size(), 20U);
  for (const auto& letter : digits::letters()) {
    for (const auto& stroke : letter) {
      EXPECT_GT(stroke.size(), 1U);
      for (const auto& point : stroke) {
        EXPECT_TRUE(point.x >= 0 && point.x <= 10 && point.y >= 0 && point.y <= 10);
      }
    }
  }
}

}  // namespace
}  // namespace digits_test
