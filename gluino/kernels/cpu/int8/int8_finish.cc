#include <gluino/kernels/cpu/int8/int8_finish.h>
#include <gluino/kernels/cpu/support/targets.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/int8/int8_finish.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <gluino/kernels/cpu/support/vectors-inl.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

void quantize(const float* x, std::uint8_t* q, std::int64_t n, const Int8Scale& scale) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> d32;
  const hn::Rebind<std::uint8_t, decltype(d)> d8;
  const auto factor = hn::Set(d, 1 / scale.scale);
  const auto least = hn::Set(d, static_cast<float>(-scale.zero_point));
  const auto most = hn::Set(d, static_cast<float>(255 - scale.zero_point));
  const auto zero = hn::Set(d32, scale.zero_point);
  for_vectors(d, n, [&](std::int64_t i, auto mask) {
    const auto value = hn::Mul(load(mask, d, x + i), factor);
    // In this order, so that NaN gives the bound.
    const auto bounded = hn::IfThenElse(hn::Ge(value, least), hn::Min(value, most), least);
    const auto bytes = hn::DemoteTo(d8, hn::Add(hn::NearestInt(bounded), zero));
    if constexpr (std::is_same_v<decltype(mask), Whole>) {
      hn::StoreU(bytes, d8, q + i);
    } else {
      HWY_ALIGN std::uint8_t lanes[HWY_MAX_BYTES];
      hn::StoreU(bytes, d8, lanes);
      for (std::size_t j = 0; j < mask.count; ++j) q[i + static_cast<std::int64_t>(j)] = lanes[j];
    }
  });
}

void finish(const Int8Windows& w, const Int8Epilogue& epilogue, float* out) {
  const hn::ScalableTag<std::int32_t> d32;
  const hn::RebindToFloat<decltype(d32)> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t row = w.positions * w.window_w * w.stride;
  for (std::int64_t p = 0; p < w.positions; ++p) {
    for (std::int64_t c = 0; c < w.columns; c += lanes) {
      const std::int32_t* from = w.sums + p * w.window_w * w.stride + c;
      auto sum = hn::LoadU(d32, from);
      for (std::int64_t i = 0; i < w.window_h; ++i) {
        for (std::int64_t j = 0; j < w.window_w; ++j) {
          sum = hn::Max(sum, hn::LoadU(d32, from + i * row + j * w.stride));
        }
      }
      const std::int64_t at = w.column + c;
      const auto exact = hn::ConvertTo(d, hn::Sub(sum, hn::LoadU(d32, epilogue.offset + at)));
      const auto value =
          hn::MulAdd(exact, hn::LoadU(d, epilogue.scale + at), hn::LoadU(d, epilogue.bias + at));
      hn::StoreU(value, d, out + p * w.columns + c);
    }
  }
}

}  // namespace
}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {

HWY_EXPORT(quantize);
HWY_EXPORT(finish);

void int8_quantize(const float* x, std::uint8_t* q, std::int64_t n, const Int8Scale& scale) {
  HWY_DYNAMIC_DISPATCH(quantize)(x, q, n, scale);
}

void int8_finish(const Int8Windows& windows, const Int8Epilogue& epilogue, float* out) {
  HWY_DYNAMIC_DISPATCH(finish)(windows, epilogue, out);
  if (epilogue.function == nullptr) return;
  epilogue.function->forward(out, out, windows.positions * windows.columns);
}

}  // namespace gluino::kernels
#endif  // HWY_ONCE
