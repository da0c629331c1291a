#include <gluino/kernels/cpu/linalg/lapack-inl.h>
#include <gluino/kernels/cpu/products/gemm.h>

#include <algorithm>
#include <cstring>

/// What LAPACK asks of others, in place of BLAS' and Fortran's libraries: the linker takes these.
/// Products are those of all other operators, with their threads, and bits that depend on none.
namespace gluino::kernels {
namespace {

bool is(const char* text, char letter) { return (*text | 0x20) == (letter | 0x20); }
bool transposed(const char* text) { return !is(text, 'N'); }

// op(A) of rows x columns, of a matrix by columns.
template <class T>
MatrixView<T> view_of(const T* a, int ld, bool transpose, std::int64_t rows, std::int64_t columns) {
  return transpose ? MatrixView<T>{a, rows, columns, ld, 1}
                   : MatrixView<T>{a, rows, columns, 1, ld};
}

// x *= factor, n numbers, `step` apart. What is multiplied by 0 is not read.
template <class T>
void scale(T* x, std::int64_t n, std::int64_t step, T factor) {
  if (factor == 1) return;
  for (std::int64_t i = 0; i < n; ++i) x[i * step] = factor == 0 ? T(0) : factor * x[i * step];
}

// c += alpha a b of the first k numbers of a row and of a column, element by element: for products
// of so few numbers that to begin with a tile would take longer than all of it.
constexpr std::int64_t kFewProducts = 2048;

template <class T>
void add_few_products(const MatrixView<T>& left, const MatrixView<T>& right, T alpha, T* c,
                      std::int64_t ldc, std::int64_t step = 1) {
  for (std::int64_t i = 0; i < left.rows; ++i) {
    T* const row = c + i * ldc;
    for (std::int64_t p = 0; p < left.columns; ++p) {
      const T factor = alpha * left.data[i * left.row_stride + p * left.column_stride];
      const T* const from = right.data + p * right.row_stride;
      for (std::int64_t j = 0; j < right.columns; ++j) {
        row[j * step] += factor * from[j * right.column_stride];
      }
    }
  }
}

// C = alpha op(A) op(B) + beta C by columns, which is C^T = op(B)^T op(A)^T by rows.
template <class T>
void product_of_columns(const char* transa, const char* transb, std::int64_t m, std::int64_t n,
                        std::int64_t k, T alpha, const T* a, int lda, const T* b, int ldb, T beta,
                        T* c, std::int64_t ldc) {
  if (beta != 1) {
    for (std::int64_t j = 0; j < n; ++j) scale(c + j * ldc, m, 1, beta);
  }
  if (alpha == 0 || m == 0 || n == 0 || k == 0) return;
  MatrixView<T> left = view_of(b, ldb, transposed(transb), k, n).transposed();
  MatrixView<T> right = view_of(a, lda, transposed(transa), m, k).transposed();
  if (m * n * k <= kFewProducts) return add_few_products(left, right, alpha, c, ldc);
  const lapack::Room<T> copy(alpha == 1 ? 0 : std::min(m, n) * k);
  if (alpha != 1) {
    MatrixView<T>& smaller = n <= m ? left : right;
    for (std::int64_t i = 0; i < smaller.rows; ++i) {
      for (std::int64_t j = 0; j < smaller.columns; ++j) {
        copy.data()[i * smaller.columns + j] =
            alpha * smaller.data[i * smaller.row_stride + j * smaller.column_stride];
      }
    }
    smaller = {copy.data(), smaller.rows, smaller.columns, smaller.columns, 1};
  }
  gemm<T>(left, right, c, ldc, {.accumulate = beta != 0});
}

// Where the first of n numbers that are `step` apart stands: a step below 0 begins at the end.
template <class T>
T* first_of(T* x, std::int64_t n, std::int64_t step) {
  return step < 0 ? x - (n - 1) * step : x;
}

// y = alpha op(A) x + beta y.
template <class T>
void product_with_vector(const char* trans, std::int64_t m, std::int64_t n, T alpha, const T* a,
                         int lda, const T* x, std::int64_t incx, T beta, T* y, std::int64_t incy) {
  const bool transpose = transposed(trans);
  const std::int64_t rows = transpose ? n : m, columns = transpose ? m : n;
  if (rows == 0) return;
  y = first_of(y, rows, incy);
  scale(y, rows, incy, beta);
  if (alpha == 0 || columns == 0) return;
  x = first_of(x, columns, incx);
  const MatrixView<T> matrix = view_of(a, lda, transpose, rows, columns);
  if (rows * columns <= kFewProducts) {
    return add_few_products<T>({x, 1, columns, 0, incx}, matrix.transposed(), alpha, y, 0, incy);
  }
  const lapack::Room<T> scaled(columns);
  for (std::int64_t j = 0; j < columns; ++j) scaled.data()[j] = alpha * x[j * incx];
  gemm<T>(matrix, {scaled.data(), columns, 1, 1, 1}, y, incy, {.accumulate = beta != 0});
}

// X with op(A) X = B, or X op(A) = B with `right`, in the place of B (m, n); all by columns.
template <class T>
struct Triangular {
  bool right, lower, transpose, unit;

