#pragma once

#include <gluino/ops/core/invoke.h>

#include <vector>

/// Images as files hold them: (height, width, channels), red first; where it says so also batches,
/// (N, height, width, channels). Bytes are cut to what they can hold and not rounded, as in MXNet.
namespace gluino {

struct ImageNormalizeOptions {
  /// One number, or one for each channel.
  std::vector<double> mean{0, 0, 0, 0};
  std::vector<double> std{1, 1, 1, 1};
};

struct ImageCropOptions {
  /// Of the upper left corner.
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t width = 1;
  std::int64_t height = 1;
};

struct ImageRandomCropOptions {
  /// Between which parts of the room beside it a part begins: 0 at the left or at the top, 1 as far
  /// right or down as it can.
  std::vector<double> xrange{0, 1};
  std::vector<double> yrange{0, 1};
  std::int64_t width = 1;
  std::int64_t height = 1;
  /// 0 nearest, 1 bilinear, 2 bicubic, 3 by areas, 4 Lanczos.
  int interp = 1;
};

struct ImageRandomResizedCropOptions {
  std::int64_t width = 1;
  std::int64_t height = 1;
  /// The least and the largest share of the image's area.
  std::vector<double> area{0.08, 1};
  /// The least and the largest quotient of width and height.
  std::vector<double> ratio{3.0 / 4, 4.0 / 3};
  int interp = 1;
  /// How often a part is drawn until one lies within the image; else it is the one in the middle.
  std::int64_t max_trial = 10;
};

struct ImageResizeOptions {
  /// (width, height), or one number for both.
  Shape size{};
  /// One number is the length of the shorter edge.
  bool keep_ratio = false;
  /// 0 nearest, 1 bilinear, 2 bicubic, 3 by areas, 4 Lanczos.
  int interp = 1;
};

struct CvImresizeOptions {
  std::int64_t w = 1;
  std::int64_t h = 1;
  int interp = 1;
};

struct ImageLightingOptions {
  /// Parts of the three principal colors of ImageNet's pixels.
  std::vector<double> alpha{};
};

struct ImageRandomLightingOptions {
  /// The standard deviation of those parts.
  double alpha_std = 0.05;
};

/// A random factor lies between the two.
struct ImageRandomFactorOptions {
  double min_factor = 1;
  double max_factor = 1;
};

struct ImageRandomColorJitterOptions {
  /// How far factors lie from 1 at most, and the turn of hues from none.
  double brightness = 0;
  double contrast = 0;
  double saturation = 0;
  double hue = 0;
};

namespace ops {

/// Planes (channels, height, width) in float32 of an image or a batch, over 255.
template <Operand A>
A image_to_tensor(const A& data, NodeName name = {}) {
  static const Op& op = Op::get("_image_to_tensor");
  return call(op, NoOptions(), {data}, name);
}

/// (x - mean) / std of each plane of (channels, height, width) or a batch of such.
template <Operand A>
A image_normalize(const A& data, const ImageNormalizeOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<ImageNormalizeOptions>("_image_normalize");
  return call(op, options, {data}, name);
}

/// A part of an image or of each of a batch.
template <Operand A>
A image_crop(const A& data, const ImageCropOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<ImageCropOptions>("_image_crop");
  return call(op, options, {data}, name);
}

/// A part of an image at a random place, the same of each of a batch. Of an image that is less wide
/// or high it is as large as can be, and then brought to the size. MXNet 2's places for the seed.
template <Operand A>
A image_random_crop(const A& data, const ImageRandomCropOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<ImageRandomCropOptions>("_image_random_crop");
  return call(op, options, {data}, name);
}

/// A part of random area, proportions and place in the size that is wanted, the same part of each
/// of a batch. Where none lies within the image it is the largest one of the proportions of the
/// result, in the middle. MXNet 2's parts for the seed.
template <Operand A>
A image_random_resized_crop(const A& data, const ImageRandomResizedCropOptions& options,
                            NodeName name = {}) {
  static const Op& op = Op::get<ImageRandomResizedCropOptions>("_image_random_resized_crop");
  return call(op, options, {data}, name);
}

/// An image, or each of a batch, in another size.
template <Operand A>
A image_resize(const A& data, const ImageResizeOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<ImageResizeOptions>("_image_resize");
  return call(op, options, {data}, name);
}

/// The same with a width and a height, of one image.
template <Operand A>
A cvimresize(const A& src, const CvImresizeOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<CvImresizeOptions>("_cvimresize");
  return call(op, options, {src}, name);
}

/// An image, each pixel with its neighbour on the other side.
template <Operand A>
A image_flip_left_right(const A& data, NodeName name = {}) {
  static const Op& op = Op::get("_image_flip_left_right");
  return call(op, NoOptions(), {data}, name);
}
template <Operand A>
A image_flip_top_bottom(const A& data, NodeName name = {}) {
  static const Op& op = Op::get("_image_flip_top_bottom");
  return call(op, NoOptions(), {data}, name);
}

/// An image in other light: the principal colors of ImageNet's pixels are added in some parts
/// (Krizhevsky et al., 2012).
template <Operand A>
A image_adjust_lighting(const A& data, const ImageLightingOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<ImageLightingOptions>("_image_adjust_lighting");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
