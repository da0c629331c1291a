#pragma once

#include <cstdint>

/// Decompositions of one matrix, row-major, dense, in float or double, by LAPACK. Numbers that are
/// not finite never keep one from ending. Those that take long use several threads where the
/// caller's loop does not; bits are the same for any number of them.
namespace gluino::kernels {

/// Which triangle of a matrix is meant.
enum class Triangle { lower, upper };

/// a (n, n), symmetric, of which one triangle is read, = L with L L^T = a, zeros above, or U with
/// U^T U = a, zeros below; false where there is none.
template <class T>
bool cholesky(T* a, std::int64_t n, Triangle triangle = Triangle::lower);

/// a (n, n), triangular, the other triangle not read, = (a a^T)^-1 of a lower one, (a^T a)^-1 of an
/// upper one; false where the diagonal has a 0.
template <class T>
bool invert_product(T* a, std::int64_t n, Triangle triangle = Triangle::lower);

/// b (rows, columns) = the solution X of op(a) X = b, or of X op(a) = b with `right`; of a (n, n)
/// one triangle is read.
struct TriangularSystem {
  bool lower = true;
  bool transpose = false;
  bool right = false;
};
template <class T>
void solve_triangular(const TriangularSystem& system, const T* a, std::int64_t n, T* b,
                      std::int64_t rows, std::int64_t columns);

/// A matrix (n, n) as product of triangular ones with rows exchanged; `pivots` has n places.
/// `a` is kept in that form, for what follows.
struct Determinant {
  double sign = 1;       ///< 0 of a singular matrix
  double logarithm = 0;  ///< of its magnitude
};
template <class T>
Determinant factor(T* a, std::int64_t n, int* pivots);

/// What was factored, unless its determinant's sign was 0, = its inverse.
template <class T>
void invert_factored(T* a, std::int64_t n, const int* pivots);

/// b (n, columns) = the solution X of A X = b, A having been factored.
template <class T>
void solve_factored(const T* a, std::int64_t n, const int* pivots, T* b, std::int64_t columns);

/// a (m, n), m <= n, = Q of orthonormal rows with a = L Q; l (m, m) lower triangular, zeros above.
template <class T>
void lower_times_orthogonal(T* a, std::int64_t m, std::int64_t n, T* l);

/// Of a (n, n), symmetric, of which the lower triangle is read: values (n), rising, and in the
/// place of a the eigenvectors as rows, the largest element of each positive. All are NaN where the
/// triangle holds what is not finite. False if there was no end.
template <class T>
bool eigen_symmetric(T* a, std::int64_t n, T* values);

/// Of a (n, n), finite, overwritten: values (n), and the eigenvectors of length 1 as columns of
/// `vectors` (n, n), unless that is null.
enum class Eigen { real, complex, no_end };
template <class T>
Eigen eigen_general(T* a, std::int64_t n, T* values, T* vectors);

/// a (m, n), m <= n, overwritten, = u diag(s) v: u (m, m), s (m), falling, v (m, n) with the
/// largest element of each row positive. All are NaN where `a` holds what is not finite. False if
/// there was no end.
template <class T>
bool singular_values(T* a, std::int64_t m, std::int64_t n, T* u, T* s, T* v);

}  // namespace gluino::kernels
