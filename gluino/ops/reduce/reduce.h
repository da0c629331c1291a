#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>

namespace gluino {

struct ReduceOptions {
  /// The axes to reduce; none means all.
  Shape axis{};
  /// Keeps reduced axes with size 1.
  bool keepdims = false;
  /// Reduces the axes that are not in `axis` instead.
  bool exclude = false;
};

struct ArgReduceOptions {
  /// Without it the whole array is searched and the result has shape (1,).
  std::optional<std::int64_t> axis{};
  bool keepdims = false;
};

struct NormOptions {
  int ord = 2;
  Shape axis{};
  bool keepdims = false;
  /// Of the result, one of real numbers; that of the data unless given.
  std::optional<DType> out_dtype{};
};

namespace ops {

#define GLUINO_REDUCE(function)                                                   \
  template <Operand A>                                                            \
  A function(const A& data, const ReduceOptions& opts = {}, NodeName name = {}) { \
    static const Op& op = Op::get<ReduceOptions>(#function);                      \
    return call(op, opts, {data}, name);                                          \
  }

/// Reductions over axes. Reducing all axes gives shape (1,), as in MXNet. The result has the type
/// of the data: sums and products of whole numbers wrap around in it. The mean is of real numbers
/// alone.
GLUINO_REDUCE(sum)
GLUINO_REDUCE(mean)
GLUINO_REDUCE(prod)
GLUINO_REDUCE(max)
GLUINO_REDUCE(min)
#undef GLUINO_REDUCE

/// The index of the first largest (smallest) element, in the type of the data as in MXNet; refused
/// where that type cannot count as far.
template <Operand A>
A argmax(const A& data, const ArgReduceOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<ArgReduceOptions>("argmax");
  return call(op, options, {data}, name);
}
template <Operand A>
A argmin(const A& data, const ArgReduceOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<ArgReduceOptions>("argmin");
  return call(op, options, {data}, name);
}

/// The sum of absolute values (ord = 1) or the square root of the sum of squares (ord = 2).
template <Operand A>
A norm(const A& data, const NormOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<NormOptions>("norm");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
