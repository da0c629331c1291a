#include <gluino/base/parallel.h>
#include <gluino/io/pictures/image_codec.h>
#include <gluino/kernels/cpu/support/grain.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace gluino::image {
namespace {

constexpr int kBits = 11;  // of a weight
constexpr int kOne = 1 << kBits;

// A place between two neighbours along one axis.
struct Tap {
  std::int64_t low;
  std::int64_t high;
  int weight;  // of `high`, in 2^-kBits
};

std::vector<Tap> taps(std::int64_t from, std::int64_t to) {
  std::vector<Tap> result(static_cast<std::size_t>(to));
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  for (std::int64_t i = 0; i < to; ++i) {
    const double place = std::clamp((static_cast<double>(i) + 0.5) * scale - 0.5, 0.0,
                                    static_cast<double>(from - 1));
    const auto low = static_cast<std::int64_t>(place);
    result[static_cast<std::size_t>(i)] = {
        low, std::min(low + 1, from - 1),
        static_cast<int>(std::lround((place - static_cast<double>(low)) * kOne))};
  }
  return result;
}

// Row `y` of the result, out of two rows of the picture.
void blend(const std::uint8_t* upper, const std::uint8_t* lower, int weight,
           const std::vector<Tap>& columns, std::int64_t channels, std::uint8_t* out) {
  for (const Tap& x : columns) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::int64_t low = x.low * channels + c;
      const std::int64_t high = x.high * channels + c;
      const int above = upper[low] * (kOne - x.weight) + upper[high] * x.weight;
      const int below = lower[low] * (kOne - x.weight) + lower[high] * x.weight;
      const int sum = above * (kOne - weight) + below * weight;
      *out++ = static_cast<std::uint8_t>((sum + (1 << (2 * kBits - 1))) >> (2 * kBits));
    }
  }
}

}  // namespace

NDArray imresize(const NDArray& picture, std::int64_t width, std::int64_t height) {
  check_picture("imresize", picture);
  const Shape& shape = picture.shape();
  check(shape[0] > 0 && shape[1] > 0, "imresize: expected a picture with pixels, got shape ",
        shape);
  constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;
  check(width > 0 && height > 0 && width <= kMaxPixels / height,
        "imresize: expected a width and a height of at least 1 and at most ", kMaxPixels,
        " pixels in all, got ", width, " and ", height);
  const std::int64_t channels = shape[2];
  NDArray result({height, width, channels}, uint8);
  const std::vector<Tap> rows = taps(shape[0], height);
  const std::vector<Tap> columns = taps(shape[1], width);
  const auto* from = picture.data<std::uint8_t>();
  auto* to = result.data<std::uint8_t>();
  const std::int64_t stride = shape[1] * channels;
  parallel_for(height, kernels::row_grain(width * channels, kernels::kMathGrain),
               [&](std::int64_t y, std::int64_t end) {
                 for (; y < end; ++y) {
                   const Tap& row = rows[static_cast<std::size_t>(y)];
                   blend(from + row.low * stride, from + row.high * stride, row.weight, columns,
                         channels, to + y * width * channels);
                 }
               });
  return result;
}

NDArray resize_short(const NDArray& picture, std::int64_t size) {
  check_picture("resize_short", picture);
  const std::int64_t height = picture.shape()[0];
  const std::int64_t width = picture.shape()[1];
  check(height > 0 && width > 0 && size > 0 && size < (std::int64_t{1} << 24),
        "resize_short: expected a picture with pixels and a size from 1 to 2^24, got shape ",
        picture.shape(), " and ", size);
  if (height > width) return imresize(picture, size, size * height / width);
  return imresize(picture, size * width / height, size);
}

NDArray fixed_crop(const NDArray& picture, const Rectangle& part) {
  check_picture("fixed_crop", picture);
  const Shape& shape = picture.shape();
  check(part.x >= 0 && part.y >= 0 && part.width >= 0 && part.height >= 0 &&
            part.width <= shape[1] - part.x && part.height <= shape[0] - part.y,
        "fixed_crop: expected a part of a picture of ", shape[1], " x ", shape[0], ", got ",
        part.width, " x ", part.height, " at (", part.x, ", ", part.y, ')');
  const std::int64_t channels = shape[2];
  NDArray result({part.height, part.width, channels}, uint8);
  const auto row = static_cast<std::size_t>(part.width * channels);
  if (row == 0) return result;
  for (std::int64_t y = 0; y < part.height; ++y) {
    std::memcpy(result.data<std::uint8_t>() + y * part.width * channels,
                picture.data<std::uint8_t>() + ((part.y + y) * shape[1] + part.x) * channels, row);
  }
  return result;
}

}  // namespace gluino::image
