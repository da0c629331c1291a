#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

/// Singular values by Jacobi's rotations (Golub and Van Loan, 8.6.3), of one matrix, row-major, in
/// double: slower than bidiagonal forms, and as exact as there is.
namespace gluino::jacobi {

/// Rows p and q, n numbers each, turned by an angle.
inline void turn(double* p, double* q, std::int64_t n, double cosine, double sine) {
  for (std::int64_t i = 0; i < n; ++i) {
    const double x = p[i], y = q[i];
    p[i] = cosine * x - sine * y;
    q[i] = sine * x + cosine * y;
  }
}

/// The angle that makes zero what stands between two numbers: b in (a, b; b, c).
struct Angle {
  double cosine = 1, sine = 0;

  Angle(double a, double b, double c) {
    if (b == 0) return;
    const double half = (c - a) / (2 * b);
    const double tangent = (half < 0 ? -1 : 1) / (std::abs(half) + std::hypot(1.0, half));
    cosine = 1 / std::hypot(1.0, tangent);
    sine = tangent * cosine;
  }
};

inline double dot(const double* x, const double* y, std::int64_t n) {
  return std::inner_product(x, x + n, y, 0.0);
}

constexpr int kSweeps = 60;

/// Of a matrix of m rows, at most as many as its n columns: a = u^T diag(s) v, s falling. Rows of
/// `u` (m, m) and of `v` (m, n) are orthonormal.
inline void singular(std::vector<double> a, std::int64_t m, std::int64_t n, std::vector<double>& u,
                     std::vector<double>& s, std::vector<double>& v) {
  std::vector<double> turned(static_cast<std::size_t>(m * m));
  for (std::int64_t i = 0; i < m; ++i) turned[static_cast<std::size_t>(i * m + i)] = 1;
  const auto row = [&](std::int64_t i) { return a.data() + i * n; };
  bool moved = true;
  for (int sweep = 0; moved && sweep < kSweeps; ++sweep) {
    moved = false;
    for (std::int64_t p = 0; p < m; ++p) {
      for (std::int64_t q = p + 1; q < m; ++q) {
        const double pp = dot(row(p), row(p), n), qq = dot(row(q), row(q), n);
        const double pq = dot(row(p), row(q), n);
        if (std::abs(pq) <= 1e-15 * std::sqrt(pp * qq) || std::abs(pq) < 1e-300) continue;
        moved = true;
        const Angle angle(pp, pq, qq);
        turn(row(p), row(q), n, angle.cosine, angle.sine);
        turn(turned.data() + p * m, turned.data() + q * m, m, angle.cosine, angle.sine);
      }
    }
  }
  std::vector<double> sizes;
  for (std::int64_t i = 0; i < m; ++i) sizes.push_back(std::sqrt(dot(row(i), row(i), n)));
  std::vector<std::int64_t> order(static_cast<std::size_t>(m));
  std::iota(order.begin(), order.end(), 0);
  const auto size_of = [&](std::int64_t i) { return sizes[static_cast<std::size_t>(i)]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](auto x, auto y) { return size_of(x) > size_of(y); });
  u.clear();
  s.clear();
  v.clear();
  const double least = m > 0 ? size_of(order[0]) * 1e-300 : 0;
  for (const std::int64_t i : order) {
    u.insert(u.end(), turned.begin() + i * m, turned.begin() + (i + 1) * m);
    s.push_back(size_of(i));
    std::vector<double> unit(row(i), row(i) + n);
    double size = size_of(i);
    // What has no direction gets one that the others have not.
    for (std::int64_t axis = 0; size <= least && axis < n; ++axis) {
      std::fill(unit.begin(), unit.end(), 0.0);
      unit[static_cast<std::size_t>(axis)] = 1;
      for (int again = 0; again < 2; ++again) {
        for (std::size_t k = 0; k < v.size(); k += static_cast<std::size_t>(n)) {
          const double part = dot(&v[k], unit.data(), n);
          for (std::size_t j = 0; j < unit.size(); ++j) unit[j] -= part * v[k + j];
        }
      }
      size = std::sqrt(dot(unit.data(), unit.data(), n));
      if (size < 0.5 / std::sqrt(static_cast<double>(n))) size = 0;
    }
    for (const double x : unit) v.push_back(x / size);
  }
}

}  // namespace gluino::jacobi
