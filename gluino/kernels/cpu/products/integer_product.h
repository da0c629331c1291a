#pragma once

#include <gluino/kernels/cpu/products/gemm.h>

namespace gluino::kernels {

/// C = A B of int8, uint8, int32 or int64, modulo the range of T. C is row-major: its row i begins
/// at c + i * c_stride, and does not overlap A or B.
template <class T>
void integer_product(const MatrixView<T>& a, const MatrixView<T>& b, T* c, std::int64_t c_stride);

}  // namespace gluino::kernels
