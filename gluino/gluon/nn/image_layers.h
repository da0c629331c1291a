#pragma once

#include <gluino/gluon/hybrid_block.h>
#include <gluino/gluon/nn/per_axis.h>
#include <gluino/ops/movement/repeat.h>

namespace gluino::gluon::nn {

/// Adds a margin to images (N, C, H, W) in which they are mirrored: so many rows and columns on
/// each side, or for each axis in turn before and after it: {0, 0, 0, 0, top, bottom, left, right}.
class GLUINO_API ReflectionPad2D : public HybridBlock {
 public:
  /// Throws Error for other than 1 or 8 numbers.
  explicit ReflectionPad2D(const PerAxis& padding = 0, const std::string& prefix = {});
  NDArray forward(const NDArray& input) override;

 private:
  PadOptions options_;
};

/// Images that become larger with what their channels hold (Shi et al., 2016): (N, product of the
/// factors * C, D, H, W) as (N, C, f1 * D, f2 * H, f3 * W).
class GLUINO_API PixelShuffle : public HybridBlock {
 public:
  NDArray forward(const NDArray& input) override;
  std::string to_string() const override;

 protected:
  /// Throws Error unless there is one number for all axes or one for each, all at least 1.
  PixelShuffle(int axes, const char* hint, const PerAxis& factor, const std::string& prefix);

 private:
  Shape factors_;
};

/// (N, factor * C, W) as (N, C, factor * W).
class GLUINO_API PixelShuffle1D : public PixelShuffle {
 public:
  explicit PixelShuffle1D(const PerAxis& factor, const std::string& prefix = {})
      : PixelShuffle(1, "pixelshuffle1d", factor, prefix) {}
};

/// (N, f1 * f2 * C, H, W) as (N, C, f1 * H, f2 * W).
class GLUINO_API PixelShuffle2D : public PixelShuffle {
 public:
  explicit PixelShuffle2D(const PerAxis& factor, const std::string& prefix = {})
      : PixelShuffle(2, "pixelshuffle2d", factor, prefix) {}
};

/// The same of volumes (N, f1 * f2 * f3 * C, D, H, W).
class GLUINO_API PixelShuffle3D : public PixelShuffle {
 public:
  explicit PixelShuffle3D(const PerAxis& factor, const std::string& prefix = {})
      : PixelShuffle(3, "pixelshuffle3d", factor, prefix) {}
};

}  // namespace gluino::gluon::nn
