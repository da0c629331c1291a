#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/linalg/factors-inl.h>
#include <gluino/ops/linalg/factors.h>
#include <gluino/ops/linalg/gemm.h>
#include <gluino/ops/linalg/matrices-inl.h>
#include <gluino/ops/linalg/triangular-inl.h>

#include <vector>

namespace gluino {
namespace {

using kernels::MatrixView;

// op(A) of a triangle, where it begins and ends in each row.
template <class T>
struct TriangleView {
  MatrixView<T> a;
  bool lower;

  T at(std::int64_t i, std::int64_t j) const {
    return a.data[i * a.row_stride + j * a.column_stride];
  }
  MatrixView<T> part(std::int64_t row, std::int64_t rows, std::int64_t column,
                     std::int64_t columns) const {
    return {a.data + row * a.row_stride + column * a.column_stride, rows, columns, a.row_stride,
            a.column_stride};
  }
};

// So many rows of a triangle are multiplied by plain loops, which leave the other triangle alone;
// what lies beside them is a whole matrix.
constexpr std::int64_t kBlock = 32;

// y = t b, b and y being (n, columns).
template <class T>
void multiply_left(const TriangleView<T>& t, const T* b, std::int64_t columns, T* y) {
  const std::int64_t n = t.a.rows;
  parallel_for((n + kBlock - 1) / kBlock,
               kernels::row_grain(kBlock * n * columns / 8, kernels::kMathGrain),
               [&](std::int64_t block, std::int64_t blocks) {
                 for (; block < blocks; ++block) {
                   const std::int64_t i0 = block * kBlock, i1 = std::min(n, i0 + kBlock);
                   const std::int64_t k0 = t.lower ? 0 : i1, k1 = t.lower ? i0 : n;
                   kernels::gemm<T>(t.part(i0, i1 - i0, k0, k1 - k0),
                                    {b + k0 * columns, k1 - k0, columns, columns, 1},
                                    y + i0 * columns, columns);
                   for (std::int64_t i = i0; i < i1; ++i) {
                     for (std::int64_t k = t.lower ? i0 : i; k < (t.lower ? i + 1 : i1); ++k) {
                       const T factor = t.at(i, k);
                       for (std::int64_t j = 0; j < columns; ++j) {
                         y[i * columns + j] += factor * b[k * columns + j];
                       }
                     }
                   }
                 }
               });
}

// y = b t, b and y being (rows, n).
template <class T>
void multiply_right(const TriangleView<T>& t, const T* b, std::int64_t rows, T* y) {
  const std::int64_t n = t.a.rows;
  parallel_for((n + kBlock - 1) / kBlock,
               kernels::row_grain(kBlock * n * rows / 8, kernels::kMathGrain),
               [&](std::int64_t block, std::int64_t blocks) {
                 for (; block < blocks; ++block) {
                   const std::int64_t j0 = block * kBlock, j1 = std::min(n, j0 + kBlock);
                   const std::int64_t k0 = t.lower ? j1 : 0, k1 = t.lower ? n : j0;
                   kernels::gemm<T>({b + k0, rows, k1 - k0, n, 1}, t.part(k0, k1 - k0, j0, j1 - j0),
                                    y + j0, n);
                   for (std::int64_t i = 0; i < rows; ++i) {
                     for (std::int64_t k = j0; k < j1; ++k) {
                       const T factor = b[i * n + k];
                       for (std::int64_t j = t.lower ? j0 : k; j < (t.lower ? k + 1 : j1); ++j) {
                         y[i * n + j] += factor * t.at(k, j);
                       }
                     }
                   }
                 }
               });
}

// y = alpha op(A) b of all matrices, or alpha b op(A).
template <class T>
void multiply(const TrmmOptions& o, const Tensor& a, const Tensor& b, const Tensor& y) {
  const std::int64_t n = a.shape.back();
  const std::int64_t rows = y.shape[y.shape.ndim() - 2], columns = y.shape.back();
  if (y.size() == 0) return;
  const std::int64_t size = rows * columns;
  for (std::int64_t m = 0; m < factors::count_of(a.shape); ++m) {
    const MatrixView<T> plain{a.as<T>() + m * n * n, n, n, n, 1};
    const TriangleView<T> t{o.transpose ? plain.transposed() : plain, o.lower != o.transpose};
    if (o.rightside) {
      multiply_right(t, b.as<T>() + m * size, rows, y.as<T>() + m * size);
    } else {
      multiply_left(t, b.as<T>() + m * size, columns, y.as<T>() + m * size);
    }
  }
  scale(y.as<T>(), y.size(), o.alpha);
}

void trmm(const TrmmOptions& o, const Call& call) {
  dispatch_real(call.out[0].dtype, "trmm",
                [&]<class T>() { multiply<T>(o, call.in[0], call.in[1], call.out[0]); });
}

// dB = alpha op(A)^T dY, or dY op(A)^T; dA, of its triangle, = alpha dY B^T, or B^T dY, transposed
// as A is.
void trmm_backward(const TrmmOptions& o, const GradientCall& call) {
  const Tensor& dy = call.out_grad[0];
  dispatch_real(dy.dtype, "trmm", [&]<class T>() {
    if (call.in_grad[1]) {
      TrmmOptions other = o;
      other.transpose = !o.transpose;
      multiply<T>(other, call.in[0], dy, call.in_grad[1]);
    }
    const Tensor& da = call.in_grad[0];
    if (!da || da.size() == 0) return;
    const Matrices outer(dy.shape, dy.shape.ndim() - 2), square(da.shape, da.shape.ndim() - 2);
    const T *heads = dy.as<T>(), *b = call.in[1].as<T>();
    // Of op(A): dY B^T or B^T dY; of its transpose the factors change places.
    const MatrixOperand<T> left{o.rightside != o.transpose ? b : heads, outer, o.rightside};
    const MatrixOperand<T> right{o.rightside != o.transpose ? heads : b, outer, !o.rightside};
    products<T>(left, right, da.as<T>(), square);
    scale(da.as<T>(), da.size(), o.alpha);
    const std::int64_t n = da.shape.back();
    for (std::int64_t row = 0; row < da.size() / n; ++row) {
      T* const x = da.as<T>() + row * n;
      const std::int64_t i = row % n;
      std::fill(o.lower ? x + i + 1 : x, o.lower ? x + n : x + i, T(0));
    }
  });
}

std::vector<NDArray> trmm_derivative(const TrmmOptions& o, const DerivativeCall& call) {
  const NDArray& a = call.in[0];
  const NDArray& b = call.in[1];
  const NDArray& dy = call.out_grad[0];
  if (b.size() == 0) return {derivative::zeros(a), derivative::zeros(b)};
  TrmmOptions other = o;
  other.transpose = !o.transpose;
  const bool exchanged = o.rightside != o.transpose;
  const NDArray da = ops::linalg_gemm2(
      exchanged ? b : dy, exchanged ? dy : b,
      {.transpose_a = o.rightside, .transpose_b = !o.rightside, .alpha = o.alpha});
  return {da * triangular::triangle_of(a.shape().back(), o.lower, 1, a),
          ops::linalg_trmm(a, dy, other)};
}

const auto trmm_op = triangular::define<TrmmOptions>("_linalg_trmm", "linalg_trmm")
                         .doc("Products with triangular matrices.")
                         .forward(trmm)
                         .backward(trmm_backward, Op::inputs)
                         .derivative(trmm_derivative);

}  // namespace
}  // namespace gluino
