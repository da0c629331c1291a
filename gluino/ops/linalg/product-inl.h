#pragma once

#include <gluino/amp/amp.h>
#include <gluino/kernels/cpu/products/bf16_gemm.h>

#include <type_traits>

namespace gluino {

// kernels::gemm, or what amp::init asks for in its place.
template <class T>
void product(const kernels::MatrixView<T>& a, const kernels::MatrixView<T>& b, T* c,
             std::int64_t c_stride, const kernels::GemmEpilogue<T>& epilogue = {}) {
  if constexpr (std::is_same_v<T, float>) {
    if (amp::dtype() == bfloat16 && kernels::bf16_gemm_suits(a, b)) {
      kernels::bf16_gemm(a, b, c, c_stride, epilogue);
      return;
    }
  }
  kernels::gemm<T>(a, b, c, c_stride, epilogue);
}

}  // namespace gluino
