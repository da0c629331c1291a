#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct QuadraticOptions {
  double a = 0;
  double b = 0;
  double c = 0;
};

struct AllcloseOptions {
  double rtol = 1e-5;
  double atol = 1e-8;
  /// NaN is close to NaN.
  bool equal_nan = true;
};

namespace ops {

/// a x^2 + b x + c.
template <Operand A>
A quadratic(const A& data, const QuadraticOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<QuadraticOptions>("_contrib_quadratic");
  return call(op, options, {data}, name);
}

/// 1 where all elements of two arrays of one shape are close, |a - b| <= atol + rtol |b|, else 0:
/// one number without axes, uint8.
template <Operand A>
A allclose(const A& a, const A& b, const AllcloseOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<AllcloseOptions>("_contrib_allclose");
  return call(op, options, {a, b}, name);
}

}  // namespace ops
}  // namespace gluino
