#pragma once

#include <gluino/ops/linalg/orthogonal-inl.h>

#include <vector>

/// Eigenvalues of one matrix that is not symmetric, row-major, in double: reflections to the form
/// of Hessenberg, and Francis' algorithm with two shifts (Golub and Van Loan, Matrix
/// Computations, 7.4 and 7.5).
namespace gluino::numpy {

/// A = Q T Q^T, n x n; T becomes upper triangular where all eigenvalues are real.
class Schur {
 public:
  Schur(const double* a, std::int64_t n)
      : n_(n), t_(a, a + n * n), q_(static_cast<std::size_t>(n * n)) {
    factors::set_unit(q_.data(), n);
    for (const double x : t_) size_ = std::max(size_, std::abs(x));
    for (std::int64_t k = 0; k + 2 < n; ++k) clear(k, k + 2, n - 1);
  }

  /// False where there is a pair of eigenvalues that are not real, or no end is found.
  bool find_real() {
    std::int64_t steps = 0;
    for (std::int64_t last = n_ - 1; last > 0;) {
      std::int64_t first = last;
      while (first > 0 && !parted(first)) --first;
      if (first == last) {
        --last, steps = 0;
      } else if (first + 1 == last) {
        if (!part(first)) return false;
        last = first - 1, steps = 0;
      } else {
        constexpr std::int64_t kMost = 60;
        if (++steps > kMost) return false;
        step(first, last, steps % 10 == 0);
      }
    }
    return true;
  }

  double value(std::int64_t i) const { return t(i, i); }

  /// The eigenvector of value i, n numbers, of length 1, the largest positive.
  std::vector<double> vector(std::int64_t i) const {
    const double least = std::max(size_ * kEpsilon, std::numeric_limits<double>::min());
    std::vector<double> x(static_cast<std::size_t>(n_));
    x[static_cast<std::size_t>(i)] = 1;
    for (std::int64_t row = i - 1; row >= 0; --row) {
      double sum = 0;
      for (std::int64_t k = row + 1; k <= i; ++k) sum += t(row, k) * x[static_cast<std::size_t>(k)];
      const double apart = t(i, i) - t(row, row);
      x[static_cast<std::size_t>(row)] = sum / (std::abs(apart) < least ? least : apart);
    }
    std::vector<double> v(static_cast<std::size_t>(n_));
    double largest = 0, length = 0;
    for (std::int64_t row = 0; row < n_; ++row) {
      double& sum = v[static_cast<std::size_t>(row)];
      for (std::int64_t k = 0; k <= i; ++k) sum += q_[at(row, k)] * x[static_cast<std::size_t>(k)];
      length = std::hypot(length, sum);
      if (std::abs(sum) > std::abs(largest) * (1 + 1e-12)) largest = sum;
    }
    for (double& number : v) number /= std::copysign(length, largest);
    return v;
  }

 private:
  static constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

  std::size_t at(std::int64_t i, std::int64_t j) const {
    return static_cast<std::size_t>(i * n_ + j);
  }
  double t(std::int64_t i, std::int64_t j) const { return t_[at(i, j)]; }

  // Whether what stands below the diagonal in row i counts as 0; it then is.
  bool parted(std::int64_t i) {
    const double near = std::abs(t(i, i)) + std::abs(t(i - 1, i - 1));
    if (std::abs(t(i, i - 1)) > kEpsilon * (near == 0 ? size_ : near)) return false;
    t_[at(i, i - 1)] = 0;
    return true;
  }

  // I - s v v^T on the rows and columns from `first` on, v of `count` numbers.
  void apply(const std::vector<double>& v, double scale, std::int64_t first) {
    const auto over = [&](double* x, std::int64_t stride) {
      double sum = 0;
      for (std::size_t i = 0; i < v.size(); ++i)
        sum += v[i] * x[static_cast<std::int64_t>(i) * stride];
      for (std::size_t i = 0; i < v.size(); ++i)
        x[static_cast<std::int64_t>(i) * stride] -= scale * sum * v[i];
    };
    for (std::int64_t j = 0; j < n_; ++j) over(&t_[at(first, j)], n_);
    for (std::int64_t i = 0; i < n_; ++i) over(&t_[at(i, first)], 1);
    for (std::int64_t i = 0; i < n_; ++i) over(&q_[at(i, first)], 1);
  }

  // Turns rows and columns from `first` on so that of these numbers the first alone is left.
  void turn(std::vector<double> x, std::int64_t first) {
    const factors::Reflection r = factors::reflect(x.data(), std::ssize(x), 1);
    apply(x, r.scale, first);
  }

  // The rows first to last of a column become 0, by turning them and the one above.
  void clear(std::int64_t column, std::int64_t first, std::int64_t last) {
    std::vector<double> x;
    for (std::int64_t i = first - 1; i <= last; ++i) x.push_back(t(i, column));
    turn(std::move(x), first - 1);
    for (std::int64_t i = first; i <= last; ++i) t_[at(i, column)] = 0;
  }

  // One step with both eigenvalues of the last two rows as shifts, or others where that leads
  // nowhere.
  void step(std::int64_t first, std::int64_t last, bool otherwise) {
    double sum = t(last, last) + t(last - 1, last - 1);
    double product = t(last, last) * t(last - 1, last - 1) - t(last - 1, last) * t(last, last - 1);
    if (otherwise) {
      const double away = std::abs(t(last, last - 1)) + std::abs(t(last - 1, last - 2));
      sum = 1.5 * away;
      product = away * away;
    }
    const double a = t(first, first), b = t(first + 1, first);
    turn({a * a + t(first, first + 1) * b - sum * a + product,
          b * (a + t(first + 1, first + 1) - sum), b * t(first + 2, first + 1)},
         first);
    for (std::int64_t k = first; k + 1 < last; ++k) {
      clear(k, k + 2, std::min(k + 3, last));
    }
  }

  // Two rows and columns of their own become triangular; false where they have no real eigenvalue.
  bool part(std::int64_t i) {
    const double a = t(i, i), b = t(i, i + 1), c = t(i + 1, i), d = t(i + 1, i + 1);
    const double half = (a - d) / 2, rounding = 4 * kEpsilon * size_;
    double root = half * half + b * c;
    if (root < -rounding * rounding) return false;
    root = std::max(root, 0.0);
    // (value - d, c) is an eigenvector, the one that loses no digits.
    turn({half + std::copysign(std::sqrt(root), half), c}, i);
    t_[at(i + 1, i)] = 0;
    return true;
  }

  std::int64_t n_;
  std::vector<double> t_, q_;
  double size_ = 0;
};

}  // namespace gluino::numpy
