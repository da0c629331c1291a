#pragma once

#include <gluino/ops/core/invoke.h>

#include <array>
#include <cstdint>
#include <vector>

namespace gluino {

struct ProposalOptions {
  /// How many of the best are looked at; below 1: all.
  std::int64_t rpn_pre_nms_top_n = 6000;
  /// How many each image is given.
  std::int64_t rpn_post_nms_top_n = 300;
  /// A region that overlaps a better one by more than this goes.
  double threshold = 0.7;
  /// Regions smaller than this, on the image as it was before it was scaled, come last.
  std::int64_t rpn_min_size = 16;
  /// Of the anchors: their size in strides, and height to width.
  std::vector<double> scales{4, 8, 16, 32};
  std::vector<double> ratios{0.5, 1, 2};
  /// Pixels of the image per pixel of the data.
  std::int64_t feature_stride = 16;
  /// Gives the regions' scores, too.
  bool output_score = false;
  /// bbox_pred are the ways of the corners, in pixels.
  bool iou_loss = false;
};

namespace ops {

/// Where a region proposal network sees objects (Ren et al., Faster R-CNN, 2015): cls_prob (1,
/// 2 A, H, W), the chances of background and of an object for A anchors around each pixel,
/// bbox_pred (1, 4 A, H, W), how to move and to stretch the anchors, im_info (1, 3), the image's
/// height, width and scale. Gives rows (image, left, top, right, bottom), the best first, repeated
/// until they are rpn_post_nms_top_n, and with output_score their scores (rows, 1).
template <Operand A>
auto Proposal(const A& cls_prob, const A& bbox_pred, const A& im_info,
              const ProposalOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<ProposalOptions>("_contrib_Proposal");
  const std::array<A, 3> in{cls_prob, bbox_pred, im_info};
  if constexpr (SymbolicOperand<A>) {
    return apply(op, &options, std::span<const A>(in), name);
  } else {
    return apply_all(op, &options, std::span<const A>(in));
  }
}

/// The same of N images: as many rows for each, one image after the other.
template <Operand A>
auto MultiProposal(const A& cls_prob, const A& bbox_pred, const A& im_info,
                   const ProposalOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<ProposalOptions>("_contrib_MultiProposal");
  const std::array<A, 3> in{cls_prob, bbox_pred, im_info};
  if constexpr (SymbolicOperand<A>) {
    return apply(op, &options, std::span<const A>(in), name);
  } else {
    return apply_all(op, &options, std::span<const A>(in));
  }
}

}  // namespace ops
}  // namespace gluino
