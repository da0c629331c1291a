#pragma once

#include <gluino/io/iterators/image_record_iter.h>
#include <gluino/io/iterators/picture_augmenter.h>
#include <gluino/io/iterators/random_stream.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gluino::io {

/// What is done to all pixels of a picture before they are scaled.
struct Exposure {
  float contrast = 1;
  float illumination = 0;
};

/// What pixels become: ((pixel - mean) * contrast + illumination) * scale / std of each channel.
class PixelScale {
 public:
  /// Takes mean_r to scale from options that have them. Throws Error for infinite ones, or a std of
  /// 0; `who` begins the message.
  template <class Options>
  PixelScale(const char* who, const Options& o)
      : PixelScale(who, {o.mean_r, o.mean_g, o.mean_b}, {o.std_r, o.std_g, o.std_b}, o.scale) {}

  float operator()(float pixel, std::int64_t channel, const Exposure& by = {}) const {
    const auto c = static_cast<std::size_t>(channel);
    return ((pixel - mean_[c]) * by.contrast + by.illumination) * factor_[c];
  }

 private:
  PixelScale(const char* who, const std::array<double, 3>& mean, const std::array<double, 3>& std,
             double scale);

  std::array<float, 3> mean_{};
  std::array<float, 3> factor_{};
};

/// Throws Error unless `shape` is (1 or 3 channels, height, width) with sides of at most 65536.
void check_picture_shape(const char* who, const Shape& shape);

/// Makes the numbers of a sample from an encoded picture, as the options of ImageRecordIter say.
class PictureMaker {
 public:
  /// Takes `mean`, of data_shape in float32, off each picture. Throws Error when an option does not
  /// fit.
  explicit PictureMaker(const ImageRecordIterOptions& options, std::optional<NDArray> mean = {});

  bool is_random() const;
  /// Writes data_shape numbers to `out`. Random choices come from `random`.
  void make(std::string_view bytes, RandomStream& random, float* out) const;

 private:
  PictureAugmenter augment_;
  std::int64_t channels_;
  bool mirror_;
  bool rand_mirror_;
  double max_random_contrast_;
  double max_random_illumination_;
  PixelScale scale_;
  std::optional<NDArray> mean_;
};

}  // namespace gluino::io
