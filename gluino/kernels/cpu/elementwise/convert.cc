#include <gluino/base/convert.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <bit>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/elementwise/convert.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

void scale_pixels(const std::uint8_t* source, float* destination, std::int64_t n, float scale) {
  for (std::int64_t i = 0; i < n; ++i) destination[i] = static_cast<float>(source[i]) * scale;
}

// As BFloat16's constructor: to nearest even, NaN kept a quiet NaN.
void round_to_bfloat16(const float* source, std::uint16_t* destination, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const auto bits = std::bit_cast<std::uint32_t>(source[i]);
    const std::uint32_t rounded = (bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16;
    const bool nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
    destination[i] = static_cast<std::uint16_t>(nan ? bits >> 16 | 0x40U : rounded);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {

HWY_EXPORT(scale_pixels);
HWY_EXPORT(round_to_bfloat16);

void u8_to_float(const std::uint8_t* source, float* destination, std::int64_t n, float scale) {
  parallel_for(n, kCopyGrain, [&](std::int64_t begin, std::int64_t end) {
    HWY_DYNAMIC_DISPATCH(scale_pixels)(source + begin, destination + begin, end - begin, scale);
  });
}

void convert(const void* source, DType source_type, void* destination, DType destination_type,
             std::int64_t n) {
  if (n <= 0) return;
  if (source_type == destination_type) {
    std::memmove(destination, source, static_cast<std::size_t>(n) * size_of(source_type));
    return;
  }
  if (source_type == uint8 && destination_type == float32) {
    u8_to_float(static_cast<const std::uint8_t*>(source), static_cast<float*>(destination), n, 1);
    return;
  }
  if (source_type == float32 && destination_type == bfloat16) {
    const auto* from = static_cast<const float*>(source);
    auto* to = static_cast<std::uint16_t*>(destination);
    parallel_for(n, kCopyGrain, [&](std::int64_t begin, std::int64_t end) {
      HWY_DYNAMIC_DISPATCH(round_to_bfloat16)(from + begin, to + begin, end - begin);
    });
    return;
  }
  dispatch(source_type, [&]<class From>() {
    dispatch(destination_type, [&]<class To>() {
      const From* from = static_cast<const From*>(source);
      To* to = static_cast<To*>(destination);
      parallel_for(n, kMathGrain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) to[i] = gluino::convert<To>(from[i]);
      });
    });
  });
}

}  // namespace gluino::kernels
#endif
