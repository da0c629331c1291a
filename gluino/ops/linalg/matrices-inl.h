#pragma once

#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/inference.h>
#include <gluino/ops/core/tensor.h>
#include <gluino/ops/linalg/product-inl.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace gluino {

/// An array as many matrices: their columns lie along the last axis, their rows along another.
struct Matrices {
  std::int64_t outer = 1, rows = 1, inner = 1, columns = 1;

  Matrices(const Shape& shape, int row_axis)
      : outer(shape.size_between(0, row_axis)),
        rows(shape[row_axis]),
        inner(shape.size_between(row_axis + 1, shape.ndim() - 1)),
        columns(shape.back()) {}

  std::int64_t count() const { return outer * inner; }
  std::int64_t row_stride() const { return inner * columns; }
  std::int64_t begin(std::int64_t i) const {
    return i / inner * rows * inner * columns + i % inner * columns;
  }
  template <class T>
  kernels::MatrixView<T> view(const T* data, std::int64_t i, bool transposed) const {
    const kernels::MatrixView<T> plain{data + begin(i), rows, columns, row_stride(), 1};
    return transposed ? plain.transposed() : plain;
  }
};

/// One operand of a product of many matrices.
template <class T>
struct MatrixOperand {
  const T* data;
  Matrices matrices;
  bool transposed;
};

/// C_i = A_i B_i for all i, in what amp::init asks for.
template <class T>
void products(const MatrixOperand<T>& a, const MatrixOperand<T>& b, T* c, const Matrices& out) {
  const DType arithmetic = amp::dtype();
  const auto run = [&](std::int64_t i, std::int64_t end) {
    // Of the thread that called; this may be another one.
    const amp::Scope scope(arithmetic, {.emulate = true});
    for (; i < end; ++i) {
      product<T>(a.matrices.view(a.data, i, a.transposed), b.matrices.view(b.data, i, b.transposed),
                 c + out.begin(i), out.row_stride());
    }
  };
  // Large matrices share the threads among themselves, one after the other.
  constexpr std::int64_t kLarge = 1 << 21;
  const std::int64_t depth = a.transposed ? a.matrices.rows : a.matrices.columns;
  const std::int64_t work = out.rows * out.columns * std::max<std::int64_t>(depth, 1);
  if (out.count() == 1 || work >= kLarge) {
    run(0, out.count());
  } else {
    parallel_for(out.count(), kernels::row_grain(work / 8, kernels::kMathGrain), run);
  }
}

/// x *= factor, of n elements.
template <class T>
void scale(T* x, std::int64_t n, double factor) {
  if (factor == 1) return;
  const T by = static_cast<T>(factor);
  parallel_for(n, kernels::kCopyGrain, [=](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) x[i] *= by;
  });
}

}  // namespace gluino
