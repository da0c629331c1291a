#pragma once

#include <gluino/gluon/data/transform.h>
#include <gluino/gluon/data/vision/color_transforms.h>
#include <gluino/gluon/data/vision/geometric_transforms.h>

#include <vector>

/// Transforms for transform_first, as MXNet's of the same names. Those of
/// this file make whole batches at once.
namespace gluino::gluon::data::vision::transforms {

/// An image (height, width, channels) with values from 0 to 255 becomes float32 (channels, height,
/// width) with values from 0 to 1; a batch of images (N, ...) stays one. Throws Error for another
/// number of axes.
class GLUINO_API ToTensor : public Transform {
 public:
  ToTensor();
};

/// Converts to another type.
class GLUINO_API Cast : public Transform {
 public:
  explicit Cast(DType dtype = float32);
};

struct NormalizeOptions {
  /// One number, or one per channel.
  std::vector<double> mean{0};
  std::vector<double> std{1};
};

/// (x - mean) / std for images (channels, height, width), or batches of them, of type float32 or
/// float64. Throws Error when `mean` or `std` does not fit the channels, or a std is 0.
class GLUINO_API Normalize : public Transform {
 public:
  explicit Normalize(const NormalizeOptions& options);
};

/// One transform after the other. It makes whole batches if all of them do.
class GLUINO_API Compose : public Transform {
 public:
  explicit Compose(const std::vector<Transform>& transforms);
};

struct RandomApplyOptions {
  /// The probability.
  double p = 0.5;
};

/// Transforms one after the other, all of them or none, at random.
class GLUINO_API RandomApply : public Transform {
 public:
  explicit RandomApply(const std::vector<Transform>& transforms,
                       const RandomApplyOptions& options = {});
};

}  // namespace gluino::gluon::data::vision::transforms
