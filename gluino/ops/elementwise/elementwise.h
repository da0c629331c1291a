#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct ClipOptions {
  double a_min = 0;
  double a_max = 0;
};

struct SmoothL1Options {
  /// Where the parabola ends: at 1 / scalar^2.
  double scalar = 1;
};

namespace ops {

/// Each element brought into [a_min, a_max].
template <Operand A>
A clip(const A& data, const ClipOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<ClipOptions>("clip");
  return call(op, options, {data}, name);
}

/// (scalar x)^2 / 2 where |x| < 1 / scalar^2, else |x| - 1 / (2 scalar^2) (Girshick, 2015).
template <Operand A>
A smooth_l1(const A& data, const SmoothL1Options& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<SmoothL1Options>("smooth_l1");
  return call(op, options, {data}, name);
}

/// x where condition is not 0, else y. All have one shape, or the condition has the size of the
/// first axis and chooses rows.
template <Operand A>
A where(const A& condition, const A& x, const A& y, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("where");
  return call(op, NoOptions{}, {condition, x, y}, name);
}

/// Zeros, or ones, in the form of an array.
template <Operand A>
A zeros_like(const A& data, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("zeros_like");
  return call(op, NoOptions{}, {data}, name);
}
template <Operand A>
A ones_like(const A& data, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("ones_like");
  return call(op, NoOptions{}, {data}, name);
}

}  // namespace ops
}  // namespace gluino
