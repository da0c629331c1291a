#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>

namespace gluino {

struct BooleanMaskOptions {
  std::int64_t axis = 0;
  /// How many rows there will be. Calls on arrays count them; a graph must be told.
  std::optional<std::int64_t> rows{};
};

struct IndexArrayOptions {
  /// The axes; none: all.
  std::optional<Shape> axes{};
};

namespace ops {

/// The rows of the data, along axis 0, at which `index` (rows,) is not 0.
template <Operand A>
A boolean_mask(const A& data, const A& index, const BooleanMaskOptions& options = {},
               NodeName name = {}) {
  static const Op& op = Op::get<BooleanMaskOptions>("_contrib_boolean_mask");
  return call(op, options, {data, index}, name);
}

/// Per element of the data where it stands: the data's shape and (axes,), int64.
template <Operand A>
A index_array(const A& data, const IndexArrayOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<IndexArrayOptions>("_contrib_index_array");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
