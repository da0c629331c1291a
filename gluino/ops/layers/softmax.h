#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>

namespace gluino {

struct SoftmaxOptions {
  std::int64_t axis = -1;
  /// The inputs are divided by it first; 1 if not given.
  std::optional<double> temperature{};
  /// The type of the result, if not that of the data; computed in the wider of the two.
  std::optional<DType> dtype{};
  /// Of softmax alone: only the first elements along the axis count, as many as the second input
  /// says.
  bool use_length = false;
};

namespace ops {

/// exp(x) / sum(exp(x)) along an axis.
template <Operand A>
A softmax(const A& data, const SoftmaxOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<SoftmaxOptions>("softmax");
  return call(op, options, {data}, name);
}

/// The same over the first elements along the axis; the others get 0. `length` has data's shape
/// without the axis; lengths outside of the axis are brought inside.
template <Operand A>
A softmax(const A& data, const A& length, SoftmaxOptions options, NodeName name = {}) {
  static const Op& op = Op::get<SoftmaxOptions>("softmax");
  options.use_length = true;
  return call(op, options, {data, length}, name);
}

/// softmax(-x): the smallest elements get the largest shares.
template <Operand A>
A softmin(const A& data, const SoftmaxOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<SoftmaxOptions>("softmin");
  return call(op, options, {data}, name);
}

/// log(softmax(x)) along an axis, without the loss of digits that computing it in two steps has.
template <Operand A>
A log_softmax(const A& data, const SoftmaxOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<SoftmaxOptions>("log_softmax");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
