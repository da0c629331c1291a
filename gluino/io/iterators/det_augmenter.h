#pragma once

#include <gluino/io/iterators/image_det_record_iter.h>
#include <gluino/io/iterators/random_stream.h>
#include <gluino/ndarray/ndarray.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace gluino::io {

/// A frame in parts of a picture's width and height.
struct Frame {
  float left = 0;
  float top = 0;
  float right = 1;
  float bottom = 1;

  float width() const { return right - left; }
  float height() const { return bottom - top; }
  float area() const { return width() > 0 && height() > 0 ? width() * height() : 0; }
};

/// The label of a picture with objects, as im2rec packs it: the width of this header, that of an
/// object, more numbers of the header, and the objects: class, left, top, right, bottom, more.
class DetLabel {
 public:
  /// Throws Error for numbers that are none.
  explicit DetLabel(std::span<const float> numbers);

  std::size_t size() const { return objects_.size(); }
  Frame frame(std::size_t object) const;
  void set_frame(std::size_t object, const Frame& frame);
  /// Keeps the objects for which `kept` holds.
  void keep(const std::vector<bool>& kept);
  /// The same numbers again.
  std::vector<float> numbers() const;

 private:
  std::vector<float> header_;
  std::vector<std::vector<float>> objects_;
};

/// Changes pictures with objects at random, as the options of ImageDetRecordIter say.
class DetAugmenter {
 public:
  /// Throws Error when an option does not fit.
  explicit DetAugmenter(const ImageDetRecordIterOptions& options);

  bool is_random() const;
  /// The picture, not larger than data_shape, whose place in the data is its upper left corner.
  NDArray operator()(NDArray picture, DetLabel& label, RandomStream& random) const;

 private:
  NDArray augmented(NDArray picture, DetLabel& label, RandomStream& random) const;
  NDArray sized(const NDArray& picture, std::int64_t width, std::int64_t height,
                RandomStream& random) const;
  NDArray recolored(const NDArray& picture, RandomStream& random) const;
  NDArray mirrored(const NDArray& picture, DetLabel& label) const;
  NDArray with_margins(const NDArray& picture, DetLabel& label, RandomStream& random) const;
  NDArray cropped(const NDArray& picture, DetLabel& label, RandomStream& random) const;
  bool shows(const Frame& part, std::size_t sampler, DetLabel& label) const;
  NDArray fitted(const NDArray& picture, RandomStream& random) const;

  ImageDetRecordIterOptions options_;
  std::int64_t times_;  // that all changes are made
};

}  // namespace gluino::io
