#include <apps/digits/augmentation/augmented_digits.h>
#include <apps/digits/augmentation/non_digits.h>
#include <gluino/base/error.h>

#include <algorithm>
#include <utility>

namespace digits {
namespace {

namespace data = gluino::gluon::data;
using gluino::NDArray;

// The share that no distortion touches: what is asked later has seldom gone through one.
constexpr double kUnchanged = 0.2;

// What makes pictures; each thread has one of its own.
struct Workshop {
  Workshop(const PlaneSize& size, const AugmentationOptions& options)
      : non_digits(size), drawn(size.pixels()) {
    if (options.distortion) distortion.emplace(size, *options.distortion);
  }

  std::optional<Distortion> distortion;
  NonDigits non_digits;
  std::vector<std::uint8_t> drawn;
};

class AugmentedDigits final : public data::Source {
 public:
  AugmentedDigits(data::Dataset digits, const AugmentationOptions& options, std::int64_t epoch)
      : digits_(std::move(digits)), options_(options), epoch_(epoch) {}

  data::Dataset in_epoch(std::int64_t epoch) const {
    return AugmentedDigits(digits_, options_, epoch);
  }

  std::int64_t size() const override { return digits_.size(); }

  data::Sample get(std::int64_t index) const override {
    const data::Batch batch = get_batch(std::span(&index, 1));
    gluino::Shape shape = batch.data().shape();
    shape.erase(0);
    return {batch.data().reshape(shape), batch.label().reshape({})};
  }

  data::Batch get_batch(std::span<const std::int64_t> indices) const override {
    const data::Batch batch = digits_.get_batch(indices);
    const gluino::Shape& shape = batch.data().shape();
    gluino::check(batch.data().dtype() == gluino::uint8 && shape.ndim() == 4 && shape[3] == 1,
                  "augmentation: expected uint8 images (rows, columns, 1), got ",
                  batch.data().dtype(), " of shape ", shape);
    const PlaneSize size{shape[1], shape[2]};
    Workshop workshop(size, options_);
    NDArray images(shape, gluino::uint8);
    NDArray labels = batch.label().copy();
    const auto* from = batch.data().data<std::uint8_t>();
    auto* to = images.data<std::uint8_t>();
    auto* classes = labels.data<std::int32_t>();
    for (std::size_t i = 0; i < indices.size(); ++i) {
      classes[i] = make(workshop, indices[i], {Pixels(from, size.pixels()), classes[i]},
                        PixelsOut(to, size.pixels()));
      from += size.pixels();
      to += size.pixels();
    }
    return {images, labels};
  }

 private:
  // Returns the class.
  std::int32_t make(Workshop& workshop, std::int64_t index, const LabelledPixels& digit,
                    PixelsOut to) const {
    Dice dice({.seed = options_.seed, .epoch = epoch_, .number = index});
    const bool is_digit = !dice.happens(options_.non_digits);
    Pixels pixels = digit.pixels;
    if (!is_digit) {
      const data::Sample other = digits_.get(dice.below(size()));
      const Pixels partner(other.data().data<std::uint8_t>(), to.size());
      workshop.non_digits(digit, {partner, *other.label().data<std::int32_t>()}, dice,
                          workshop.drawn);
      pixels = workshop.drawn;
    }
    // What is no digit goes the same way, so that it has no other edges than digits have.
    if (workshop.distortion && !dice.happens(kUnchanged)) {
      (*workshop.distortion)(pixels, dice, to);
    } else {
      std::copy(pixels.begin(), pixels.end(), to.begin());
    }
    return is_digit ? static_cast<std::int32_t>(digit.label) : kNoClass;
  }

  data::Dataset digits_;
  AugmentationOptions options_;
  std::int64_t epoch_;
};

}  // namespace

data::Dataset augmented(const data::Dataset& digits, const AugmentationOptions& options) {
  return AugmentedDigits(digits, options, 1);
}

data::Dataset in_epoch(const data::Dataset& digits, std::int64_t epoch) {
  const auto* changing = dynamic_cast<const AugmentedDigits*>(&digits.source());
  return changing == nullptr ? digits : changing->in_epoch(epoch);
}

}  // namespace digits
