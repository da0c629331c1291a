#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>

/// Arrays brought to the shape of another, of which nothing but the shape counts.
namespace gluino {

struct BroadcastLikeOptions {
  /// Axes of lhs that get the size of the axes of rhs; None: lhs gets the shape of rhs.
  std::optional<Shape> lhs_axes{};
  std::optional<Shape> rhs_axes{};
};

struct BroadcastAxisOptions {
  /// Axes of size 1.
  Shape axis{};
  Shape size{};
};

struct SliceLikeOptions {
  /// The axes that are cut; none means all.
  Shape axes{};
};

struct ReshapeLikeOptions {
  std::optional<std::int64_t> lhs_begin{};
  std::optional<std::int64_t> lhs_end{};
  std::optional<std::int64_t> rhs_begin{};
  std::optional<std::int64_t> rhs_end{};
};

struct ReverseOptions {
  Shape axis{};
};

namespace ops {

/// Repeats axes of size 1 of lhs until it has the shape of rhs, or on some axes its sizes.
template <Operand A>
A broadcast_like(const A& lhs, const A& rhs, const BroadcastLikeOptions& options = {},
                 NodeName name = {}) {
  static const Op& op = Op::get<BroadcastLikeOptions>("broadcast_like");
  return call(op, options, {lhs, rhs}, name);
}

/// Repeats axes of size 1.
template <Operand A>
A broadcast_axis(const A& data, const BroadcastAxisOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<BroadcastAxisOptions>("broadcast_axis");
  return call(op, options, {data}, name);
}

/// The first elements of each axis, as many as the other array has.
template <Operand A>
A slice_like(const A& data, const A& shape_like, const SliceLikeOptions& options = {},
             NodeName name = {}) {
  static const Op& op = Op::get<SliceLikeOptions>("slice_like");
  return call(op, options, {data, shape_like}, name);
}

/// lhs under the shape of rhs; with bounds a row of its axes under the shape of a row of rhs's.
template <Operand A>
A reshape_like(const A& lhs, const A& rhs, const ReshapeLikeOptions& options = {},
               NodeName name = {}) {
  static const Op& op = Op::get<ReshapeLikeOptions>("reshape_like");
  return call(op, options, {lhs, rhs}, name);
}

/// Some axes the other way round.
template <Operand A>
A reverse(const A& data, const ReverseOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<ReverseOptions>("reverse");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
