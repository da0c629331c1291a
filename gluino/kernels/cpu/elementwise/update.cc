#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/update.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/elementwise/update.cc"
#include <hwy/foreach_target.h>
// Highway's order: what is compiled once per instruction set comes after foreach_target.
#include <gluino/kernels/cpu/support/vectors-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// No bound is an infinite one; NaN passes either way, so that a diverged run shows.
template <class T>
T bound_of(double clip) {
  return clip < 0 ? std::numeric_limits<T>::infinity() : static_cast<T>(clip);
}

template <class T>
HWY_INLINE T clip(T g, T bound) {
  g = g > bound ? bound : g;
  return g < -bound ? -bound : g;
}

// Plain loops, which the compiler turns into vectors.
template <class T>
void sgd_range(T* HWY_RESTRICT w, const T* HWY_RESTRICT g, T* HWY_RESTRICT m, std::int64_t n,
               const SgdStep& step) {
  const T rate = static_cast<T>(step.learning_rate);
  const T momentum = static_cast<T>(step.momentum);
  const T decay = static_cast<T>(step.weight_decay);
  const T rescale = static_cast<T>(step.rescale_gradient);
  const T bound = bound_of<T>(step.clip_gradient);
  if (m == nullptr) {
    for (std::int64_t i = 0; i < n; ++i) {
      w[i] -= rate * (clip(rescale * g[i], bound) + decay * w[i]);
    }
    return;
  }
  for (std::int64_t i = 0; i < n; ++i) {
    const T moved = momentum * m[i] - rate * (clip(rescale * g[i], bound) + decay * w[i]);
    m[i] = moved;
    w[i] += moved;
  }
}

// With Highway, because compilers leave sqrt, which may set errno, out of vectors.
template <class T>
void adam_range(T* w, const T* g, T* mean, T* var, std::int64_t n, const AdamStep& step) {
  const hn::ScalableTag<T> d;
  const auto set = [d](double value) HWY_ATTR { return hn::Set(d, static_cast<T>(value)); };
  const auto rate = set(step.learning_rate), epsilon = set(step.epsilon);
  const auto beta1 = set(step.beta1), rest1 = set(1 - step.beta1);
  const auto beta2 = set(step.beta2), rest2 = set(1 - step.beta2);
  const auto decay = set(step.weight_decay), rescale = set(step.rescale_gradient);
  const auto bound = hn::Set(d, bound_of<T>(step.clip_gradient));
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    const auto old = load(mask, d, w + i);
    auto head = hn::MulAdd(rescale, load(mask, d, g + i), hn::Mul(decay, old));
    head = hn::IfThenElse(hn::Gt(hn::Abs(head), bound), hn::CopySign(bound, head), head);
    const auto first = hn::MulAdd(beta1, load(mask, d, mean + i), hn::Mul(rest1, head));
    const auto second =
        hn::MulAdd(beta2, load(mask, d, var + i), hn::Mul(rest2, hn::Mul(head, head)));
    const auto moved = hn::Div(hn::Mul(rate, first), hn::Add(hn::Sqrt(second), epsilon));
    store(first, mask, d, mean + i);
    store(second, mask, d, var + i);
    store(hn::Sub(old, moved), mask, d, w + i);
  });
}

#define GLUINO_RANGES(T, suffix)                                                                \
  void sgd_##suffix(T* w, const T* g, T* m, std::int64_t n, const SgdStep& step) {              \
    sgd_range(w, g, m, n, step);                                                                \
  }                                                                                             \
  void adam_##suffix(T* w, const T* g, T* mean, T* var, std::int64_t n, const AdamStep& step) { \
    adam_range(w, g, mean, var, n, step);                                                       \
  }
GLUINO_RANGES(float, float)
GLUINO_RANGES(double, double)
#undef GLUINO_RANGES

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {

HWY_EXPORT(sgd_float);
HWY_EXPORT(sgd_double);
HWY_EXPORT(adam_float);
HWY_EXPORT(adam_double);

template <class T>
void sgd_update(T* w, const T* g, T* m, std::int64_t n, const SgdStep& step) {
  parallel_for(n, kMathGrain, [&](std::int64_t begin, std::int64_t end) {
    T* momentum = m == nullptr ? nullptr : m + begin;
    if constexpr (sizeof(T) == 4) {
      HWY_DYNAMIC_DISPATCH(sgd_float)(w + begin, g + begin, momentum, end - begin, step);
    } else {
      HWY_DYNAMIC_DISPATCH(sgd_double)(w + begin, g + begin, momentum, end - begin, step);
    }
  });
}

template <class T>
void adam_update(T* w, const T* g, T* mean, T* var, std::int64_t n, const AdamStep& step) {
  parallel_for(n, kMathGrain, [&](std::int64_t b, std::int64_t end) {
    if constexpr (sizeof(T) == 4) {
      HWY_DYNAMIC_DISPATCH(adam_float)(w + b, g + b, mean + b, var + b, end - b, step);
    } else {
      HWY_DYNAMIC_DISPATCH(adam_double)(w + b, g + b, mean + b, var + b, end - b, step);
    }
  });
}

template void sgd_update(float*, const float*, float*, std::int64_t, const SgdStep&);
template void sgd_update(double*, const double*, double*, std::int64_t, const SgdStep&);
template void adam_update(float*, const float*, float*, float*, std::int64_t, const AdamStep&);
template void adam_update(double*, const double*, double*, double*, std::int64_t, const AdamStep&);

}  // namespace gluino::kernels
#endif
