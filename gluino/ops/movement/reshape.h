#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>

namespace gluino {

struct ReshapeOptions {
  Shape shape{};
  /// Reads the codes from the right end.
  bool reverse = false;
  /// The shape as programs of MXNet 0.x say it, where `shape` is empty: a 0 is inferred.
  std::optional<Shape> target_shape{};
  /// With target_shape: the first axis stays.
  bool keep_highest = false;
};

struct AxisOptions {
  std::int64_t axis = 0;
};

struct SqueezeOptions {
  /// The axes to drop, each of size 1; where it is not given, all such axes.
  std::optional<Shape> axis{};
};

/// The shape that reshape codes give for an array of shape `from`: 0 copies a dimension, -1 infers
/// one, -2 copies all that remain, -3 merges two, -4 splits one into the next two numbers. Throws
/// Error when the sizes do not match.
GLUINO_API Shape reshaped(const Shape& from, const Shape& codes, bool reverse = false);

namespace ops {

/// The same elements under another shape; see reshaped() for the codes.
template <Operand A>
A reshape(const A& data, const ReshapeOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<ReshapeOptions>("Reshape");
  return call(op, options, {data}, name);
}

/// The same elements in an array of their own.
template <Operand A>
A identity(const A& data, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_copy");
  return call(op, NoOptions{}, {data}, name);
}

/// (N, ...) as (N, product of the rest).
template <Operand A>
A flatten(const A& data, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("Flatten");
  return call(op, NoOptions{}, {data}, name);
}

/// Inserts an axis of size 1 before `axis`.
template <Operand A>
A expand_dims(const A& data, const AxisOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<AxisOptions>("expand_dims");
  return call(op, options, {data}, name);
}

/// Drops axes of size 1.
template <Operand A>
A squeeze(const A& data, const SqueezeOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<SqueezeOptions>("squeeze");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
