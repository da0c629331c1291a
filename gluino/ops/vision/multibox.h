#pragma once

#include <gluino/ops/core/invoke.h>

#include <array>
#include <vector>

/// The parts of a single-shot detector (Liu et al., SSD, 2016). Boxes are corners (left, top,
/// right, bottom) in parts of the image's size.
namespace gluino {

struct MultiBoxPriorOptions {
  /// Of a box, in parts of the image's height; the first also goes with every ratio but the first.
  std::vector<double> sizes{1};
  /// Of width to height.
  std::vector<double> ratios{1};
  /// Cut the boxes at the image's edges.
  bool clip = false;
  /// From pixel to pixel, (rows, columns), in parts of the image; not above 0: as many as there
  /// are.
  std::vector<double> steps{-1, -1};
  /// Of a box' center from the pixel's corner, in pixels.
  std::vector<double> offsets{0.5, 0.5};
};

struct MultiBoxTargetOptions {
  /// What an anchor has to overlap to get a box that is not its own best.
  double overlap_threshold = 0.5;
  /// The class of anchors that a loss is to leave out.
  double ignore_label = -1;
  /// How many anchors are background, per one that has a box; not above 0: all.
  double negative_mining_ratio = -1;
  /// Anchors that overlap a box by this or more are no background.
  double negative_mining_thresh = 0.5;
  std::vector<double> variances{0.1, 0.1, 0.2, 0.2};
};

struct MultiBoxDetectionOptions {
  /// Cut the boxes at the image's edges.
  bool clip = true;
  /// Scores below it are background.
  double threshold = 0.01;
  double nms_threshold = 0.5;
  /// Boxes of different classes suppress each other, too.
  bool force_suppress = false;
  std::vector<double> variances{0.1, 0.1, 0.2, 0.2};
  /// How many of the best are looked at; below 1: all.
  std::int64_t nms_topk = -1;
};

namespace ops {

/// Anchors around each pixel of data (N, C, H, W): (1, H * W * (sizes + ratios - 1), 4).
template <Operand A>
A MultiBoxPrior(const A& data, const MultiBoxPriorOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<MultiBoxPriorOptions>("_contrib_MultiBoxPrior");
  return call(op, options, {data}, name);
}

/// What a network is to say of anchors (1, A, 4) for labels (N, L, 5 or more), rows (class, box)
/// and -1 behind the last; cls_pred (N, classes + 1, A) is what it says now. Gives the targets of
/// the boxes and a mask, (N, 4 A), and of the classes, (N, A), 0 for background.
template <Operand A>
auto MultiBoxTarget(const A& anchor, const A& label, const A& cls_pred,
                    const MultiBoxTargetOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<MultiBoxTargetOptions>("_contrib_MultiBoxTarget");
  const std::array<A, 3> in{anchor, label, cls_pred};
  if constexpr (SymbolicOperand<A>) {
    return apply(op, &options, std::span<const A>(in), name);
  } else {
    return apply_all(op, &options, std::span<const A>(in));
  }
}

/// Rows (class, score, box) (N, A, 6) of what a network says: cls_prob (N, classes + 1, A),
/// loc_pred (N, 4 A), anchor (1, A, 4). The best come first; a class of -1 is none.
template <Operand A>
A MultiBoxDetection(const A& cls_prob, const A& loc_pred, const A& anchor,
                    const MultiBoxDetectionOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<MultiBoxDetectionOptions>("_contrib_MultiBoxDetection");
  return call(op, options, {cls_prob, loc_pred, anchor}, name);
}

}  // namespace ops
}  // namespace gluino
