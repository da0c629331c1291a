// Unlike other kernels, this one gains from what AVX3_DL has: sums of products of bytes (VNNI).
#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#endif

#include <gluino/kernels/cpu/int8_dot.h>

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/int8_dot.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <gluino/kernels/cpu/int8_dot-inl.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

// With few positions more blocks at a time: else each addition waits for the one before.
void run_dot(const Int8Dot& task) {
  if (task.positions <= int8_positions(kInt8MostBlocks)) {
    run_int8_dot<kInt8MostBlocks>(task, task.block_begin);
  } else {
    run_int8_dot<kInt8Blocks>(task, task.block_begin);
  }
}
bool dot_is_fast() { return kFastInt8; }

}  // namespace
}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {

HWY_EXPORT(run_dot);
HWY_EXPORT(dot_is_fast);

void int8_pack(const Int8Packing& packing, const std::int8_t* weight, std::int8_t* packed) {
  std::fill_n(packed, packing.bytes(), std::int8_t{0});
  const std::int64_t groups = packing.groups();
  for (std::int64_t c = 0; c < packing.columns; ++c) {
    std::int8_t* block = packed + c / kInt8Columns * packing.block_bytes();
    for (std::int64_t s = 0; s < packing.segments; ++s) {
      for (std::int64_t i = 0; i < packing.segment_bytes; ++i) {
        const std::int64_t group = s * groups + i / 4;
        block[(group * kInt8Columns + c % kInt8Columns) * 4 + i % 4] = *weight++;
      }
    }
  }
}

void int8_dot(const Int8Dot& task) { HWY_DYNAMIC_DISPATCH(run_dot)(task); }

bool int8_dot_is_fast() { return HWY_DYNAMIC_DISPATCH(dot_is_fast)(); }

}  // namespace gluino::kernels
#endif  // HWY_ONCE
