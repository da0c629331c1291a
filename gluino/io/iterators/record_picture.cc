#include <gluino/base/error.h>
#include <gluino/io/iterators/picture_changes.h>
#include <gluino/io/iterators/record_picture.h>
#include <gluino/io/pictures/image.h>

#include <cmath>
#include <utility>

namespace gluino::io {

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
            shape[1] <= kMaxPictureSide && shape[2] <= kMaxPictureSide,
        who, ": data_shape: expected (1 or 3 channels, height, width), got ", shape);
}

PictureMaker::PictureMaker(const ImageRecordIterOptions& o, std::optional<NDArray> mean)
    : augment_(o),
      channels_(o.data_shape[0]),
      mirror_(o.mirror),
      rand_mirror_(o.rand_mirror),
      max_random_contrast_(o.max_random_contrast),
      max_random_illumination_(o.max_random_illumination),
      scale_("ImageRecordIter", o),
      mean_(std::move(mean)) {
  check(
      o.max_random_contrast >= 0 && o.max_random_illumination >= 0 &&
          std::isfinite(o.max_random_contrast) && std::isfinite(o.max_random_illumination),
      "ImageRecordIter: max_random_contrast and max_random_illumination: expected at least 0, got ",
      o.max_random_contrast, " and ", o.max_random_illumination);
}

bool PictureMaker::is_random() const {
  return augment_.is_random() || rand_mirror_ || max_random_contrast_ > 0 ||
         max_random_illumination_ > 0;
}

void PictureMaker::make(std::string_view bytes, RandomStream& random, float* out) const {
  const NDArray picture =
      augment_(image::imdecode(bytes, {.flag = channels_ == 1 ? 0 : 1}), random);
  const bool mirrored = (rand_mirror_ && random.chance(0.5)) || mirror_;
  const auto within = [&](double most) {
    return most > 0 ? static_cast<float>(random.uniform(-most, most)) : 0;
  };
  Exposure exposure;
  exposure.contrast += within(max_random_contrast_);
  exposure.illumination = within(max_random_illumination_);
  const std::int64_t height = picture.shape()[0], width = picture.shape()[1];
  const std::int64_t step = mirrored ? -channels_ : channels_;
  const auto* const first = picture.data<std::uint8_t>() + (mirrored ? width - 1 : 0) * channels_;
  const float* mean = mean_ ? mean_->data<float>() : nullptr;
  for (std::int64_t c = 0; c < channels_; ++c) {
    for (std::int64_t y = 0; y < height; ++y) {
      const auto* from = first + y * width * channels_ + c;
      for (std::int64_t x = 0; x < width; ++x, from += step) {
        const float taken_off = mean == nullptr ? 0 : *mean++;
        *out++ = scale_(static_cast<float>(*from) - taken_off, c, exposure);
      }
    }
  }
}

}  // namespace gluino::io
