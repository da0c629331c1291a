#include <gluino/io/pictures/image_codec.h>
#include <gluino/kernels/cpu/pictures/resample.h>

#include <cstring>

namespace gluino::image {

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
  kernels::resample(picture.data<std::uint8_t>(), {shape[0], shape[1], channels},
                    result.data<std::uint8_t>(), {height, width, channels},
                    kernels::Interpolation::linear);
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
