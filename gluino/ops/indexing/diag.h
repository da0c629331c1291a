#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct DiagOptions {
  /// Which diagonal: 0 the main one, k > 0 above it, k < 0 below it.
  std::int64_t k = 0;
  std::int64_t axis1 = 0;
  std::int64_t axis2 = 1;
};

struct RavelOptions {
  /// The shape of the array in which the places lie; its first size, which nothing depends on, may
  /// be -1.
  Shape shape{};
};

namespace ops {

/// The diagonal of the matrices on two axes, as a new last axis; of a row the matrix that has it as
/// its diagonal.
template <Operand A>
A diag(const A& data, const DiagOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<DiagOptions>("diag");
  return call(op, options, {data}, name);
}

/// The numbers among all elements of an array of `shape` of places on its axes, (ndim, ...).
template <Operand A>
A ravel_multi_index(const A& data, const RavelOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<RavelOptions>("_ravel_multi_index");
  return call(op, options, {data}, name);
}

/// The opposite: places (ndim, ...) of numbers (...).
template <Operand A>
A unravel_index(const A& data, const RavelOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<RavelOptions>("_unravel_index");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
