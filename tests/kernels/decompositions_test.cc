// LAPACK's decompositions: by what defines them, in both types, of sizes on both sides of blocks,
// of what is not finite, and on several threads.
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/linalg/decompositions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace gluino::kernels {
namespace {

template <class T>
struct Decompositions : testing::Test {
  static constexpr double kExact = 200 * double{std::numeric_limits<T>::epsilon()};
};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(Decompositions, Reals);

constexpr std::int64_t kSizes[] = {0, 1, 2, 3, 4, 13, 31, 32, 33, 65, 100, 300};

template <class T>
struct Matrix {
  std::int64_t rows, columns;
  std::vector<T> data;

  Matrix(std::int64_t r, std::int64_t c)
      : rows(r), columns(c), data(static_cast<std::size_t>(r * c)) {}
  T& at(std::int64_t i, std::int64_t j) { return data[static_cast<std::size_t>(i * columns + j)]; }
  T at(std::int64_t i, std::int64_t j) const {
    return data[static_cast<std::size_t>(i * columns + j)];
  }
  Matrix transposed() const {
    Matrix result(columns, rows);
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) result.at(j, i) = at(i, j);
    }
    return result;
  }
};

template <class T>
Matrix<T> drawn(std::int64_t rows, std::int64_t columns, unsigned seed) {
  std::mt19937 engine(seed);
  Matrix<T> result(rows, columns);
  for (T& x : result.data) x = static_cast<T>(double(engine()) / 2147483648.0 - 1);
  return result;
}

template <class T>
Matrix<T> unit(std::int64_t n) {
  Matrix<T> result(n, n);
  for (std::int64_t i = 0; i < n; ++i) result.at(i, i) = 1;
  return result;
}

// In double, number after number.
template <class T>
Matrix<double> product(const Matrix<T>& a, const Matrix<T>& b) {
  Matrix<double> result(a.rows, b.columns);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t k = 0; k < a.columns; ++k) {
      for (std::int64_t j = 0; j < b.columns; ++j)
        result.at(i, j) += double{a.at(i, k)} * b.at(k, j);
    }
  }
  return result;
}

template <class A, class B>
void expect_near(const Matrix<A>& got, const Matrix<B>& expected, double tolerance) {
  ASSERT_EQ(got.data.size(), expected.data.size());
  double worst = 0;
  for (std::size_t i = 0; i < got.data.size(); ++i) {
    const double apart = std::abs(double{got.data[i]} - double{expected.data[i]});
    worst = std::isnan(apart) ? HUGE_VAL : std::max(worst, apart);
  }
  EXPECT_LE(worst, tolerance);
}

// A A^T and something on the diagonal.
template <class T>
Matrix<T> positive(std::int64_t n) {
  const auto a = drawn<T>(n, n, 1);
  const auto full = product(a, a.transposed());
  Matrix<T> result(n, n);
  for (std::size_t i = 0; i < full.data.size(); ++i) result.data[i] = static_cast<T>(full.data[i]);
  for (std::int64_t i = 0; i < n; ++i) result.at(i, i) += static_cast<T>(n);
  return result;
}

template <class T>
T not_a_number() {
  return std::numeric_limits<T>::quiet_NaN();
}

TYPED_TEST(Decompositions, FactorsOfPositiveDefiniteMatrices) {
  for (const std::int64_t n : kSizes) {
    SCOPED_TRACE(n);
    const auto a = positive<TypeParam>(n);
    auto l = a;
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = i + 1; j < n; ++j) l.at(i, j) = not_a_number<TypeParam>();
    }
    ASSERT_TRUE(cholesky(l.data.data(), n));
    expect_near(product(l, l.transposed()), a, this->kExact * double(n + 1));
    auto inverse = l;
    ASSERT_TRUE(invert_product(inverse.data.data(), n));
    expect_near(product(a, inverse), unit<TypeParam>(n), this->kExact);
  }
}

