#include <gluino/base/error.h>
#include <gluino/kernels/cpu/elementwise/broadcast.h>

namespace gluino::kernels {
namespace {

// The size of `shape` along axis `axis` of a shape of `ndim` axes, aligned at the last axis.
std::int64_t aligned_dim(const Shape& shape, int axis, int ndim) {
  const int own = axis - (ndim - shape.ndim());
  return own < 0 ? 1 : shape[own];
}

}  // namespace

std::int64_t BroadcastPlan::rows() const {
  std::int64_t rows = 1;
  for (int axis = 0; axis + 1 < ndim; ++axis) rows *= dims[static_cast<std::size_t>(axis)];
  return rows;
}

BroadcastPlan plan_broadcast(const Shape& a, const Shape& b, const Shape& out) {
  const int ndim = out.ndim();
  bool fits = a.ndim() <= ndim && b.ndim() <= ndim;
  // Filled from the last axis on, then turned round.
  BroadcastPlan reversed;
  std::int64_t a_size = 1;
  std::int64_t b_size = 1;
  for (int axis = ndim - 1; axis >= 0 && fits; --axis) {
    const std::int64_t dim = out[axis];
    const std::int64_t a_dim = aligned_dim(a, axis, ndim);
    const std::int64_t b_dim = aligned_dim(b, axis, ndim);
    fits = (a_dim == dim || a_dim == 1) && (b_dim == dim || b_dim == 1);
    if (dim == 1) continue;
    const std::int64_t a_stride = a_dim == 1 ? 0 : a_size;
    const std::int64_t b_stride = b_dim == 1 ? 0 : b_size;
    a_size *= a_dim;
    b_size *= b_dim;
    if (reversed.ndim > 0) {
      const auto last = static_cast<std::size_t>(reversed.ndim - 1);
      if (a_stride == reversed.a_strides[last] * reversed.dims[last] &&
          b_stride == reversed.b_strides[last] * reversed.dims[last]) {
        reversed.dims[last] *= dim;
        continue;
      }
    }
    const auto place = static_cast<std::size_t>(reversed.ndim++);
    reversed.dims[place] = dim;
    reversed.a_strides[place] = a_stride;
    reversed.b_strides[place] = b_stride;
  }
  check(fits, "cannot broadcast ", a, " and ", b, " to ", out);
  if (reversed.ndim == 0) {
    reversed.ndim = 1;
    reversed.dims[0] = 1;
  }
  BroadcastPlan plan;
  plan.ndim = reversed.ndim;
  for (int axis = 0; axis < plan.ndim; ++axis) {
    const auto to = static_cast<std::size_t>(axis);
    const auto from = static_cast<std::size_t>(plan.ndim - 1 - axis);
    plan.dims[to] = reversed.dims[from];
    plan.a_strides[to] = reversed.a_strides[from];
    plan.b_strides[to] = reversed.b_strides[from];
  }
  return plan;
}

BroadcastRow::BroadcastRow(const BroadcastPlan& plan, std::int64_t row) : plan_(plan) {
  for (int axis = plan.ndim - 2; axis >= 0; --axis) {
    const auto i = static_cast<std::size_t>(axis);
    if (plan.dims[i] == 0) return;  // there are no rows
    index_[i] = row % plan.dims[i];
    row /= plan.dims[i];
    a += index_[i] * plan.a_strides[i];
    b += index_[i] * plan.b_strides[i];
  }
}

void BroadcastRow::next() {
  for (int axis = plan_.ndim - 2; axis >= 0; --axis) {
    const auto i = static_cast<std::size_t>(axis);
    a += plan_.a_strides[i];
    b += plan_.b_strides[i];
    if (++index_[i] < plan_.dims[i]) return;
    index_[i] = 0;
    a -= plan_.dims[i] * plan_.a_strides[i];
    b -= plan_.dims[i] * plan_.b_strides[i];
  }
}

}  // namespace gluino::kernels
