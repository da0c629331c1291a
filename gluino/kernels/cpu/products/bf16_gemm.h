#pragma once

#include <gluino/kernels/cpu/products/gemm.h>

namespace gluino::kernels {

/// True where rounding the operands of a product takes less time than it saves.
bool bf16_gemm_suits(const MatrixView<float>& a, const MatrixView<float>& b);

/// gemm, with the elements of A and B rounded to bfloat16; their products are added in float32. One
/// stride of A and one of B must be 1, and A must have columns.
void bf16_gemm(const MatrixView<float>& a, const MatrixView<float>& b, float* c,
               std::int64_t c_stride, const GemmEpilogue<float>& epilogue = {});

}  // namespace gluino::kernels
