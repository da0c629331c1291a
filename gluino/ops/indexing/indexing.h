#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct PickOptions {
  std::int64_t axis = -1;
  bool keepdims = false;
  /// What an index outside the axis means: "clip" to its ends or "wrap" around.
  std::string mode = "clip";
  /// The indices are labels: one outside the axis is an Error; see LabelCheck.
  bool check_labels = false;
};

struct OneHotOptions {
  std::int64_t depth = 0;
  double on_value = 1;
  double off_value = 0;
  DType dtype = float32;
};

struct TakeOptions {
  std::int64_t axis = 0;
  std::string mode = "clip";
};

namespace ops {

/// Per place along the other axes the element of `axis` that `index` names.
template <Operand A>
A pick(const A& data, const A& index, const PickOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<PickOptions>("pick");
  return call(op, options, {data, index}, name);
}

/// A new last axis of size `depth` with on_value at the index and off_value elsewhere.
template <Operand A>
A one_hot(const A& indices, const OneHotOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<OneHotOptions>("one_hot");
  return call(op, options, {indices}, name);
}

/// Slices of `a` along axis at the places that `indices` name.
template <Operand A>
A take(const A& a, const A& indices, const TakeOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<TakeOptions>("take");
  return call(op, options, {a, indices}, name);
}

}  // namespace ops
}  // namespace gluino