TYPED_TEST(Decompositions, InversesSolutionsAndDeterminants) {
  for (const std::int64_t n : kSizes) {
    SCOPED_TRACE(n);
    const auto a = positive<TypeParam>(n);
    auto factors = a, l = a;
    std::vector<int> pivots(static_cast<std::size_t>(n));
    const Determinant found = factor(factors.data.data(), n, pivots.data());
    // By the other factor, of which it is the square.
    cholesky(l.data.data(), n);
    double logarithm = 0;
    for (std::int64_t i = 0; i < n; ++i) logarithm += 2 * std::log(double{l.at(i, i)});
    EXPECT_EQ(found.sign, 1);
    EXPECT_NEAR(found.logarithm, logarithm, this->kExact * double(n + 1));
    for (const std::int64_t columns : {1, 7}) {
      auto x = drawn<TypeParam>(n, columns, 2);
      const auto b = x;
      solve_factored(factors.data.data(), n, pivots.data(), x.data.data(), columns);
      expect_near(product(a, x), b, this->kExact);
    }
    invert_factored(factors.data.data(), n, pivots.data());
    expect_near(product(a, factors), unit<TypeParam>(n), this->kExact);
  }
  // Rows exchanged: the sign is that of the order.
  Matrix<TypeParam> turn(3, 3);
  turn.at(0, 1) = turn.at(1, 0) = turn.at(2, 2) = 1;
  int pivots[3];
  EXPECT_EQ(factor(turn.data.data(), 3, pivots).sign, -1);
}

TYPED_TEST(Decompositions, TriangularSystemsOfAllForms) {
  for (const std::int64_t n : kSizes) {
    for (const bool lower : {false, true}) {
      for (const bool transpose : {false, true}) {
        for (const bool right : {false, true}) {
          SCOPED_TRACE(n);
          auto triangle = drawn<TypeParam>(n, n, 3), whole = triangle;
          for (std::int64_t i = 0; i < n; ++i) {
            for (std::int64_t j = 0; j < n; ++j) {
              triangle.at(i, j) /= static_cast<TypeParam>(n);
              if (i == j) triangle.at(i, j) = 2;
              whole.at(i, j) = triangle.at(i, j);
              if (lower ? j > i : j < i)
                triangle.at(i, j) = 0, whole.at(i, j) = not_a_number<TypeParam>();
            }
          }
          const auto op = transpose ? triangle.transposed() : triangle;
          for (const std::int64_t count : {1, 5, 40}) {
            auto x = right ? drawn<TypeParam>(count, n, 4) : drawn<TypeParam>(n, count, 4);
            const auto b = x;
            solve_triangular({.lower = lower, .transpose = transpose, .right = right},
                             whole.data.data(), n, x.data.data(), x.rows, x.columns);
            expect_near(right ? product(x, op) : product(op, x), b, this->kExact);
          }
        }
      }
    }
  }
}

TYPED_TEST(Decompositions, ALowerTriangleTimesOrthonormalRows) {
  for (const std::int64_t n : kSizes) {
    for (const std::int64_t m : {n, n / 2, std::min<std::int64_t>(n, 1)}) {
      SCOPED_TRACE(testing::Message() << m << " x " << n);
      const auto a = drawn<TypeParam>(m, n, 5);
      auto q = a;
      Matrix<TypeParam> l(m, m);
      lower_times_orthogonal(q.data.data(), m, n, l.data.data());
      expect_near(product(l, q), a, this->kExact);
      expect_near(product(q, q.transposed()), unit<TypeParam>(m), this->kExact);
      for (std::int64_t i = 0; i < m; ++i) {
        for (std::int64_t j = i + 1; j < m; ++j) ASSERT_EQ(l.at(i, j), 0);
      }
    }
  }
}

TYPED_TEST(Decompositions, EigenvectorsOfSymmetricMatrices) {
  for (const std::int64_t n : kSizes) {
    SCOPED_TRACE(n);
    const auto a = positive<TypeParam>(n);
    auto u = a;
    Matrix<TypeParam> values(1, n);
    ASSERT_TRUE(eigen_symmetric(u.data.data(), n, values.data.data()));
    expect_near(product(u, u.transposed()), unit<TypeParam>(n), this->kExact);
    auto scaled = u;
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j)
        scaled.at(i, j) *= values.data[static_cast<std::size_t>(i)];
    }
    expect_near(product(u.transposed(), scaled), a, this->kExact * double(n + 1));
    EXPECT_TRUE(std::is_sorted(values.data.begin(), values.data.end()));
  }
}

