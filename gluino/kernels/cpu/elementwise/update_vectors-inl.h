// What the steps of optimizers are made of, for inclusion by sources that are compiled once per
// instruction set.
#if defined(GLUINO_KERNELS_CPU_UPDATE_VECTORS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CPU_UPDATE_VECTORS_INL_H
#undef GLUINO_KERNELS_CPU_UPDATE_VECTORS_INL_H
#else
#define GLUINO_KERNELS_CPU_UPDATE_VECTORS_INL_H
#endif

#include <gluino/kernels/cpu/elementwise/update_rules.h>
#include <gluino/kernels/cpu/support/vectors-inl.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

// An unbounded clip has an infinite bound; NaN passes either way, so that a diverged run shows.
template <class D, class V>
HWY_INLINE V clipped(D d, V x, double clip) {
  if (clip < 0) return x;
  const V bound = hn::Set(d, static_cast<hn::TFromD<D>>(clip));
  return hn::IfThenElse(hn::Gt(hn::Abs(x), bound), hn::CopySign(bound, x), x);
}

template <class D>
HWY_INLINE hn::Vec<D> set(D d, double value) {
  return hn::Set(d, static_cast<hn::TFromD<D>>(value));
}

// clip(g)
template <class D, class V>
HWY_INLINE V rescaled(D d, V g, const CommonStep& step) {
  return clipped(d, hn::Mul(set(d, step.rescale_gradient), g), step.clip_gradient);
}

// clip(g + wd * w)
template <class D, class V>
HWY_INLINE V decayed(D d, V g, V w, const CommonStep& step) {
  const V decay = hn::Mul(set(d, step.weight_decay), w);
  return clipped(d, hn::MulAdd(set(d, step.rescale_gradient), g, decay), step.clip_gradient);
}

// part * old + (1 - part) * fresh
template <class D, class V>
HWY_INLINE V blended(D d, V old, V fresh, double part) {
  return hn::MulAdd(set(d, part), old, hn::Mul(set(d, 1 - part), fresh));
}

template <class D, class V>
HWY_INLINE V sign(D d, V x) {
  const V one = hn::CopySign(set(d, 1), x);
  return hn::IfThenElse(hn::Gt(hn::Abs(x), hn::Zero(d)), one, hn::Zero(d));
}

// Calls f(w, g, states...) with vectors that cover n elements; f changes w and the states.
template <class T, class F, class... States>
HWY_INLINE void each_vector(T* w, const T* g, std::int64_t n, F f, States*... states) {
  const hn::ScalableTag<T> d;
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    auto weight = load(mask, d, w + i);
    const auto change = [&](auto... values) HWY_ATTR {
      f(weight, load(mask, d, g + i), values...);
      (store(values, mask, d, states + i), ...);
    };
    change(load(mask, d, states + i)...);
    store(weight, mask, d, w + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#endif
