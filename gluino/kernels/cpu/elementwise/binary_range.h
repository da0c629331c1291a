#pragma once

#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/elementwise/broadcast.h>
#include <gluino/kernels/cpu/support/grain.h>

namespace gluino::kernels {

/// A function of two numbers over n contiguous elements, where either may be one repeated number.
template <class T, class R = T>
struct BinaryRange {
  void (*array_array)(const T* a, const T* b, R* out, std::int64_t n);
  void (*array_scalar)(const T* a, T b, R* out, std::int64_t n);
  void (*scalar_array)(T a, const T* b, R* out, std::int64_t n);
};

namespace binary_detail {

template <class T, class R>
void run(const BinaryRange<T, R>& range, const T* a, std::int64_t a_stride, const T* b,
         std::int64_t b_stride, R* out, std::int64_t n) {
  // An axis longer than 1 has at least one operand that is not repeated.
  if (a_stride != 0 && b_stride != 0) {
    range.array_array(a, b, out, n);
  } else if (b_stride == 0) {
    range.array_scalar(a, *b, out, n);
  } else {
    range.scalar_array(*a, b, out, n);
  }
}

}  // namespace binary_detail

/// Runs `range` over the rows of the broadcast.
template <class T, class R>
void run_broadcast(const BinaryRange<T, R>& range, const T* a, const Shape& a_shape, const T* b,
                   const Shape& b_shape, R* out, const Shape& out_shape) {
  const BroadcastPlan plan = plan_broadcast(a_shape, b_shape, out_shape);
  const std::int64_t inner = plan.inner();
  const std::int64_t rows = plan.rows();
  if (inner == 0 || rows == 0) return;
  const auto last = static_cast<std::size_t>(plan.ndim - 1);
  const std::int64_t a_step = plan.a_strides[last];
  const std::int64_t b_step = plan.b_strides[last];
  if (rows == 1) {
    parallel_for(inner, kCopyGrain, [&](std::int64_t begin, std::int64_t end) {
      binary_detail::run(range, a + begin * a_step, a_step, b + begin * b_step, b_step, out + begin,
                         end - begin);
    });
    return;
  }
  parallel_for(rows, row_grain(inner, kCopyGrain), [&](std::int64_t begin, std::int64_t end) {
    BroadcastRow row(plan, begin);
    for (std::int64_t r = begin; r < end; ++r, row.next()) {
      binary_detail::run(range, a + row.a, a_step, b + row.b, b_step, out + r * inner, inner);
    }
  });
}

template <class T, class R>
void run_array_scalar(const BinaryRange<T, R>& range, const T* a, T scalar, R* out,
                      std::int64_t n) {
  parallel_for(n, kCopyGrain, [&](std::int64_t begin, std::int64_t end) {
    range.array_scalar(a + begin, scalar, out + begin, end - begin);
  });
}

template <class T, class R>
void run_scalar_array(const BinaryRange<T, R>& range, const T* a, T scalar, R* out,
                      std::int64_t n) {
  parallel_for(n, kCopyGrain, [&](std::int64_t begin, std::int64_t end) {
    range.scalar_array(scalar, a + begin, out + begin, end - begin);
  });
}

}  // namespace gluino::kernels
