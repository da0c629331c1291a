#include <gluino/kernels/cpu/linalg/decompositions.h>
#include <gluino/kernels/cpu/linalg/lapack-inl.h>

#include <algorithm>
#include <cmath>

// LAPACK's matrices lie by columns: it sees ours transposed, a lower triangle as an upper one.
namespace gluino::kernels {

using namespace lapack;

namespace {
const char* seen_by_columns(Triangle triangle) { return triangle == Triangle::lower ? "U" : "L"; }
}  // namespace

template <class T>
bool cholesky(T* a, std::int64_t n, Triangle triangle) {
  const int order = size_of(n), ld = leading(n);
  int info = 0;
  potrf(seen_by_columns(triangle), &order, a, &ld, &info, 1);
  expect_taken(info, "potrf");
  for (std::int64_t i = 0; i < n; ++i) {
    T* const row = a + i * n;
    if (triangle == Triangle::lower) {
      std::fill(row + i + 1, row + n, T(0));
    } else {
      std::fill(row, row + i, T(0));
    }
  }
  return info == 0;
}

template <class T>
bool invert_product(T* a, std::int64_t n, Triangle triangle) {
  const int order = size_of(n), ld = leading(n);
  int info = 0;
  potri(seen_by_columns(triangle), &order, a, &ld, &info, 1);
  expect_taken(info, "potri");
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = i + 1; j < n; ++j) {
      T &above = a[i * n + j], &below = a[j * n + i];
      triangle == Triangle::lower ? above = below : below = above;
    }
  }
  return info == 0;
}

template <class T>
void solve_triangular(const TriangularSystem& system, const T* a, std::int64_t n, T* b,
                      std::int64_t rows, std::int64_t columns) {
  const int order = leading(n), across = size_of(columns), down = size_of(rows);
  const int ld = leading(columns);
  const T one = 1;
  trsm(system.right ? "L" : "R", system.lower ? "U" : "L", system.transpose ? "T" : "N", "N",
       &across, &down, &one, a, &order, b, &ld, 1, 1, 1, 1);
}

template <class T>
Determinant factor(T* a, std::int64_t n, int* pivots) {
  const int order = size_of(n), ld = leading(n);
  int info = 0;
  getrf(&order, &order, a, &ld, pivots, &info);
  expect_taken(info, "getrf");
  if (info > 0) return {0, -HUGE_VAL};
  Determinant result;
  for (std::int64_t i = 0; i < n; ++i) {
    const double value = a[i * n + i];
    if ((value < 0) != (pivots[i] != i + 1)) result.sign = -result.sign;
    result.logarithm += std::log(std::abs(value));
  }
  return result;
}

template <class T>
void invert_factored(T* a, std::int64_t n, const int* pivots) {
  const int order = size_of(n), ld = leading(n);
  int info = 0;
  with_work<T>(
      [&](T* work, const int* lwork) { getri(&order, a, &ld, pivots, work, lwork, &info); });
  expect_taken(info, "getri");
}

template <class T>
void solve_factored(const T* a, std::int64_t n, const int* pivots, T* b, std::int64_t columns) {
  const int order = size_of(n), ld = leading(n), count = size_of(columns);
  const auto solve = [&](T* x) {
    int info = 0;
    getrs("T", &order, &count, a, &ld, pivots, x, &ld, &info, 1);
    expect_taken(info, "getrs");
  };
  if (columns == 1) return solve(b);
  const Room<T> by_columns(n * columns);
  T* const x = by_columns.data();
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) x[j * n + i] = b[i * columns + j];
  }
  solve(x);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) b[i * columns + j] = x[j * n + i];
  }
}

#define GLUINO_INSTANTIATE(T)                                                         \
  template bool cholesky(T*, std::int64_t, Triangle);                                 \
  template bool invert_product(T*, std::int64_t, Triangle);                           \
  template void solve_triangular(const TriangularSystem&, const T*, std::int64_t, T*, \
                                 std::int64_t, std::int64_t);                         \
  template Determinant factor(T*, std::int64_t, int*);                                \
  template void invert_factored(T*, std::int64_t, const int*);                        \
  template void solve_factored(const T*, std::int64_t, const int*, T*, std::int64_t)

GLUINO_INSTANTIATE(float);
GLUINO_INSTANTIATE(double);

}  // namespace gluino::kernels
