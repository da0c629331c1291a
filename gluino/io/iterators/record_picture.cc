#include <gluino/base/error.h>
#include <gluino/io/iterators/record_picture.h>
#include <gluino/io/pictures/image.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace gluino::io {

PictureMaker::PictureMaker(const ImageRecordIterOptions& o)
    : channels_(o.data_shape.ndim() == 3 ? o.data_shape[0] : 0),
      height_(channels_ > 0 ? o.data_shape[1] : 0),
      width_(channels_ > 0 ? o.data_shape[2] : 0),
      resize_(o.resize),
      rand_crop_(o.rand_crop),
      rand_mirror_(o.rand_mirror) {
  constexpr std::int64_t kMaxSide = 1 << 16;
  check((channels_ == 1 || channels_ == 3) && height_ >= 1 && width_ >= 1 && height_ <= kMaxSide &&
            width_ <= kMaxSide,
        "ImageRecordIter: data_shape: expected (1 or 3 channels, height, width), got ",
        o.data_shape);
  check(resize_ <= kMaxSide, "ImageRecordIter: resize: expected at most ", kMaxSide, ", got ",
        resize_);
  const double means[] = {o.mean_r, o.mean_g, o.mean_b};
  const double stds[] = {o.std_r, o.std_g, o.std_b};
  for (std::size_t c = 0; c < 3; ++c) {
    check(stds[c] != 0 && std::isfinite(o.scale / stds[c]) && std::isfinite(means[c]),
          "ImageRecordIter: expected finite means and scale, and no std of 0, got mean ", means[c],
          ", std ", stds[c], " and scale ", o.scale);
    mean_[c] = static_cast<float>(means[c]);
    factor_[c] = static_cast<float>(o.scale) / static_cast<float>(stds[c]);
  }
}

// At least as large as the data.
NDArray PictureMaker::scaled(NDArray picture) const {
  if (resize_ > 0) picture = image::resize_short(picture, resize_);
  const std::int64_t height = picture.shape()[0];
  const std::int64_t width = picture.shape()[1];
  if (height >= height_ && width >= width_) return picture;
  const double factor = std::max(static_cast<double>(height_) / static_cast<double>(height),
                                 static_cast<double>(width_) / static_cast<double>(width));
  const auto enlarged = [&](std::int64_t edge, std::int64_t least) {
    return std::max<std::int64_t>(least, std::llround(static_cast<double>(edge) * factor));
  };
  return image::imresize(picture, enlarged(width, width_), enlarged(height, height_));
}

void PictureMaker::make(std::string_view bytes, RandomStream& random, float* out) const {
  const NDArray picture = scaled(image::imdecode(bytes, {.flag = channels_ == 1 ? 0 : 1}));
  const std::int64_t stride = picture.shape()[1] * channels_;
  const auto place = [&](std::int64_t room) {
    return rand_crop_
               ? static_cast<std::int64_t>(random.bits() % static_cast<std::uint64_t>(room + 1))
               : room / 2;
  };
  const std::int64_t top = place(picture.shape()[0] - height_);
  const std::int64_t left = place(picture.shape()[1] - width_);
  const bool mirror = rand_mirror_ && random.chance(0.5);
  const std::int64_t step = mirror ? -channels_ : channels_;
  const auto* const corner =
      picture.data<std::uint8_t>() + top * stride + (mirror ? left + width_ - 1 : left) * channels_;
  for (std::int64_t c = 0; c < channels_; ++c) {
    const float mean = mean_[static_cast<std::size_t>(c)];
    const float factor = factor_[static_cast<std::size_t>(c)];
    for (std::int64_t y = 0; y < height_; ++y) {
      const auto* from = corner + y * stride + c;
      for (std::int64_t x = 0; x < width_; ++x, from += step) {
        *out++ = (static_cast<float>(*from) - mean) * factor;
      }
    }
  }
}

}  // namespace gluino::io
