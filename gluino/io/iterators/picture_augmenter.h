#pragma once

#include <gluino/io/iterators/image_record_iter.h>
#include <gluino/io/iterators/random_stream.h>
#include <gluino/ndarray/ndarray.h>

#include <cstdint>

namespace gluino::io {

/// Changes pictures as the options of ImageRecordIter say.
class PictureAugmenter {
 public:
  /// Throws Error when an option does not fit.
  explicit PictureAugmenter(const ImageRecordIterOptions& options);

  bool is_random() const;
  /// A part of the size of the data. (height, width, channels) of uint8 in and out.
  NDArray operator()(NDArray picture, RandomStream& random) const;

 private:
  NDArray augmented(NDArray picture, RandomStream& random) const;
  bool is_warped() const;
  bool is_recolored() const;
  NDArray sized(const NDArray& picture, std::int64_t width, std::int64_t height,
                RandomStream& random) const;
  NDArray warp(const NDArray& picture, RandomStream& random) const;
  bool resized_crop(NDArray& picture, RandomStream& random) const;
  NDArray enlarged(const NDArray& picture, RandomStream& random) const;
  NDArray cropped(const NDArray& picture, RandomStream& random) const;
  NDArray recolored(const NDArray& picture, RandomStream& random) const;

  ImageRecordIterOptions options_;
  std::int64_t times_;  // that all changes are made
  std::int64_t height_;
  std::int64_t width_;
};

}  // namespace gluino::io
