#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>
#include <vector>

namespace gluino {

struct TransposeOptions {
  /// Where each axis of the result comes from; none reverses the axes.
  Shape axes{};
};

struct SwapAxisOptions {
  std::int64_t dim1 = 0;
  std::int64_t dim2 = 0;
};

struct ConcatOptions {
  std::int64_t dim = 1;
};

struct StackOptions {
  std::int64_t axis = 0;
};

struct SliceAxisOptions {
  std::int64_t axis = 0;
  std::int64_t begin = 0;
  /// Not included; none means to the end. Counts from the end when negative.
  std::optional<std::int64_t> end{};
};

struct SliceOptions {
  /// Per axis, from the first on; axes beyond them are taken whole.
  std::vector<std::optional<std::int64_t>> begin{};
  std::vector<std::optional<std::int64_t>> end{};
  std::vector<std::optional<std::int64_t>> step{};
};

struct BroadcastToOptions {
  /// A size of 0 keeps the input's.
  Shape shape{};
};

namespace ops {

template <Operand A>
A transpose(const A& data, const TransposeOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<TransposeOptions>("transpose");
  return call(op, options, {data}, name);
}

template <Operand A>
A swapaxes(const A& data, const SwapAxisOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<SwapAxisOptions>("SwapAxis");
  return call(op, options, {data}, name);
}

/// Joins arrays along an existing axis.
template <Operand A>
A concat(const std::vector<A>& arrays, const ConcatOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<ConcatOptions>("Concat");
  return apply(op, &options, std::span<const A>(arrays), name);
}

/// The same of a list: nd::concat({x, y}).
template <Operand A>
A concat(std::initializer_list<A> arrays, const ConcatOptions& options = {}, NodeName name = {}) {
  return concat(std::vector<A>(arrays), options, name);
}

/// Joins arrays of one shape along a new axis.
template <Operand A>
A stack(const std::vector<A>& arrays, const StackOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<StackOptions>("stack");
  return apply(op, &options, std::span<const A>(arrays), name);
}

template <Operand A>
A stack(std::initializer_list<A> arrays, const StackOptions& options = {}, NodeName name = {}) {
  return stack(std::vector<A>(arrays), options, name);
}

/// A part of the array, as x[begin:end:step] per axis in Python.
template <Operand A>
A slice(const A& data, const SliceOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<SliceOptions>("slice");
  return call(op, options, {data}, name);
}

/// Indices [begin, end) of one axis. Throws Error where they lie beyond it.
template <Operand A>
A slice_axis(const A& data, const SliceAxisOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<SliceAxisOptions>("slice_axis");
  return call(op, options, {data}, name);
}

/// Repeats axes of size 1 until the array has the given shape.
template <Operand A>
A broadcast_to(const A& data, const BroadcastToOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<BroadcastToOptions>("broadcast_to");
  return call(op, options, {data}, name);
}

}  // namespace ops

namespace nd {

/// Moves axis `source` to place `destination`; the others keep their order.
GLUINO_API NDArray moveaxis(const NDArray& data, std::int64_t source, std::int64_t destination);

}  // namespace nd
}  // namespace gluino
