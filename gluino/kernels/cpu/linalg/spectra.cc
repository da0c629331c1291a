#include <gluino/kernels/cpu/linalg/decompositions.h>
#include <gluino/kernels/cpu/linalg/lapack-inl.h>

#include <algorithm>
#include <cmath>

// LAPACK's matrices lie by columns: it sees ours transposed, and its columns are our rows.
namespace gluino::kernels {

using namespace lapack;

namespace {

template <class T>
bool finite(const T* x, std::int64_t n) {
  return std::all_of(x, x + n, [](T value) { return std::isfinite(value); });
}

template <class T>
void set_nan(T* x, std::int64_t n) {
  std::fill_n(x, n, std::numeric_limits<T>::quiet_NaN());
}

// Whether the largest element is negative; of several that are as large but for rounding, the
// first decides.
template <class T>
bool points_down(const T* x, std::int64_t n) {
  constexpr T kMore = 1 + 64 * std::numeric_limits<T>::epsilon();
  T most = 0;
  for (std::int64_t j = 0; j < n; ++j) {
    if (std::abs(x[j]) > std::abs(most) * kMore) most = x[j];
  }
  return most < 0;
}

template <class T>
void negate(T* x, std::int64_t n, std::int64_t step = 1) {
  for (std::int64_t j = 0; j < n; ++j) x[j * step] = -x[j * step];
}

}  // namespace

template <class T>
void lower_times_orthogonal(T* a, std::int64_t m, std::int64_t n, T* l) {
  const int columns = size_of(m), rows = size_of(n), ld = leading(n);
  int info = 0;
  const Room<T> tau(m);
  with_work<T>([&](T* work, const int* lwork) {
    geqrf(&rows, &columns, a, &ld, tau.data(), work, lwork, &info);
  });
  expect_taken(info, "geqrf");
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < m; ++j) l[i * m + j] = j <= i ? a[i * n + j] : T(0);
  }
  with_work<T>([&](T* work, const int* lwork) {
    orgqr(&rows, &columns, &columns, a, &ld, tau.data(), work, lwork, &info);
  });
  expect_taken(info, "orgqr");
}

template <class T>
bool eigen_symmetric(T* a, std::int64_t n, T* values) {
  for (std::int64_t i = 0; i < n; ++i) {
    if (finite(a + i * n, i + 1)) continue;
    set_nan(values, n);
    set_nan(a, n * n);
    return true;
  }
  const int order = size_of(n), ld = leading(n);
  // LAPACK's own figures for what it answers when it is asked.
  const int whole_count = size_of(3 + 5 * n);
  const Room<int> whole(whole_count);
  int info = 0;
  with_work<T>([&](T* work, const int* lwork) {
    syevd("V", "U", &order, a, &ld, values, work, lwork, whole.data(), &whole_count, &info, 1, 1);
  });
  expect_taken(info, "syevd");
  for (std::int64_t i = 0; i < n; ++i) {
    if (points_down(a + i * n, n)) negate(a + i * n, n);
  }
  return info == 0;
}

template <class T>
Eigen eigen_general(T* a, std::int64_t n, T* values, T* vectors) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = i + 1; j < n; ++j) std::swap(a[i * n + j], a[j * n + i]);
  }
  const int order = size_of(n), ld = leading(n);
  const Room<T> imaginary(n);
  int info = 0;
  with_work<T>([&](T* work, const int* lwork) {
    geev("N", vectors ? "V" : "N", &order, a, &ld, values, imaginary.data(), nullptr, &ld, vectors,
         &ld, work, lwork, &info, 1, 1);
  });
  expect_taken(info, "geev");
  if (info > 0) return Eigen::no_end;
  if (std::any_of(imaginary.data(), imaginary.data() + n, [](T x) { return x != 0; })) {
    return Eigen::complex;
  }
  for (std::int64_t i = 0; vectors && i < n; ++i) {
    for (std::int64_t j = i + 1; j < n; ++j) std::swap(vectors[i * n + j], vectors[j * n + i]);
  }
  return Eigen::real;
}

template <class T>
bool singular_values(T* a, std::int64_t m, std::int64_t n, T* u, T* s, T* v) {
  if (!finite(a, m * n)) {
    set_nan(u, m * m);
    set_nan(s, m);
    set_nan(v, m * n);
    return true;
  }
  const int rows = size_of(n), columns = size_of(m), ld = leading(n), ldu = leading(m);
  const Room<int> whole(8 * m);
  int info = 0;
  with_work<T>([&](T* work, const int* lwork) {
    gesdd("S", &rows, &columns, a, &ld, s, v, &ld, u, &ldu, work, lwork, whole.data(), &info, 1);
  });
  expect_taken(info, "gesdd");
  for (std::int64_t i = 0; i < m; ++i) {
    if (!points_down(v + i * n, n)) continue;
    negate(v + i * n, n);
    negate(u + i, m, m);
  }
  return info == 0;
}

#define GLUINO_INSTANTIATE(T)                                               \
  template void lower_times_orthogonal(T*, std::int64_t, std::int64_t, T*); \
  template bool eigen_symmetric(T*, std::int64_t, T*);                      \
  template Eigen eigen_general(T*, std::int64_t, T*, T*);                   \
  template bool singular_values(T*, std::int64_t, std::int64_t, T*, T*, T*)

GLUINO_INSTANTIATE(float);
GLUINO_INSTANTIATE(double);

}  // namespace gluino::kernels
