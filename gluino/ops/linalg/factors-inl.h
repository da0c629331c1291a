#pragma once

#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/inference.h>
#include <gluino/ops/core/temporary.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

/// Plain loops over one matrix, row-major, in double.
namespace gluino::factors {

/// Checks that input i holds square matrices, and gives their size.
inline std::int64_t expect_square(int i, const Inference& s) {
  const Shape& a = s.in(i);
  s.expect(a.ndim() >= 2 && a[a.ndim() - 1] == a[a.ndim() - 2], i,
           "expected square matrices (..., N, N), got ", a);
  return a.back();
}

inline std::int64_t count_of(const Shape& matrices) {
  return matrices.size_between(0, matrices.ndim() - 2);
}

/// Calls f(matrix number, n x n doubles of room) for all matrices, on several threads.
template <class F>
void each_matrix(std::int64_t count, std::int64_t n, F f) {
  parallel_for(count, kernels::row_grain(n * n * n, kernels::kMathGrain),
               [&](std::int64_t i, std::int64_t end) {
                 const Temporary<double> room(n * n);
                 for (; i < end; ++i) f(i, room.data());
               });
}

/// a = its lower triangular factor, zeros above; false where it has none.
inline bool cholesky(double* a, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::int64_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      if (i != j) {
        a[i * n + j] = sum / a[j * n + j];
      } else if (sum > 0) {
        a[i * n + i] = std::sqrt(sum);
      } else {
        return false;
      }
    }
    std::fill(a + i * n + i + 1, a + (i + 1) * n, 0.0);
  }
  return true;
}

/// A triangular matrix as a part of `a`, maybe transposed.
struct Triangle {
  const double* a;
  std::int64_t n;
  bool lower, transposed;

  double at(std::int64_t i, std::int64_t j) const {
    return transposed ? a[j * n + i] : a[i * n + j];
  }
  bool solved_downwards() const { return lower != transposed; }
};

/// b, n numbers `stride` apart, = the solution x of t x = b.
inline void solve(const Triangle& t, double* b, std::int64_t stride) {
  for (std::int64_t step = 0; step < t.n; ++step) {
    const bool down = t.solved_downwards();
    const std::int64_t i = down ? step : t.n - 1 - step;
    double sum = b[i * stride];
    for (std::int64_t j = down ? 0 : i + 1; j < (down ? i : t.n); ++j) {
      sum -= t.at(i, j) * b[j * stride];
    }
    b[i * stride] = sum / t.at(i, i);
  }
}

/// The sign and the logarithm of the magnitude of a determinant.
struct Determinant {
  double sign = 1, logarithm = 0;
};

/// By Gauss' elimination with rows exchanged; with `other`, n x n, too: what is done to a's rows is
/// done to its, so that the unit matrix becomes the inverse, unless the determinant is 0.
inline Determinant eliminate(double* a, std::int64_t n, double* other = nullptr) {
  Determinant result;
  for (std::int64_t column = 0; column < n; ++column) {
    std::int64_t pivot = column;
    for (std::int64_t i = column + 1; i < n; ++i) {
      if (std::abs(a[i * n + column]) > std::abs(a[pivot * n + column])) pivot = i;
    }
    const double value = a[pivot * n + column];
    if (value == 0) return {0, -HUGE_VAL};
    if (pivot != column) {
      std::swap_ranges(a + pivot * n, a + (pivot + 1) * n, a + column * n);
      if (other) std::swap_ranges(other + pivot * n, other + (pivot + 1) * n, other + column * n);
      result.sign = -result.sign;
    }
    if (value < 0) result.sign = -result.sign;
    result.logarithm += std::log(std::abs(value));
    // With the other matrix, the rows above are cleared, too.
    for (std::int64_t i = other ? 0 : column + 1; i < n; ++i) {
      if (i == column) continue;
      const double factor = a[i * n + column] / value;
      if (factor == 0) continue;
      for (std::int64_t j = column; j < n; ++j) a[i * n + j] -= factor * a[column * n + j];
      for (std::int64_t j = 0; other && j < n; ++j)
        other[i * n + j] -= factor * other[column * n + j];
    }
    if (other == nullptr) continue;
    for (std::int64_t j = column; j < n; ++j) a[column * n + j] /= value;
    for (std::int64_t j = 0; j < n; ++j) other[column * n + j] /= value;
  }
  return result;
}

inline void set_unit(double* a, std::int64_t n) {
  std::fill_n(a, n * n, 0.0);
  for (std::int64_t i = 0; i < n; ++i) a[i * n + i] = 1;
}

}  // namespace gluino::factors
