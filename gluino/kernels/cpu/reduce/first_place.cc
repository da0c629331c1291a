#include <gluino/kernels/cpu/reduce/first_place.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <type_traits>

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

// The first block of `size` elements from i on in which one is it, without branches inside, so that
// the compiler makes vectors of it.
template <int size, class T, class IsIt>
std::int64_t first_block(const T* x, std::int64_t i, std::int64_t n, IsIt is_it) {
  using Lane = std::conditional_t<sizeof(T) == 1, std::uint8_t,
                                  std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;
  for (; i + size <= n; i += size) {
    Lane any = 0;
    for (std::int64_t j = i; j < i + size; ++j) any |= static_cast<Lane>(is_it(x[j]) ? 1 : 0);
    if (any != 0) break;
  }
  return i;
}

template <class T, class IsIt>
std::int64_t find(const T* x, std::int64_t n, IsIt is_it) {
  constexpr int kLine = static_cast<int>(64 / sizeof(T));
  std::int64_t i = first_block<16 * kLine>(x, 0, n, is_it);
  i = first_block<kLine>(x, i, n, is_it);
  while (i + 1 < n && !is_it(x[i])) ++i;
  return i;
}

template <class T>
std::int64_t first_place_of(const T* x, std::int64_t n, T value) {
  if (value != value) return find(x, n, [](T other) { return other != other; });
  return find(x, n, [=](T other) { return other == value; });
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
