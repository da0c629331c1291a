#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/questions.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <cmath>
#include <limits>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/elementwise/questions.cc"
#include <hwy/foreach_target.h>
// Highway's order: what is compiled once per instruction set comes after foreach_target.
#include <gluino/kernels/cpu/support/truths-inl.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_QUESTIONS_ONCE
#define GLUINO_KERNELS_QUESTIONS_ONCE
namespace gluino::kernels {

template <class T>
struct Questions {
#define GLUINO_MEMBER(name) void (*name)(const T* x, bool* truths, std::int64_t n);
  GLUINO_QUESTIONS(GLUINO_MEMBER)
#undef GLUINO_MEMBER
};

}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

// Each question of one number, and of a vector. NaN lies on no side of infinity.
#define GLUINO_QUESTION(name, of_number, of_vector)                           \
  struct name##_question {                                                    \
    template <class T>                                                        \
    static bool holds(T x) {                                                  \
      [[maybe_unused]] constexpr T kEnd = std::numeric_limits<T>::infinity(); \
      return of_number;                                                       \
    }                                                                         \
    template <class V>                                                        \
    static HWY_INLINE auto mask(V x, [[maybe_unused]] V end) {                \
      return of_vector;                                                       \
    }                                                                         \
  };
GLUINO_QUESTION(is_nan, x != x, hn::Not(hn::Eq(x, x)))
GLUINO_QUESTION(is_infinite, std::abs(x) == kEnd, hn::Eq(hn::Abs(x), end))
GLUINO_QUESTION(is_finite, std::abs(x) < kEnd, hn::Lt(hn::Abs(x), end))
#undef GLUINO_QUESTION

template <class Q, class T>
void ask(const T* __restrict x, bool* __restrict out, std::int64_t n) {
  if constexpr (kHasBitMasks) {
    const hn::ScalableTag<T> d;
    const auto end = hn::Set(d, std::numeric_limits<T>::infinity());
    for_vectors(d, n, [&](std::int64_t i, auto part) HWY_ATTR {
      store_truths(Q::mask(load(part, d, x + i), end), part, d, out + i);
    });
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i] = Q::holds(x[i]);
  }
}

template <class T>
const Questions<T>* questions_of() {
#define GLUINO_ENTRY(name) &ask<name##_question, T>,
  static constexpr Questions<T> questions = {GLUINO_QUESTIONS(GLUINO_ENTRY)};
#undef GLUINO_ENTRY
  return &questions;
}
const Questions<float>* questions_float() { return questions_of<float>(); }
const Questions<double>* questions_double() { return questions_of<double>(); }

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

GLUINO_CHOSEN_TABLE(Questions, questions, questions_float, questions_double)

}  // namespace

#define GLUINO_DEFINE(name)                                                 \
  template <class T>                                                        \
  void name(const T* x, bool* truths, std::int64_t n) {                     \
    const auto ask = questions<T>().name;                                   \
    parallel_for(n, kCopyGrain, [&](std::int64_t begin, std::int64_t end) { \
      ask(x + begin, truths + begin, end - begin);                          \
    });                                                                     \
  }                                                                         \
  template void name<float>(const float* x, bool* truths, std::int64_t n);  \
  template void name<double>(const double* x, bool* truths, std::int64_t n);
GLUINO_QUESTIONS(GLUINO_DEFINE)
#undef GLUINO_DEFINE

}  // namespace gluino::kernels
#endif
