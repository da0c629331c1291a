#include <gluino/base/error.h>
#include <gluino/io/iterators/record_picture.h>
#include <gluino/io/pictures/image.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace gluino::io {

namespace {

constexpr std::int64_t kMaxSide = 1 << 16;

}  // namespace

PixelScale::PixelScale(const char* who, const std::array<double, 3>& mean,
                       const std::array<double, 3>& std, double scale) {
  for (std::size_t c = 0; c < 3; ++c) {
    check(std[c] != 0 && std::isfinite(scale / std[c]) && std::isfinite(mean[c]), who,
          ": expected finite means and scale, and no std of 0, got mean ", mean[c], ", std ",
          std[c], " and scale ", scale);
    mean_[c] = static_cast<float>(mean[c]);
    factor_[c] = static_cast<float>(scale) / static_cast<float>(std[c]);
  }
}

void check_picture_shape(const char* who, const Shape& shape) {
  check(shape.ndim() == 3 && (shape[0] == 1 || shape[0] == 3) && shape[1] >= 1 && shape[2] >= 1 &&
            shape[1] <= kMaxSide && shape[2] <= kMaxSide,
        who, ": data_shape: expected (1 or 3 channels, height, width), got ", shape);
}

PictureMaker::PictureMaker(const ImageRecordIterOptions& o)
    : channels_((check_picture_shape("ImageRecordIter", o.data_shape), o.data_shape[0])),
      height_(o.data_shape[1]),
      width_(o.data_shape[2]),
      resize_(o.resize),
      rand_crop_(o.rand_crop),
      rand_mirror_(o.rand_mirror),
      scale_("ImageRecordIter", o) {
  check(resize_ <= kMaxSide, "ImageRecordIter: resize: expected at most ", kMaxSide, ", got ",
        resize_);
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
    for (std::int64_t y = 0; y < height_; ++y) {
      const auto* from = corner + y * stride + c;
      for (std::int64_t x = 0; x < width_; ++x, from += step) {
        *out++ = scale_(*from, c);
      }
    }
  }
}

}  // namespace gluino::io
