#pragma once

#include <gluino/gluon/data/transform.h>

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "resample.h"

/// The transforms of gluon.data.vision.transforms that the library's own room has not got yet.
/// Images are (height, width, channels), uint8 or float32. What makes whole batches (N, height,
/// width, channels) says so. Errors are Error: another shape or type, or an option out of range.
namespace gluino::python::images {

using gluon::data::Transform;

/// How pixels between pixels are made, by MXNet's number. Throws Error on one that is none. 9 picks
/// bicubic to enlarge and area to shrink, 10 any of the five.
Interpolation interpolation_of(int code, std::pair<std::int64_t, std::int64_t> from,
                               std::pair<std::int64_t, std::int64_t> to,
                               gluon::data::Generator& generator);

struct Size {
  std::int64_t width = 0;
  std::int64_t height = 0;
};

struct Part {
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;
};

// Geometry. Functions take an image or a batch of them.
NDArray resize(const NDArray& x, const Size& size, Interpolation interpolation);
NDArray crop(const NDArray& x, const Part& part);
NDArray flip(const NDArray& x, bool left_right);

struct RotateOptions {
  double degrees = 0;
  bool zoom_in = false;
  bool zoom_out = false;
};
/// Turns images (channels, height, width) of type float32, or batches of them, counter-clockwise
/// around their centers; 0 beyond their edges.
NDArray rotate(const NDArray& x, const RotateOptions& options);

struct ResizeOptions {
  /// One number: both sides, or, keeping the ratio, the shorter side.
  std::vector<std::int64_t> size;
  bool keep_ratio = false;
  int interpolation = 1;
};
Transform resize_transform(const ResizeOptions& options);
Transform crop_resize_transform(const Part& part, const std::optional<Size>& size,
                                int interpolation);
/// The middle of an image; of a smaller image, the largest part of that shape, enlarged.
Transform center_crop_transform(const Size& size, int interpolation);

struct RandomCropOptions {
  Size size;
  /// Which part of the image's area, and which width in relation to height, is cut out.
  std::array<double, 2> scale{0.08, 1};
  std::array<double, 2> ratio{3.0 / 4, 4.0 / 3};
  int interpolation = 1;
};
Transform random_resized_crop_transform(const RandomCropOptions& options);
Transform random_flip_transform(bool left_right, double probability);

struct RandomRotationOptions {
  double from = 0;
  double to = 0;
  bool zoom_in = false;
  bool zoom_out = false;
  double probability = 1;
};
Transform random_rotation_transform(const RandomRotationOptions& options);

// Colours.
struct JitterOptions {
  double brightness = 0;
  double contrast = 0;
  double saturation = 0;
  double hue = 0;
};
/// Each change by a factor of 1 +- its number at random (the hue by that part of a turn), in random
/// order.
Transform color_jitter_transform(const JitterOptions& options);
/// Adds noise along the principal colours of photographs (Krizhevsky, Sutskever and Hinton, 2012),
/// with the standard deviation `alpha`.
Transform random_lighting_transform(double alpha);

/// All of them, one after the other, with that probability.
Transform random_apply_transform(const std::vector<Transform>& transforms, double probability);

}  // namespace gluino::python::images
