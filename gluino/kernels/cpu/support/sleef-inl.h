// Vector functions of SLEEF (Shibata and Petrogalli, "SLEEF: A Portable Vectorized Library of C
// Standard Mathematical Functions", 2020), which err by at most one unit in the last place, for
// inclusion by sources that are compiled once per instruction set. Its header declares only what
// the compiler's own options allow, so the functions are declared here.
#if defined(GLUINO_KERNELS_CPU_SLEEF_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CPU_SLEEF_INL_H
#undef GLUINO_KERNELS_CPU_SLEEF_INL_H
#else
#define GLUINO_KERNELS_CPU_SLEEF_INL_H
#endif

#include <hwy/highway.h>

#include <cmath>
#include <limits>

// X(function, SLEEF's bound on its error), of one number and of two.
// clang-format off
#undef GLUINO_SLEEF_UNARY
#define GLUINO_SLEEF_UNARY(X)                                                              \
  X(sin, u10) X(cos, u10) X(tan, u10) X(asin, u10) X(acos, u10) X(atan, u10)               \
  X(sinh, u10) X(cosh, u10) X(asinh, u10) X(acosh, u10) X(atanh, u10)                      \
  X(cbrt, u10) X(log2, u10) X(log10, u10) X(erf, u10)
#undef GLUINO_SLEEF_BINARY
#define GLUINO_SLEEF_BINARY(X) X(pow, u10) X(atan2, u10) X(hypot, u05)
// clang-format on

// How SLEEF calls the vectors of this instruction set.
#undef GLUINO_SLEEF_FLOAT
#undef GLUINO_SLEEF_DOUBLE
#if HWY_TARGET == HWY_AVX3
#define GLUINO_SLEEF_FLOAT(name, bound) Sleef_##name##f16_##bound##avx512f
#define GLUINO_SLEEF_DOUBLE(name, bound) Sleef_##name##d8_##bound##avx512f
#elif HWY_TARGET == HWY_AVX2
#define GLUINO_SLEEF_FLOAT(name, bound) Sleef_##name##f8_##bound##avx2
#define GLUINO_SLEEF_DOUBLE(name, bound) Sleef_##name##d4_##bound##avx2
#elif HWY_TARGET == HWY_SSE2
#define GLUINO_SLEEF_FLOAT(name, bound) Sleef_##name##f4_##bound##sse2
#define GLUINO_SLEEF_DOUBLE(name, bound) Sleef_##name##d2_##bound##sse2
#elif HWY_TARGET == HWY_NEON
#define GLUINO_SLEEF_FLOAT(name, bound) Sleef_##name##f4_##bound##advsimd
#define GLUINO_SLEEF_DOUBLE(name, bound) Sleef_##name##d2_##bound##advsimd
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#ifdef GLUINO_SLEEF_FLOAT

using SleefFloats = decltype(hn::Vec<hn::ScalableTag<float>>::raw);
using SleefDoubles = decltype(hn::Vec<hn::ScalableTag<double>>::raw);

extern "C" {
#define GLUINO_DECLARE(name, bound)                         \
  SleefFloats GLUINO_SLEEF_FLOAT(name, bound)(SleefFloats); \
  SleefDoubles GLUINO_SLEEF_DOUBLE(name, bound)(SleefDoubles);
GLUINO_SLEEF_UNARY(GLUINO_DECLARE)
#undef GLUINO_DECLARE
#define GLUINO_DECLARE(name, bound)                                      \
  SleefFloats GLUINO_SLEEF_FLOAT(name, bound)(SleefFloats, SleefFloats); \
  SleefDoubles GLUINO_SLEEF_DOUBLE(name, bound)(SleefDoubles, SleefDoubles);
GLUINO_SLEEF_BINARY(GLUINO_DECLARE)
#undef GLUINO_DECLARE
}

#define GLUINO_DEFINE(name, bound)                       \
  template <class V>                                     \
  HWY_INLINE V sleef_##name(V x) {                       \
    if constexpr (sizeof(hn::TFromV<V>) == 4) {          \
      return V{GLUINO_SLEEF_FLOAT(name, bound)(x.raw)};  \
    } else {                                             \
      return V{GLUINO_SLEEF_DOUBLE(name, bound)(x.raw)}; \
    }                                                    \
  }
GLUINO_SLEEF_UNARY(GLUINO_DEFINE)
#undef GLUINO_DEFINE
#define GLUINO_DEFINE(name, bound)                              \
  template <class V>                                            \
  HWY_INLINE V sleef_##name(V a, V b) {                         \
    if constexpr (sizeof(hn::TFromV<V>) == 4) {                 \
      return V{GLUINO_SLEEF_FLOAT(name, bound)(a.raw, b.raw)};  \
    } else {                                                    \
      return V{GLUINO_SLEEF_DOUBLE(name, bound)(a.raw, b.raw)}; \
    }                                                           \
  }
GLUINO_SLEEF_BINARY(GLUINO_DEFINE)
#undef GLUINO_DEFINE

#else  // One number at a time, by the C library.

#define GLUINO_DEFINE(name, bound)                                            \
  template <class V>                                                          \
  HWY_INLINE V sleef_##name(V x) {                                            \
    using T = hn::TFromV<V>;                                                  \
    const hn::DFromV<V> d;                                                    \
    HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(T)];                             \
    hn::Store(x, d, lanes);                                                   \
    for (size_t i = 0; i < hn::Lanes(d); ++i) lanes[i] = std::name(lanes[i]); \
    return hn::Load(d, lanes);                                                \
  }
GLUINO_SLEEF_UNARY(GLUINO_DEFINE)
#undef GLUINO_DEFINE
#define GLUINO_DEFINE(name, bound)                                                       \
  template <class V>                                                                     \
  HWY_INLINE V sleef_##name(V a, V b) {                                                  \
    using T = hn::TFromV<V>;                                                             \
    const hn::DFromV<V> d;                                                               \
    HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(T)];                                        \
    HWY_ALIGN T others[HWY_MAX_BYTES / sizeof(T)];                                       \
    hn::Store(a, d, lanes);                                                              \
    hn::Store(b, d, others);                                                             \
    for (size_t i = 0; i < hn::Lanes(d); ++i) lanes[i] = std::name(lanes[i], others[i]); \
    return hn::Load(d, lanes);                                                           \
  }
GLUINO_SLEEF_BINARY(GLUINO_DEFINE)
#undef GLUINO_DEFINE

#endif

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#endif
