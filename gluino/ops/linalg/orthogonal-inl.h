#pragma once

#include <gluino/ops/linalg/factors-inl.h>

#include <limits>
#include <numeric>
#include <vector>

/// Decompositions of one matrix by reflections and rotations, row-major, in double (Golub and Van
/// Loan, Matrix Computations, 5.1, 5.2 and 8.3).
namespace gluino::factors {

/// I - scale v v^T, which maps a vector x onto a multiple of the first axis; v[0] is 1.
struct Reflection {
  double scale = 0;
  double image = 0;  ///< what x[0] becomes
};

/// That of x, n >= 1 numbers `stride` apart; x becomes v. Signs are LAPACK's: image is x[0] where
/// the others are 0, and else has the other sign.
inline Reflection reflect(double* x, std::int64_t n, std::int64_t stride) {
  double largest = 0;
  for (std::int64_t i = 1; i < n; ++i) largest = std::max(largest, std::abs(x[i * stride]));
  const double first = x[0];
  x[0] = 1;
  if (largest == 0) return {0, first};
  double sum = 0;
  for (std::int64_t i = 1; i < n; ++i) {
    const double part = x[i * stride] / largest;
    sum += part * part;
  }
  const double image = -std::copysign(std::hypot(first, largest * std::sqrt(sum)), first);
  for (std::int64_t i = 1; i < n; ++i) x[i * stride] /= first - image;
  return {(image - first) / image, image};
}

/// a (m, n), m <= n, becomes L with zeros above, of which the first m columns count, and q (m, n)
/// orthonormal rows with a = L q.
inline void lower_times_orthogonal(double* a, std::int64_t m, std::int64_t n, double* q) {
  std::vector<Reflection> reflections(static_cast<std::size_t>(m));
  const auto apply = [&](const double* v, double scale, std::int64_t from, double* row) {
    double sum = 0;
    for (std::int64_t j = from; j < n; ++j) sum += v[j] * row[j];
    for (std::int64_t j = from; j < n; ++j) row[j] -= scale * sum * v[j];
  };
  for (std::int64_t i = 0; i < m; ++i) {
    const Reflection r = reflect(a + i * n + i, n - i, 1);
    for (std::int64_t k = i + 1; k < m; ++k) apply(a + i * n, r.scale, i, a + k * n);
    reflections[static_cast<std::size_t>(i)] = r;
  }
  std::fill_n(q, m * n, 0.0);
  for (std::int64_t i = m - 1; i >= 0; --i) {
    const Reflection r = reflections[static_cast<std::size_t>(i)];
    q[i * n + i] = 1;
    for (std::int64_t k = i; k < m; ++k) apply(a + i * n, r.scale, i, q + k * n);
    std::fill(a + i * n + i, a + (i + 1) * n, 0.0);
    a[i * n + i] = r.image;
  }
}

/// A symmetric tridiagonal T: its diagonal, and what stands beside it, with the rows of an
/// orthogonal matrix u so that A = u^T T u.
struct Tridiagonal {
  std::vector<double> diagonal, beside;
};

/// That of a, n x n, of which the lower triangle holds; it is overwritten.
inline Tridiagonal tridiagonal(double* a, std::int64_t n, double* u) {
  Tridiagonal t{std::vector<double>(static_cast<std::size_t>(n)),
                std::vector<double>(static_cast<std::size_t>(n))};
  std::vector<double> v(static_cast<std::size_t>(n)), w(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = i + 1; j < n; ++j) a[i * n + j] = a[j * n + i];
  }
  set_unit(u, n);
  for (std::int64_t k = 0; k + 1 < n; ++k) {
    const std::int64_t from = k + 1;
    for (std::int64_t i = from; i < n; ++i) v[i] = a[i * n + k];
    const Reflection r = reflect(v.data() + from, n - from, 1);
    t.beside[k] = r.image;
    if (r.scale == 0) continue;
    // (I - s v v^T) A (I - s v v^T) = A - v w^T - w v^T.
    double along = 0;
    for (std::int64_t i = from; i < n; ++i) {
      w[i] = 0;
      for (std::int64_t j = from; j < n; ++j) w[i] += r.scale * a[i * n + j] * v[j];
      along += w[i] * v[i];
    }
    for (std::int64_t i = from; i < n; ++i) w[i] -= r.scale * along / 2 * v[i];
    for (std::int64_t i = from; i < n; ++i) {
      for (std::int64_t j = from; j < n; ++j) a[i * n + j] -= v[i] * w[j] + w[i] * v[j];
    }
    std::fill(w.begin(), w.end(), 0.0);
    for (std::int64_t i = from; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) w[j] += v[i] * u[i * n + j];
    }
    for (std::int64_t i = from; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) u[i * n + j] -= r.scale * v[i] * w[j];
    }
  }
  for (std::int64_t i = 0; i < n; ++i) t.diagonal[i] = a[i * n + i];
  return t;
}