TYPED_TEST(Decompositions, EigenvectorsOfOtherMatrices) {
  for (const std::int64_t n : kSizes) {
    SCOPED_TRACE(n);
    // Similar to a symmetric one by scales: all eigenvalues are real.
    auto a = positive<TypeParam>(n);
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        a.at(i, j) *= static_cast<TypeParam>((1.0 + double(i % 3)) / (1.0 + double(j % 3)));
      }
    }
    auto room = a;
    Matrix<TypeParam> values(1, n), vectors(n, n);
    ASSERT_EQ(eigen_general(room.data.data(), n, values.data.data(), vectors.data.data()),
              Eigen::real);
    auto scaled = vectors;
    for (std::int64_t i = 0; i < n; ++i) {
      double length = 0;
      for (std::int64_t j = 0; j < n; ++j) {
        scaled.at(j, i) *= values.data[static_cast<std::size_t>(i)];
        length += double{vectors.at(j, i)} * vectors.at(j, i);
      }
      EXPECT_NEAR(length, 1, this->kExact);
    }
    expect_near(product(a, vectors), scaled, this->kExact * double(n + 1));
    auto again = a;
    Matrix<TypeParam> alone(1, n);
    ASSERT_EQ(eigen_general<TypeParam>(again.data.data(), n, alone.data.data(), nullptr),
              Eigen::real);
  }
  TypeParam turn[] = {0, 1, -1, 0}, values[2], vectors[4];
  EXPECT_EQ(eigen_general(turn, 2, values, vectors), Eigen::complex);
}

TYPED_TEST(Decompositions, SingularValues) {
  for (const std::int64_t n : kSizes) {
    for (const std::int64_t m : {n, n / 3, std::min<std::int64_t>(n, 1)}) {
      SCOPED_TRACE(testing::Message() << m << " x " << n);
      const auto a = drawn<TypeParam>(m, n, 6);
      auto room = a;
      Matrix<TypeParam> u(m, m), s(1, m), v(m, n);
      ASSERT_TRUE(
          singular_values(room.data.data(), m, n, u.data.data(), s.data.data(), v.data.data()));
      expect_near(product(u, u.transposed()), unit<TypeParam>(m), this->kExact);
      expect_near(product(v, v.transposed()), unit<TypeParam>(m), this->kExact);
      auto scaled = u;
      for (std::int64_t i = 0; i < m; ++i) {
        for (std::int64_t j = 0; j < m; ++j) scaled.at(i, j) *= s.data[static_cast<std::size_t>(j)];
        const auto row = v.data.begin() + i * n;
        const auto larger = [](TypeParam x, TypeParam y) { return std::abs(x) < std::abs(y); };
        EXPECT_GE(*std::max_element(row, row + n),
                  std::abs(*std::max_element(row, row + n, larger)) * (1 - 1e-4));
      }
      expect_near(product(scaled, v), a, this->kExact);
      EXPECT_TRUE(std::is_sorted(s.data.rbegin(), s.data.rend()));
    }
  }
}

