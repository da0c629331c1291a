#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct CropOptions {
  /// (rows, columns) that are left out above and at the left.
  Shape offset{0, 0};
  /// (height, width) of the part, unless a second input gives it.
  Shape h_w{0, 0};
  /// The middle, in place of `offset`.
  bool center_crop = false;
};

struct CorrelationOptions {
  /// Of a patch, odd.
  std::int64_t kernel_size = 1;
  std::int64_t max_displacement = 1;
  /// From patch to patch in the first images, and from displacement to displacement.
  std::int64_t stride1 = 1;
  std::int64_t stride2 = 1;
  std::int64_t pad_size = 0;
  /// Products of elements; else the magnitudes of their differences.
  bool is_multiply = true;
};

struct Im2colOptions {
  Shape kernel{};
  Shape stride{};
  Shape dilate{};
  Shape pad{};
};

struct Col2imOptions {
  /// (height, width) of the images.
  Shape output_size{};
  Shape kernel{};
  Shape stride{};
  Shape dilate{};
  Shape pad{};
};

namespace ops {

/// A part of images (N, C, H, W).
template <Operand A>
A Crop(const A& data, const CropOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<CropOptions>("Crop");
  return call(op, options, {data}, name);
}
/// The same, as large as other images.
template <Operand A>
A Crop(const A& data, const A& crop_like, const CropOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<CropOptions>("Crop");
  return call(op, options, {data, crop_like}, name);
}

/// How alike patches of two batches of images (N, C, H, W) are, for each displacement: (N,
/// displacements, rows, columns), means over a patch' elements (Dosovitskiy et al., FlowNet, 2015).
template <Operand A>
A Correlation(const A& data1, const A& data2, const CorrelationOptions& options = {},
              NodeName name = {}) {
  static const Op& op = Op::get<CorrelationOptions>("Correlation");
  return call(op, options, {data1, data2}, name);
}

/// The windows of images (N, C, H, W) as columns: (N, C * window, windows).
template <Operand A>
A im2col(const A& data, const Im2colOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<Im2colOptions>("im2col");
  return call(op, options, {data}, name);
}

/// Images to which each column is added where im2col took it: the transpose of im2col.
template <Operand A>
A col2im(const A& data, const Col2imOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<Col2imOptions>("col2im");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
