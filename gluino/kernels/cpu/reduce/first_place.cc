#include <gluino/kernels/cpu/reduce/first_place.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <algorithm>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/reduce/first_place.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_FIRST_PLACE_ONCE
#define GLUINO_KERNELS_FIRST_PLACE_ONCE
namespace gluino::kernels {

template <class T>
using FirstPlace = std::int64_t (*)(const T* x, std::int64_t n, T value);

struct FirstPlaces {
  FirstPlace<float> f32;
  FirstPlace<double> f64;
  FirstPlace<std::uint8_t> u8;
  FirstPlace<std::int8_t> i8;
  FirstPlace<std::int32_t> i32;
  FirstPlace<std::int64_t> i64;
};

}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The first of n > 0 elements that is it, or the last one: 8 vectors at a time, one, one element.
template <class T, class Mask, class IsIt>
std::int64_t find(const T* x, std::int64_t n, Mask mask, IsIt is_it) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + 8 * lanes <= n; i += 8 * lanes) {
    auto any = mask(hn::LoadU(d, x + i));
    for (std::int64_t j = 1; j < 8; ++j) any = hn::Or(any, mask(hn::LoadU(d, x + i + j * lanes)));
    if (!hn::AllFalse(d, any)) break;
  }
  for (; i + lanes <= n; i += lanes) {
    const std::int64_t place = hn::FindFirstTrue(d, mask(hn::LoadU(d, x + i)));
    if (place >= 0) return i + place;
  }
  while (i + 1 < n && !is_it(x[i])) ++i;
  return std::min(i, n - 1);
}

template <class T>
std::int64_t first_place_of(const T* x, std::int64_t n, T value) {
  const hn::ScalableTag<T> d;
  if (value != value) {
    const auto differs = [](auto v) HWY_ATTR { return hn::Not(hn::Eq(v, v)); };
    return find(x, n, differs, [](T other) { return other != other; });
  }
  const auto one = hn::Set(d, value);
  const auto equals = [one](auto v) HWY_ATTR { return hn::Eq(v, one); };
  return find(x, n, equals, [=](T other) { return other == value; });
}

const FirstPlaces* first_places_of_set() {
  static constexpr FirstPlaces places = {
      &first_place_of<float>,       &first_place_of<double>,       &first_place_of<std::uint8_t>,
      &first_place_of<std::int8_t>, &first_place_of<std::int32_t>, &first_place_of<std::int64_t>};
  return &places;
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {
GLUINO_CHOSEN(FirstPlaces, first_places, first_places_of_set)
}  // namespace

#define GLUINO_DEFINE(T, member)                                  \
  template <>                                                     \
  std::int64_t first_place(const T* x, std::int64_t n, T value) { \
    return first_places().member(x, n, value);                    \
  }
GLUINO_DEFINE(float, f32)
GLUINO_DEFINE(double, f64)
GLUINO_DEFINE(std::uint8_t, u8)
GLUINO_DEFINE(std::int8_t, i8)
GLUINO_DEFINE(std::int32_t, i32)
GLUINO_DEFINE(std::int64_t, i64)
#undef GLUINO_DEFINE

}  // namespace gluino::kernels
#endif