// All of one matrix: whether each has an end, and which numbers it gives.
template <class T>
std::vector<T> everything(const Matrix<T>& a) {
  const std::int64_t n = a.rows;
  std::vector<T> results;
  const auto keep = [&](const std::vector<T>& x) {
    results.insert(results.end(), x.begin(), x.end());
  };
  std::vector<T> room = a.data, values(static_cast<std::size_t>(n)), u = a.data, v = a.data;
  std::vector<int> pivots(static_cast<std::size_t>(n));
  cholesky(room.data(), n), keep(room);
  room = a.data, invert_product(room.data(), n), keep(room);
  room = a.data;
  const Determinant d = factor(room.data(), n, pivots.data());
  keep({static_cast<T>(d.sign), static_cast<T>(d.logarithm)}), keep(room);
  if (d.sign != 0) invert_factored(room.data(), n, pivots.data()), keep(room);
  room = a.data, lower_times_orthogonal(room.data(), n, n, u.data()), keep(room), keep(u);
  room = a.data, eigen_symmetric(room.data(), n, values.data()), keep(room), keep(values);
  room = a.data, singular_values(room.data(), n, n, u.data(), values.data(), v.data());
  keep(u), keep(values), keep(v);
  room = a.data, u = a.data, solve_triangular({}, room.data(), n, u.data(), n, n), keep(u);
  return results;
}

TYPED_TEST(Decompositions, WhatIsNotFiniteOrSingularHasAnEnd) {
  const auto infinite = std::numeric_limits<TypeParam>::infinity();
  for (const std::int64_t n : {1, 2, 5, 40, 100, 300}) {
    for (const TypeParam bad :
         {not_a_number<TypeParam>(), infinite, -infinite, TypeParam(0),
          std::numeric_limits<TypeParam>::max(), std::numeric_limits<TypeParam>::denorm_min()}) {
      SCOPED_TRACE(testing::Message() << n << " with " << bad);
      auto one = positive<TypeParam>(n);
      one.at(n / 2, n / 3) = one.at(n / 3, n / 2) = bad;
      everything(one);
      Matrix<TypeParam> all(n, n);
      std::fill(all.data.begin(), all.data.end(), bad);
      everything(all);
    }
  }
}

TYPED_TEST(Decompositions, WhatIsNotFiniteOrSingularIsTold) {
  const auto bad = not_a_number<TypeParam>();
  TypeParam a[] = {1, bad, bad, 1}, values[2], u[4], v[4];
  EXPECT_TRUE(eigen_symmetric(a, 2, values));
  EXPECT_TRUE(std::isnan(values[0]) && std::isnan(values[1]) && std::isnan(a[0]));
  TypeParam b[] = {1, bad, 0, 1};
  EXPECT_TRUE(singular_values(b, 2, 2, u, values, v));
  EXPECT_TRUE(std::isnan(values[0]) && std::isnan(u[3]) && std::isnan(v[0]));
  // The upper triangle is not read.
  TypeParam c[] = {2, bad, 0, 1};
  EXPECT_TRUE(eigen_symmetric(c, 2, values));
  EXPECT_EQ(values[0], 1);
  TypeParam zeros[] = {0, 0, 0, 0}, negative[] = {1, 0, 0, -1}, unknown[] = {bad, 0, 0, 1};
  EXPECT_FALSE(cholesky(negative, 2));
  EXPECT_FALSE(cholesky(unknown, 2));
  EXPECT_FALSE(invert_product(zeros, 2));
  int pivots[2];
  const Determinant none = factor(zeros, 2, pivots);
  EXPECT_EQ(none.sign, 0);
  EXPECT_EQ(none.logarithm, -HUGE_VAL);
}

TYPED_TEST(Decompositions, HaveTheSameBitsForAnyNumberOfThreads) {
  for (const std::int64_t n : {40, 150}) {
    const auto a = positive<TypeParam>(n);
    set_num_threads(1);
    const auto expected = everything(a);
    // In a body of a loop as well, where the products are not cut.
    std::vector<std::vector<TypeParam>> got(5);
    for (int threads = 2; threads <= 4; ++threads) {
      set_num_threads(threads);
      got[static_cast<std::size_t>(threads - 2)] = everything(a);
    }
    parallel_for(2, 1, [&](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) got[static_cast<std::size_t>(3 + i)] = everything(a);
    });
    set_num_threads(0);
    for (const auto& again : got) {
      ASSERT_EQ(again.size(), expected.size());
      EXPECT_EQ(std::memcmp(again.data(), expected.data(), again.size() * sizeof(TypeParam)), 0);
    }
  }
}

}  // namespace
}  // namespace gluino::kernels
