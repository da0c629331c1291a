#pragma once

#include <cstdint>

namespace gluino::kernels {

/// What a row of x was normalised by: u = (x - mean) * scale, scale = 1 / sqrt(variance + eps).
/// Statistics are double: in float a mean may be off by more than the deviation.
struct RowStatistics {
  double mean;
  double scale;
};

/// Functions of one row of n contiguous elements. Sums are added in an order of their own, the same
/// for all instruction sets. Elements have parameters of their own, gamma[i] and beta[i], or, with
/// `step` 0, gamma[0] and beta[0] in common.
template <class T>
struct RowNorm {
  /// The mean, and the sum of the squared distances from it.
  void (*distances)(const T* x, std::int64_t n, double* mean, double* squares);
  /// y = u * gamma + beta, in T where its range suffices. y may be x.
  void (*apply)(const T* x, std::int64_t n, RowStatistics s, const T* gamma, const T* beta,
                std::int64_t step, T* y);
  /// dx = (h - mean of h - u * mean of h u) * scale with h = dy * gamma. dx may be dy.
  void (*gradient)(const T* x, const T* dy, std::int64_t n, RowStatistics s, const T* gamma,
                   std::int64_t step, T* dx);
  /// scales[i] += dy * u, shifts[i] += dy; with `step` 0 their sums to the first of each.
  void (*parameters)(const T* x, const T* dy, std::int64_t n, RowStatistics s, std::int64_t step,
                     double* scales, double* shifts);
};

/// T is float or double.
template <class T>
const RowNorm<T>& row_norm();

}  // namespace gluino::kernels
