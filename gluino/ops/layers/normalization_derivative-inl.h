#pragma once

#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>

#include <vector>

namespace gluino {

/// A normalization y = u gamma + beta with u = (x - mean) / sqrt(variance + eps), the statistics
/// taken over `axes`.
struct Normalization {
  NDArray x;
  /// Undefined: 1.
  NDArray gamma;
  NDArray dy;
  Shape axes;
  /// gamma and beta, broadcast to x.
  Shape parameter;
  double eps = 0;
  /// Statistics that do not follow x, of a shape that is broadcast to it; undefined: the data's.
  NDArray mean{};
  NDArray variance{};
  /// Gradients of the mean and of the deviation sqrt(variance + eps), of shapes that are broadcast
  /// to x; undefined: 0.
  NDArray dmean{};
  NDArray ddeviation{};
};

/// The gradients of x, gamma (if there is one) and beta by operators.
inline std::vector<NDArray> normalization_gradients(const Normalization& n) {
  const bool fixed = n.mean.defined();
  const NDArray distance = n.x - (fixed ? n.mean : n.x.mean(n.axes, true));
  const NDArray variance = fixed ? n.variance : ops::square(distance).mean(n.axes, true);
  const NDArray deviation = ops::sqrt(variance + n.eps);
  const NDArray normal = distance / deviation;
  NDArray head = n.dy;
  if (n.gamma.defined()) head = head * derivative::reshaped(n.gamma, n.parameter);
  NDArray dx = head / deviation;
  if (!fixed) {
    dx = (head - head.mean(n.axes, true) - normal * (head * normal).mean(n.axes, true)) / deviation;
  }
  double count = 1;
  for (const std::int64_t axis : n.axes)
    count *= static_cast<double>(n.x.shape()[static_cast<int>(axis)]);
  if (n.dmean.defined()) dx = dx + n.dmean / count;
  if (n.ddeviation.defined()) dx = dx + normal * n.ddeviation / count;
  const auto of_parameter = [&](const NDArray& each) {
    const NDArray sum = derivative::sum_to(each, n.parameter);
    return derivative::reshaped(sum, {n.parameter.size()});
  };
  const NDArray dgamma = n.gamma.defined() ? of_parameter(n.dy * normal) : NDArray();
  return {dx, dgamma, of_parameter(n.dy)};
}

}  // namespace gluino
