#include <gluino/base/parallel.h>
#include <gluino/gluon/data/vision/datasets.h>
#include <gluino/io/digits/digit_strokes.h>

#include <utility>

namespace gluino::gluon::data::vision {
namespace {

constexpr std::int64_t kSide = 28;
constexpr std::int64_t kPixels = kSide * kSide;
constexpr std::int64_t kMaxCount = std::int64_t{1} << 24;
// The test digits begin here: beyond all training digits, and divisible by ten, as digits come in
// tens.
constexpr std::uint64_t kFirstTest = 10'000'000'000;
// About 15 us each.
constexpr std::int64_t kGrain = 16;

std::vector<NDArray> draw(const SyntheticDigitsOptions& options) {
  const std::int64_t count = options.count.value_or(options.train ? 60000 : 10000);
  check(count >= 0 && count <= kMaxCount, "SyntheticDigits: count: expected 0 to ", kMaxCount,
        ", got ", count);
  NDArray images({count, kSide, kSide, 1}, uint8);
  NDArray labels(Shape{count}, int32);
  const std::uint64_t first = options.train ? 0 : kFirstTest;
  parallel_for(count, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::span<std::uint8_t, kPixels> pixels(images.data<std::uint8_t>() + i * kPixels,
                                                    kPixels);
      labels.data<std::int32_t>()[i] =
          io::draw_digit(options.seed, first + static_cast<std::uint64_t>(i), pixels);
    }
  });
  return {std::move(images), std::move(labels)};
}

}  // namespace

SyntheticDigits::SyntheticDigits(const SyntheticDigitsOptions& options)
    : ArrayDataset(draw(options)) {}

}  // namespace gluino::gluon::data::vision