  void solve(std::int64_t m, std::int64_t n, const T* a, int lda, T* b, int ldb) const {
    constexpr std::int64_t kBlock = 32;
    const std::int64_t order = right ? n : m;
    if (order <= kBlock)
      return right ? solve_right(m, n, a, lda, b, ldb) : solve_left(m, n, a, lda, b, ldb);
    // Both halves of the triangle, and between them what the first one gives the second.
    const std::int64_t half = (order / 2 + kBlock - 1) / kBlock * kBlock, rest = order - half;
    const std::int64_t step = right ? ldb : 1;
    const T* const last = a + half * (lda + std::int64_t{1});
    const T* const beside = lower ? a + half : a + half * lda;
    const auto solve_part = [&](bool first) {
      solve(right   ? m
            : first ? half
                    : rest,
            right ? first ? half : rest : n, first ? a : last, lda, first ? b : b + half * step,
            ldb);
    };
    const bool down = first_to_last();
    solve_part(down);
    const T* const known = down ? b : b + half * step;
    T* const other = down ? b + half * step : b;
    const std::int64_t known_size = down ? half : rest, other_size = order - known_size;
    const char* const trans = transpose ? "T" : "N";
    if (right) {
      product_of_columns<T>("N", trans, m, other_size, known_size, -1, known, ldb, beside, lda, 1,
                            other, ldb);
    } else {
      product_of_columns<T>(trans, "N", other_size, n, known_size, -1, beside, lda, known, ldb, 1,
                            other, ldb);
    }
    solve_part(!down);
  }

 private:
  bool first_to_last() const { return (lower != transpose) != right; }

  void solve_left(std::int64_t m, std::int64_t n, const T* a, std::int64_t lda, T* b,
                  std::int64_t ldb) const {
    const bool down = first_to_last();
    for (std::int64_t j = 0; j < n; ++j) {
      T* const x = b + j * ldb;
      for (std::int64_t step = 0; step < m; ++step) {
        const std::int64_t i = down ? step : m - 1 - step;
        const T* const column = a + i * lda;
        const std::int64_t before = down ? 0 : i + 1, until = down ? i : m;
        const std::int64_t behind = down ? i + 1 : 0, end = down ? m : i;
        for (std::int64_t p = before; transpose && p < until; ++p) x[i] -= column[p] * x[p];
        if (!unit) x[i] /= column[i];
        for (std::int64_t p = behind; !transpose && p < end; ++p) x[p] -= x[i] * column[p];
      }
    }
  }

