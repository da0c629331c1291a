#pragma once

#include <gluino/base/shape.h>

#include <array>
#include <cstdint>

namespace gluino::kernels {

/// How two operands are walked to fill one output: axes of size 1 dropped, neighbouring axes joined
/// where both operands allow it. A stride is 0 where the operand is repeated.
struct BroadcastPlan {
  int ndim = 0;  ///< at least 1; the last axis has strides of 0 or 1
  std::array<std::int64_t, Shape::kMaxDims> dims{};
  std::array<std::int64_t, Shape::kMaxDims> a_strides{};
  std::array<std::int64_t, Shape::kMaxDims> b_strides{};

  std::int64_t inner() const { return dims[static_cast<std::size_t>(ndim - 1)]; }
  /// The product of all axes but the last.
  std::int64_t rows() const;
};

/// Throws Error unless `a` and `b` can be broadcast to `out`.
BroadcastPlan plan_broadcast(const Shape& a, const Shape& b, const Shape& out);

/// Walks the rows of a plan: `a` and `b` are the offsets of row `row`.
class BroadcastRow {
 public:
  BroadcastRow(const BroadcastPlan& plan, std::int64_t row);
  void next();
  std::int64_t a = 0;
  std::int64_t b = 0;

 private:
  const BroadcastPlan& plan_;
  std::array<std::int64_t, Shape::kMaxDims> index_{};
};

}  // namespace gluino::kernels
