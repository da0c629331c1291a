#pragma once

#include <gluino/io/iterators/image_record_iter.h>
#include <gluino/io/iterators/random_stream.h>
#include <gluino/ndarray/ndarray.h>

#include <array>
#include <string_view>

namespace gluino::io {

/// Makes the numbers of a sample from an encoded picture, as the options of ImageRecordIter say.
class PictureMaker {
 public:
  /// Throws Error when an option does not fit.
  explicit PictureMaker(const ImageRecordIterOptions& options);

  /// Writes data_shape numbers to `out`. Random choices come from `random`.
  void make(std::string_view bytes, RandomStream& random, float* out) const;

 private:
  NDArray scaled(NDArray picture) const;

  std::int64_t channels_;
  std::int64_t height_;
  std::int64_t width_;
  std::int64_t resize_;
  bool rand_crop_;
  bool rand_mirror_;
  std::array<float, 3> mean_{};
  std::array<float, 3> factor_{};
};

}  // namespace gluino::io
