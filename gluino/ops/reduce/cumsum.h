#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>

namespace gluino {

struct CumsumOptions {
  /// The axis along which is added; without it the array is taken as one row.
  std::optional<std::int64_t> axis{};
  /// The type of the result, in which is added; without it that of the input.
  std::optional<DType> dtype{};
};

namespace ops {

/// The sums of all elements up to each along an axis.
template <Operand A>
A cumsum(const A& a, const CumsumOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<CumsumOptions>("_np_cumsum");
  return call(op, options, {a}, name);
}

}  // namespace ops
}  // namespace gluino
