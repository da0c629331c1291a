// What the two units of x86-64 share: rounding into tiles by AVX512-BF16.
#pragma once

#include <gluino/kernels/cpu/products/bf16_unit.h>

#include <cstdint>

namespace gluino::kernels {

/// True where the processor and the system have AVX-512 (F, BW, VL) and AVX512-BF16.
bool has_avx512_bf16();

void avx512_pack_rows(const float* in, std::int64_t stride, std::int64_t rows, std::int64_t values,
                      Bf16* tile);
void avx512_pack_pairs(const float* in, std::int64_t stride, std::int64_t values,
                       std::int64_t columns, Bf16* tile);
void avx512_pack_gathered(const Bf16* in, const std::int32_t* from, std::int64_t pairs, Bf16* tile);
void avx512_select(const Bf16* values, const Bf16* places, float place, std::int64_t rows,
                   Bf16* out);
void avx512_turn(const void* in, void* out);

}  // namespace gluino::kernels