/// One step of the QR algorithm with Wilkinson's shift, of rows and columns first to last.
inline void rotate(Tridiagonal& t, std::int64_t first, std::int64_t last, std::int64_t n,
                   double* u) {
  std::vector<double>&d = t.diagonal, &e = t.beside;
  const double half = (d[last - 1] - d[last]) / 2;
  const double next = e[last - 1];
  double x =
      d[first] - d[last] + next * (next / (half + std::copysign(std::hypot(half, next), half)));
  double z = e[first];
  for (std::int64_t k = first; k < last; ++k) {
    const double length = std::hypot(x, z);
    const double c = length == 0 ? 1 : x / length, s = length == 0 ? 0 : -z / length;
    if (k > first) e[k - 1] = length;
    const double upper = d[k], lower = d[k + 1], between = e[k];
    d[k] = c * c * upper - 2 * c * s * between + s * s * lower;
    d[k + 1] = s * s * upper + 2 * c * s * between + c * c * lower;
    e[k] = c * s * (upper - lower) + (c * c - s * s) * between;
    x = e[k];
    if (k + 1 < last) {
      z = -s * e[k + 1];
      e[k + 1] *= c;
    }
    double *const row = u + k * n, *const below = row + n;
    for (std::int64_t j = 0; j < n; ++j) {
      const double above = row[j];
      row[j] = c * above - s * below[j];
      below[j] = s * above + c * below[j];
    }
  }
}

/// The eigenvalues of a, n x n, of which the lower triangle holds, in rising order, and the
/// eigenvectors as rows, the largest element of each positive; not numbers where a holds such. `a`
/// is overwritten.
inline void eigen(double* a, std::int64_t n, double* values, double* vectors) {
  double largest = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j <= i; ++j) largest = std::max(largest, std::abs(a[i * n + j]));
  }
  bool finite = std::isfinite(largest);
  for (std::int64_t i = 0; i < n * n; ++i) {
    finite = finite && (i % n > i / n || !std::isnan(a[i]));
    if (largest > 0) a[i] /= largest;
  }
  if (!finite) {
    std::fill_n(values, n, std::numeric_limits<double>::quiet_NaN());
    std::fill_n(vectors, n * n, std::numeric_limits<double>::quiet_NaN());
    return;
  }
  std::vector<double> room(static_cast<std::size_t>(n * n));
  Tridiagonal t = tridiagonal(a, n, room.data());
  const auto parted = [&](std::int64_t i) {
    return std::abs(t.beside[i]) <=
           std::numeric_limits<double>::epsilon() *
                   (std::abs(t.diagonal[i]) + std::abs(t.diagonal[i + 1])) +
               std::numeric_limits<double>::min();
  };
  // Two or three steps per eigenvalue are usual.
  std::int64_t steps = 100 * n;
  for (std::int64_t last = n - 1; last > 0;) {
    if (parted(last - 1) || steps-- == 0) {
      --last;
      continue;
    }
    std::int64_t first = last - 1;
    while (first > 0 && !parted(first - 1)) --first;
    rotate(t, first, last, n, room.data());
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t i, std::int64_t j) { return t.diagonal[i] < t.diagonal[j]; });
  for (std::int64_t i = 0; i < n; ++i) {
    const double* const from = room.data() + order[i] * n;
    // Of several that are as large, but for rounding, the first decides.
    double most = 0;
    for (std::int64_t j = 0; j < n; ++j) {
      if (std::abs(from[j]) > std::abs(most) * (1 + 1e-12)) most = from[j];
    }
    for (std::int64_t j = 0; j < n; ++j) vectors[i * n + j] = most < 0 ? -from[j] : from[j];
    values[i] = t.diagonal[order[i]] * largest;
  }
}

}  // namespace gluino::factors
