#pragma once

#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/linalg/decompositions.h>
#include <gluino/kernels/cpu/products/gemm.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/inference.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/core/tensor.h>
#include <gluino/ops/linalg/factors.h>

#include <algorithm>
#include <cstdint>

/// Arrays as many matrices, for what LAPACK does with one.
namespace gluino::factors {

/// Checks that input i holds square matrices, and gives their size.
inline std::int64_t expect_square(int i, const Inference& s) {
  const Shape& a = s.in(i);
  s.expect(a.ndim() >= 2 && a[a.ndim() - 1] == a[a.ndim() - 2], i,
           "expected square matrices (..., N, N), got ", a);
  return a.back();
}

inline kernels::Triangle triangle_of(const CholeskyOptions& o) {
  return o.lower ? kernels::Triangle::lower : kernels::Triangle::upper;
}

inline std::int64_t count_of(const Shape& matrices) {
  return matrices.size_between(0, matrices.ndim() - 2);
}

/// Calls f(matrix number) for all matrices of n rows, on several threads; a single one has the
/// threads for itself.
template <class F>
void each_matrix(std::int64_t count, std::int64_t n, F f) {
  if (count == 1) return f(std::int64_t{0});
  parallel_for(count, kernels::row_grain(n * n * n, kernels::kMathGrain),
               [&](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) f(i);
               });
}

/// A matrix of a call's own: undefined at first, or a copy, or zeros where there is none.
template <class T>
class Matrix {
 public:
  Matrix(std::int64_t rows, std::int64_t columns)
      : rows_(rows), columns_(columns), room_(rows * columns) {}
  Matrix(const T* from, std::int64_t rows, std::int64_t columns) : Matrix(rows, columns) {
    if (from == nullptr) {
      std::fill_n(data(), size(), T(0));
    } else {
      std::copy_n(from, size(), data());
    }
  }
  T* data() const { return room_.data(); }
  std::int64_t size() const { return rows_ * columns_; }
  T& at(std::int64_t i, std::int64_t j) const { return data()[i * columns_ + j]; }
  kernels::MatrixView<T> view() const { return {data(), rows_, columns_, columns_, 1}; }
  kernels::MatrixView<T> transposed() const { return view().transposed(); }
  // this = a b, or this += a b.
  void set_product(const kernels::MatrixView<T>& a, const kernels::MatrixView<T>& b,
                   bool add = false) const {
    kernels::gemm<T>(a, b, data(), columns_, {.accumulate = add});
  }
  void copy_to(T* to) const { std::copy_n(data(), size(), to); }

 private:
  std::int64_t rows_, columns_;
  Temporary<T> room_;
};

template <class T>
kernels::MatrixView<T> square(const T* data, std::int64_t n) {
  return {data, n, n, n, 1};
}

/// Matrix i of a tensor, null if that is absent.
template <class T>
T* matrix_of(const Tensor& tensor, std::int64_t i, std::int64_t size) {
  return tensor ? tensor.as<T>() + i * size : nullptr;
}

}  // namespace gluino::factors
