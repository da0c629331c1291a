#pragma once

#include <gluino/gluon/data/transform.h>

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>

/// Transforms of pictures (height, width, channels), or of batches of them, that change their size
/// or their place; their type stays. Throw Error for another number of axes or an option out of
/// range.
/// `interpolation`: 0 nearest, 1 bilinear, 2 bicubic, 3 by areas, 4 Lanczos, 9 bicubic to enlarge
/// and areas to shrink, 10 any of the first five.
namespace gluino::gluon::data::vision::transforms {

/// The size of a picture: `= {width, height}`, or `= 224` for both sides.
class Size {
 public:
  Size() = default;
  template <std::integral I>
  Size(I side)  // NOLINT(google-explicit-constructor): a way to write an option
      : width_(side), height_(side), is_one_(true) {}
  Size(std::int64_t width, std::int64_t height) : width_(width), height_(height) {}

  std::int64_t width() const { return width_; }
  std::int64_t height() const { return height_; }
  /// One number was given.
  bool is_one() const { return is_one_; }

 private:
  std::int64_t width_ = 0;
  std::int64_t height_ = 0;
  bool is_one_ = false;
};

struct ResizeOptions {
  Size size{};
  /// One number is the length of the shorter side.
  bool keep_ratio = false;
  int interpolation = 1;
};

/// A picture, or each of a batch, in another size.
class GLUINO_API Resize : public Transform {
 public:
  explicit Resize(const ResizeOptions& options);
};

struct CropResizeOptions {
  /// Of the upper left corner.
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;
  /// Not given: the part stays as large as it is.
  std::optional<Size> size{};
  int interpolation = 1;
};

/// A part of a picture, or of each of a batch, in another size.
class GLUINO_API CropResize : public Transform {
 public:
  explicit CropResize(const CropResizeOptions& options);
};

struct CenterCropOptions {
  Size size{};
  int interpolation = 1;
};

/// The middle of a picture; of a smaller one the largest part of that shape, enlarged.
class GLUINO_API CenterCrop : public Transform {
 public:
  explicit CenterCrop(const CenterCropOptions& options);
};

struct RandomResizedCropOptions {
  Size size{};
  /// Which part of the picture's area, and which width in relation to height, is cut out.
  std::array<double, 2> scale{0.08, 1};
  std::array<double, 2> ratio{3.0 / 4, 4.0 / 3};
  int interpolation = 1;
};

/// A part at random, resized; the middle where ten attempts have found none.
class GLUINO_API RandomResizedCrop : public Transform {
 public:
  explicit RandomResizedCrop(const RandomResizedCropOptions& options);
};

/// Mirrors pictures with the probability `p`, so that left becomes right.
class GLUINO_API RandomFlipLeftRight : public Transform {
 public:
  explicit RandomFlipLeftRight(double p = 0.5);
};

/// Turns pictures upside down with the probability `p`.
class GLUINO_API RandomFlipTopBottom : public Transform {
 public:
  explicit RandomFlipTopBottom(double p = 0.5);
};

struct RotateOptions {
  /// Counter-clockwise.
  double rotation_degrees = 0;
  /// Cuts off what would show what lies beyond the edges, which is 0.
  bool zoom_in = false;
  /// Shrinks the picture until all of it is seen; not both.
  bool zoom_out = false;
};

/// Turns tensors (channels, height, width) of float32, or each of a batch of them, around their
/// centers.
class GLUINO_API Rotate : public Transform {
 public:
  explicit Rotate(const RotateOptions& options);
};

struct RandomRotationOptions {
  /// The first less than the second.
  std::array<double, 2> angle_limits{};
  bool zoom_in = false;
  bool zoom_out = false;
  double rotate_with_proba = 1;
};

/// The same by a random angle, with the probability `rotate_with_proba`.
class GLUINO_API RandomRotation : public Transform {
 public:
  explicit RandomRotation(const RandomRotationOptions& options);
};

}  // namespace gluino::gluon::data::vision::transforms
