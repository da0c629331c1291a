#pragma once

#include <cstdint>

namespace gluino::kernels {

/// A matrix in memory: element (i, j) stands at data[i * row_stride + j * column_stride]; so a
/// transposed matrix is the same data with the strides exchanged.
template <class T>
struct MatrixView {
  const T* data;
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t row_stride;
  std::int64_t column_stride;

  MatrixView transposed() const { return {data, columns, rows, column_stride, row_stride}; }
};

/// What is done with each element of the product while it is still at hand.
template <class T>
struct GemmEpilogue {
  const T* row_bias = nullptr;     ///< one value per row of C, added
  const T* column_bias = nullptr;  ///< one value per column of C, added
  bool accumulate = false;         ///< add to what C holds instead of replacing it
  /// y[i] = f(x[i]) of n elements, y and x being the same: taken last, of parts of C's rows.
  void (*activation)(const T* x, T* y, std::int64_t n) = nullptr;
};

/// C = A B, then the epilogue. C is row-major: its row i begins at c + i * c_stride. A has as many
/// columns as B has rows; if that is 0, the product is zeros. C must not overlap A or B.
///
/// Runs on several threads. The bits of an element of C depend on the shapes and on the processor,
/// never on the number of threads. Defined for float and double.
template <class T>
void gemm(const MatrixView<T>& a, const MatrixView<T>& b, T* c, std::int64_t c_stride,
          const GemmEpilogue<T>& epilogue = {});

/// A right operand that many products have in common, such as the weights of a network that is not
/// trained, copied once into the order in which they read it: pack_matrix writes packed_size(rows,
/// columns) values. The order is that of this processor; it does not belong into a file.
template <class T>
std::int64_t packed_size(std::int64_t rows, std::int64_t columns);
template <class T>
void pack_matrix(const MatrixView<T>& b, T* out);

/// gemm with a packed right operand of a.columns rows and so many columns.
template <class T>
void gemm_packed(const MatrixView<T>& a, const T* b, std::int64_t columns, T* c,
                 std::int64_t c_stride, const GemmEpilogue<T>& epilogue = {});

}  // namespace gluino::kernels
