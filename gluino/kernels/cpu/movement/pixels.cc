#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/movement/pixels.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/movement/pixels.cc"
#include <hwy/foreach_target.h>
// Highway's order: what is compiled once per instruction set comes after foreach_target.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// A true division: times 1/255 would round some values otherwise than `x.astype(float32) / 255`.
void unit_range(const std::uint8_t* in, float* out, std::int64_t n) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<std::int32_t, decltype(d)> d32;
  const hn::Rebind<std::uint8_t, decltype(d)> d8;
  const auto full = hn::Set(d, 255.0F);
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto x = hn::ConvertTo(d, hn::PromoteTo(d32, hn::LoadU(d8, in + i)));
    hn::StoreU(hn::Div(x, full), d, out + i);
  }
  for (; i < n; ++i) out[i] = static_cast<float>(in[i]) / 255.0F;
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

HWY_EXPORT(unit_range);

}  // namespace

void to_unit_planes(const std::uint8_t* in, float* out, const ImageBlock& block) {
  if (block.channels == 1) {
    parallel_for(block.count * block.pixels, kernels::kCopyGrain,
                 [&](std::int64_t begin, std::int64_t end) {
                   HWY_DYNAMIC_DISPATCH(unit_range)(in + begin, out + begin, end - begin);
                 });
    return;
  }
  const std::int64_t size = block.pixels * block.channels;
  if (size == 0) return;
  const std::int64_t images = kernels::row_grain(size, kernels::kCopyGrain);
  parallel_for(block.count, images, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t plane = begin * block.channels; plane < end * block.channels; ++plane) {
      const std::uint8_t* from = in + plane / block.channels * size + plane % block.channels;
      float* to = out + plane * block.pixels;
      for (std::int64_t p = 0; p < block.pixels; ++p) {
        to[p] = static_cast<float>(from[p * block.channels]) / 255.0F;
      }
    }
  });
}

}  // namespace gluino::kernels
#endif
