#pragma once

#include <gluino/base/dtype.h>
#include <gluino/base/shape.h>
#include <gluino/ops/core/inference.h>

#include <cstdint>

namespace gluino {

/// Whether the images that an operator reads and writes lie in strips of samples, (strips, C, H, W,
/// samples) instead of (N, C, H, W): see kernels/cpu/convolution/conv_strips.h. Graphs decide that
/// when they are compiled; see graph/passes/choose_layouts.cc.
struct StripLayout {
  /// Images in all strips, where there are strips.
  std::int64_t batch = 0;
  bool data = false;
  bool output = false;

  bool any() const { return data || output; }
};

/// Samples in a strip of a type that is float32 or float64.
GLUINO_API std::int64_t strip_samples(DType dtype);

/// (N, C, H, W) to (strips, C, H, W, samples).
GLUINO_API Shape to_strips(const Shape& images, DType dtype);

/// The images that an operator reads, whichever way they lie.
GLUINO_API Shape images_of(const StripLayout& strips, const Shape& data);

/// Throws Error unless input 0 has as many dimensions as that.
GLUINO_API void expect_images(const StripLayout& strips, const Inference& inference);

}  // namespace gluino
