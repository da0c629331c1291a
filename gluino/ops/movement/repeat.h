#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>
#include <string>
#include <vector>

namespace gluino {

struct TileOptions {
  /// How often each axis is repeated; the last number belongs to the last axis.
  Shape reps{};
};

struct RepeatOptions {
  std::int64_t repeats = 1;
  /// Not given: the array is taken as one row.
  std::optional<std::int64_t> axis{};
};

struct PadOptions {
  /// "constant"; "edge" repeats the outermost elements; "reflect" mirrors at them.
  std::string mode = "constant";
  /// Numbers of elements before and after, for each axis.
  std::vector<std::optional<std::int64_t>> pad_width{};
  double constant_value = 0;
};

namespace ops {

/// The array as a tile: repeated whole along each axis.
template <Operand A>
A tile(const A& data, const TileOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<TileOptions>("tile");
  return call(op, options, {data}, name);
}

/// Each element several times in a row, along an axis.
template <Operand A>
A repeat(const A& data, const RepeatOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<RepeatOptions>("repeat");
  return call(op, options, {data}, name);
}

/// The array with a margin.
template <Operand A>
A Pad(const A& data, const PadOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<PadOptions>("Pad");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
