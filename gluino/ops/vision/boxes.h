#pragma once

#include <gluino/ops/core/invoke.h>

#include <array>

/// Boxes are rows of four numbers: two opposite corners (left, top, right, bottom), or "center":
/// the center and the size (x, y, width, height).
namespace gluino {

struct BoxIouOptions {
  std::string format = "corner";
};

struct BoxNmsOptions {
  /// A box that covers a better one by more than this (their intersection over their union) goes.
  double overlap_thresh = 0.5;
  /// Boxes with scores up to this go.
  double valid_thresh = 0;
  /// How many of the best are looked at; below 0: all; 0: all boxes stay as they are.
  std::int64_t topk = -1;
  /// Where in a row the four numbers begin, and where score and class stand; no class: -1.
  std::int64_t coord_start = 2;
  std::int64_t score_index = 1;
  std::int64_t id_index = -1;
  /// The class that is none: its boxes go.
  std::int64_t background_id = -1;
  /// Boxes of different classes count, too.
  bool force_suppress = false;
  std::string in_format = "corner";
  std::string out_format = "corner";
};

struct BoxDecodeOptions {
  /// What the four numbers are multiplied by.
  double std0 = 1;
  double std1 = 1;
  double std2 = 1;
  double std3 = 1;
  /// No width or height grows by more than e to this power; not above 0: there is no limit.
  double clip = -1;
  /// Of the anchors.
  std::string format = "center";
};

struct BipartiteMatchingOptions {
  /// The smallest scores match first.
  bool is_ascend = false;
  /// Scores up to it (with is_ascend from it on) match nothing.
  double threshold = 0;
  /// The match after this many is the last; below 1: there is no limit.
  std::int64_t topk = -1;
};

namespace ops {

/// The intersection over the union of each box of lhs (..., 4) with each of rhs (..., 4); 0 where
/// both are empty. No gradient goes back.
template <Operand A>
A box_iou(const A& lhs, const A& rhs, const BoxIouOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<BoxIouOptions>("_contrib_box_iou");
  return call(op, options, {lhs, rhs}, name);
}

/// Non-maximum suppression: of data (..., boxes, numbers) the rows in the order of their scores,
/// without those that overlap a better one of their class, and rows of -1 behind them.
template <Operand A>
A box_nms(const A& data, const BoxNmsOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<BoxNmsOptions>("_contrib_box_nms");
  return call(op, options, {data}, name);
}

/// Corners of boxes from what box_encode makes of them: data (B, N, 4), anchors (1, N, 4).
template <Operand A>
A box_decode(const A& data, const A& anchors, const BoxDecodeOptions& options = {},
             NodeName name = {}) {
  static const Op& op = Op::get<BoxDecodeOptions>("_contrib_box_decode");
  return call(op, options, {data, anchors}, name);
}

/// What a network learns to say of a box beside an anchor, both corners: the way between their
/// centers in sizes of the anchor, and the logarithm of the sizes' ratio, less `means`, over
/// `stds`. samples (B, N): 1 where an anchor has a box, number `matches` (B, N) of refs (B, M, 4);
/// anchors (B, N, 4). Gives targets and masks, (B, N, 4): 1 where samples is, else 0, as the
/// targets are.
template <Operand A>
auto box_encode(const A& samples, const A& matches, const A& anchors, const A& refs, const A& means,
                const A& stds, NodeName name = {}) {
  static const Op& op = Op::get("_contrib_box_encode");
  const NoOptions none;
  const std::array<A, 6> in{samples, matches, anchors, refs, means, stds};
  if constexpr (SymbolicOperand<A>) {
    return apply(op, &none, std::span<const A>(in), name);
  } else {
    return apply_all(op, &none, std::span<const A>(in));
  }
}

/// Pairs of rows and columns of scores (..., N, M), the best first, none twice. Gives the column of
/// each row (..., N) and the row of each column (..., M); -1: none.
template <Operand A>
auto bipartite_matching(const A& data, const BipartiteMatchingOptions& options,
                        NodeName name = {}) {
  static const Op& op = Op::get<BipartiteMatchingOptions>("_contrib_bipartite_matching");
  if constexpr (SymbolicOperand<A>) {
    return call(op, options, {data}, name);
  } else {
    return apply_all(op, &options, std::span<const A>(&data, 1));
  }
}

}  // namespace ops
}  // namespace gluino
