#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct RoiPoolingOptions {
  /// Rows and columns of the result.
  Shape pooled_size{};
  /// A region's numbers times this are places on the data.
  double spatial_scale = 1;
};

struct RoiAlignOptions {
  Shape pooled_size{};
  double spatial_scale = 1;
  /// Points per axis of which each element is the mean; below 1: one per pixel, rounded up.
  int sample_ratio = -1;
  /// Each element has channels of its own: C / (rows * columns) of the result.
  bool position_sensitive = false;
  /// Numbers are places of pixels' edges, so that pixel 0 has its center at 0.5.
  bool aligned = false;
};

struct PsRoiPoolingOptions {
  double spatial_scale = 1;
  /// Channels of the result.
  std::int64_t output_dim = 1;
  /// Rows and columns of the result.
  std::int64_t pooled_size = 1;
  /// Rows and columns of channels that a region is told by; 0: pooled_size.
  std::int64_t group_size = 0;
};

/// Regions are rows (image, left, top, right, bottom), the number of an image in the data first.
namespace ops {

/// The maximum of each part of each region of data (N, C, H, W), cut at whole pixels: (regions, C,
/// rows, columns). 0 where a part has no pixels or the image is none (Girshick, Fast R-CNN, 2015).
template <Operand A>
A ROIPooling(const A& data, const A& rois, const RoiPoolingOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<RoiPoolingOptions>("ROIPooling");
  return call(op, options, {data, rois}, name);
}

/// The mean of points of each part of each region, by bilinear interpolation (He et al., Mask
/// R-CNN, 2017).
template <Operand A>
A ROIAlign(const A& data, const A& rois, const RoiAlignOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<RoiAlignOptions>("_contrib_ROIAlign");
  return call(op, options, {data, rois}, name);
}

/// The mean of the pixels of each part of each region, of channels that stand for that part:
/// data (N, output_dim * group_size^2, H, W) to (regions, output_dim, pooled_size, pooled_size); 0
/// where a part has no pixels or the image is none (Dai et al., R-FCN, 2016).
template <Operand A>
A PSROIPooling(const A& data, const A& rois, const PsRoiPoolingOptions& options,
               NodeName name = {}) {
  static const Op& op = Op::get<PsRoiPoolingOptions>("_contrib_PSROIPooling");
  return call(op, options, {data, rois}, name);
}

}  // namespace ops
}  // namespace gluino
