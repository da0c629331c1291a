// What goes with reductions: broadcasting and its inverse, places of extremes, gradients.
#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/broadcast.h>
#include <gluino/kernels/cpu/reduce/first_place.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/kernels/cpu/support/grain.h>

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <vector>

namespace gluino::kernels {
namespace {

// The first of the best along each column of (n, inner). NaN is better than any number.
template <class T, class Place, class Better>
void best_places(const T* x, std::int64_t n, std::int64_t inner, Place* y, std::vector<T>& best,
                 Better better) {
  best.assign(x, x + inner);
  std::fill_n(y, inner, Place(0));
  for (std::int64_t i = 1; i < n; ++i) {
    const T* row = x + i * inner;
    for (std::int64_t j = 0; j < inner; ++j) {
      T& most = best[static_cast<std::size_t>(j)];
      if (better(row[j], most) || (row[j] != row[j] && most == most)) {
        most = row[j];
        y[j] = static_cast<Place>(i);
      }
    }
  }
}

// Of long rows: the extremes, which are a matter of vectors, and where they stand.
constexpr std::int64_t kLongRow = 32;

template <class T, class Place, class Better>
void arg_extreme(const T* x, std::int64_t outer, std::int64_t n, std::int64_t inner, Place* y,
                 Better better, void (*extreme)(const T*, const Shape&, AxisMask, T*)) {
  if (outer == 0 || inner == 0) return;
  check(n > 0, "argmax and argmin need at least one element along the axis");
  if (inner == 1 && n >= kLongRow) {
    std::vector<T> extremes(static_cast<std::size_t>(outer));
    extreme(x, {outer, n}, AxisMask{1} << 1, extremes.data());
    parallel_for(outer, row_grain(n, kCopyGrain), [&](std::int64_t row, std::int64_t end) {
      for (; row < end; ++row) {
        y[row] = static_cast<Place>(
            first_place(x + row * n, n, extremes[static_cast<std::size_t>(row)]));
      }
    });
    return;
  }
  parallel_for(outer, row_grain(n * inner, kMathGrain), [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> best;
    for (std::int64_t o = begin; o < end; ++o) {
      best_places(x + o * n * inner, n, inner, y + o * inner, best, better);
    }
  });
}

}  // namespace

template <class T>
void sum_to_shape(const T* x, const Shape& shape, T* y, const Shape& target) {
  AxisMask axes = 0;
  bool fits = target.ndim() <= shape.ndim();
  for (int axis = 0; axis < shape.ndim() && fits; ++axis) {
    const int own = axis - (shape.ndim() - target.ndim());
    const std::int64_t dim = own < 0 ? 1 : target[own];
    fits = dim == shape[axis] || dim == 1;
    if (dim != shape[axis]) axes |= AxisMask{1} << axis;
  }
  check(fits, "cannot sum ", shape, " to ", target);
  if (axes == 0) {
    std::copy_n(x, shape.size(), y);
  } else {
    reduce::sum(x, shape, axes, y);
  }
}

template <class T>
void broadcast_to(const T* x, const Shape& shape, T* y, const Shape& target) {
  const BroadcastPlan plan = plan_broadcast(shape, target, target);
  const std::int64_t inner = plan.inner();
  const bool repeated = plan.a_strides[static_cast<std::size_t>(plan.ndim - 1)] == 0;
  parallel_for(plan.rows(), row_grain(inner, kCopyGrain),
               [&](std::int64_t begin, std::int64_t end) {
                 BroadcastRow row(plan, begin);
                 for (std::int64_t r = begin; r < end; ++r, row.next()) {
                   if (repeated && inner > 0) {
                     std::fill_n(y + r * inner, inner, x[row.a]);
                   } else {
                     std::copy_n(x + row.a, inner, y + r * inner);
                   }
                 }
               });
}

template <class T, class Place>
void argmax(const T* x, std::int64_t outer, std::int64_t n, std::int64_t inner, Place* y) {
  arg_extreme(
      x, outer, n, inner, y, [](T a, T b) { return a > b; }, &reduce::max<T>);
}

template <class T, class Place>
void argmin(const T* x, std::int64_t outer, std::int64_t n, std::int64_t inner, Place* y) {
  arg_extreme(
      x, outer, n, inner, y, [](T a, T b) { return a < b; }, &reduce::min<T>);
}

template <class T>
void extreme_gradient(const T* x, const Shape& shape, AxisMask axes, const T* y, const T* dy,
                      T* dx) {
  // One of the operands walks through x, the other through the reduced arrays.
  const BroadcastPlan plan = plan_broadcast(shape, reduced_shape(shape, axes, true), shape);
  const std::int64_t inner = plan.inner();
  const std::int64_t step = plan.b_strides[static_cast<std::size_t>(plan.ndim - 1)];
  parallel_for(plan.rows(), row_grain(inner, kCopyGrain),
               [&](std::int64_t begin, std::int64_t end) {
                 BroadcastRow row(plan, begin);
                 for (std::int64_t r = begin; r < end; ++r, row.next()) {
                   const T* most = y + row.b;
                   const T* head = dy + row.b;
                   for (std::int64_t i = 0; i < inner; ++i) {
                     const bool equal = x[r * inner + i] == most[i * step];
                     dx[r * inner + i] = equal ? head[i * step] : T(0);
                   }
                 }
               });
}

#define GLUINO_DEFINE(T)                                                \
  template void sum_to_shape(const T*, const Shape&, T*, const Shape&); \
  template void broadcast_to(const T*, const Shape&, T*, const Shape&); \
  template void extreme_gradient(const T*, const Shape&, AxisMask, const T*, const T*, T*);
GLUINO_DEFINE(float)
GLUINO_DEFINE(double)
#undef GLUINO_DEFINE

#define GLUINO_DEFINE_OF(T, Place)                                                  \
  template void argmax(const T*, std::int64_t, std::int64_t, std::int64_t, Place*); \
  template void argmin(const T*, std::int64_t, std::int64_t, std::int64_t, Place*);
#define GLUINO_DEFINE(T) GLUINO_DEFINE_OF(T, T) GLUINO_DEFINE_OF(T, std::int64_t)
GLUINO_DEFINE(float)
GLUINO_DEFINE(double)
GLUINO_DEFINE(std::uint8_t)
GLUINO_DEFINE(std::int8_t)
GLUINO_DEFINE(std::int32_t)
GLUINO_DEFINE_OF(std::int64_t, std::int64_t)
#undef GLUINO_DEFINE
#undef GLUINO_DEFINE_OF

}  // namespace gluino::kernels