  void solve_right(std::int64_t m, std::int64_t n, const T* a, std::int64_t lda, T* b,
                   std::int64_t ldb) const {
    const bool down = first_to_last();
    for (std::int64_t step = 0; step < n; ++step) {
      const std::int64_t j = down ? step : n - 1 - step;
      T* const x = b + j * ldb;
      for (std::int64_t p = down ? 0 : j + 1; p < (down ? j : n); ++p) {
        const T factor = transpose ? a[j + p * lda] : a[p + j * lda];
        const T* const known = b + p * ldb;
        for (std::int64_t i = 0; i < m; ++i) x[i] -= factor * known[i];
      }
      const T value = a[j + j * lda];
      for (std::int64_t i = 0; !unit && i < m; ++i) x[i] /= value;
    }
  }
};

template <class T>
void solve_columns(const char* side, const char* uplo, const char* trans, const char* diag,
                   std::int64_t m, std::int64_t n, T alpha, const T* a, int lda, T* b, int ldb) {
  for (std::int64_t j = 0; j < n; ++j) scale(b + j * ldb, m, 1, alpha);
  if (alpha == 0 || m == 0 || n == 0) return;
  const Triangular<T> system{is(side, 'R'), is(uplo, 'L'), transposed(trans), is(diag, 'U')};
  system.solve(m, n, a, lda, b, ldb);
}

}  // namespace

// By the names that Fortran gives them.
#define GLUINO_BLAS(T, letter)                                                                   \
  void gemm_of(const char* transa, const char* transb, const int* m, const int* n, const int* k, \
               const T* alpha, const T* a, const int* lda, const T* b, const int* ldb,           \
               const T* beta, T* c, const int* ldc) asm(letter "gemm_");                         \
  void gemm_of(const char* transa, const char* transb, const int* m, const int* n, const int* k, \
               const T* alpha, const T* a, const int* lda, const T* b, const int* ldb,           \
               const T* beta, T* c, const int* ldc) {                                            \
    product_of_columns(transa, transb, *m, *n, *k, *alpha, a, *lda, b, *ldb, *beta, c, *ldc);    \
  }                                                                                              \
  void gemv_of(const char* trans, const int* m, const int* n, const T* alpha, const T* a,        \
               const int* lda, const T* x, const int* incx, const T* beta, T* y,                 \
               const int* incy) asm(letter "gemv_");                                             \
  void gemv_of(const char* trans, const int* m, const int* n, const T* alpha, const T* a,        \
               const int* lda, const T* x, const int* incx, const T* beta, T* y,                 \
               const int* incy) {                                                                \
    product_with_vector(trans, *m, *n, *alpha, a, *lda, x, *incx, *beta, y, *incy);              \
  }                                                                                              \
  void trsm_of(const char* side, const char* uplo, const char* transa, const char* diag,         \
               const int* m, const int* n, const T* alpha, const T* a, const int* lda, T* b,     \
               const int* ldb) asm(letter "trsm_");                                              \
  void trsm_of(const char* side, const char* uplo, const char* transa, const char* diag,         \
               const int* m, const int* n, const T* alpha, const T* a, const int* lda, T* b,     \
               const int* ldb) {                                                                 \
    solve_columns(side, uplo, transa, diag, *m, *n, *alpha, a, *lda, b, *ldb);                   \
  }

GLUINO_BLAS(float, "s")
GLUINO_BLAS(double, "d")

// LAPACK tells the caller by `info` as well, and Netlib's own ends the process.
void refuse(const char* routine, const int* argument, std::size_t length) asm("xerbla_");
void refuse(const char* /*routine*/, const int* /*argument*/, std::size_t /*length*/) {}

// Fortran's a // b, the one thing that LAPACK asks of its library: cut off, or filled with blanks.
void join(std::size_t size, char* to, std::size_t a_size, const char* a, std::size_t b_size,
          const char* b) asm("_gfortran_concat_string");
void join(std::size_t size, char* to, std::size_t a_size, const char* a, std::size_t b_size,
          const char* b) {
  const std::size_t of_a = std::min(size, a_size), of_b = std::min(size - of_a, b_size);
  std::memcpy(to, a, of_a);
  std::memcpy(to + of_a, b, of_b);
  std::memset(to + of_a + of_b, ' ', size - of_a - of_b);
}

}  // namespace gluino::kernels
