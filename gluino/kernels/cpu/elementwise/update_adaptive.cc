#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/update_adaptive.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/elementwise/update_adaptive.cc"
#include <hwy/foreach_target.h>
// Highway's order: what is compiled once per instruction set comes after foreach_target.
#include <gluino/kernels/cpu/elementwise/update_vectors-inl.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_UPDATE_ADAPTIVE_ONCE
#define GLUINO_KERNELS_UPDATE_ADAPTIVE_ONCE
namespace gluino::kernels {

// The functions of one instruction set.
template <class T>
struct AdaptiveRanges {
  void (*adamw)(T* w, const T* g, T* mean, T* var, std::int64_t n, const AdamWStep& step);
  void (*adabelief)(T* w, const T* g, T* mean, T* var, std::int64_t n, const AdamWStep& step);
  void (*lamb)(const T* w, const T* g, T* mean, T* var, T* direction, std::int64_t n,
               const LambStep& step);
  void (*lans)(const T* w, const T* g, T* mean, T* var, T* direction, T* along_gradient,
               std::int64_t n, const LambStep& step);
  void (*ftml)(T* w, const T* g, T* d, T* v, T* z, std::int64_t n, const FtmlStep& step);
  void (*descend)(T* w, const T* g, std::int64_t n, double rate);
};

}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

template <class T>
void adamw(T* w, const T* g, T* mean, T* var, std::int64_t n, const AdamWStep& step) {
  const hn::ScalableTag<T> d;
  const auto update = [&](auto& weight, auto grad, auto& first, auto& second) HWY_ATTR {
    const auto head = rescaled(d, grad, step.common);
    first = blended(d, first, head, step.beta1);
    second = blended(d, second, hn::Mul(head, head), step.beta2);
    const auto root = hn::Add(hn::Sqrt(second), set(d, step.epsilon));
    const auto move = hn::Div(hn::Mul(set(d, step.common.learning_rate), first), root);
    const auto whole = hn::MulAdd(set(d, step.common.weight_decay), weight, move);
    weight = hn::NegMulAdd(set(d, step.eta), whole, weight);
  };
  each_vector(w, g, n, update, mean, var);
}

template <class T>
void adabelief(T* w, const T* g, T* mean, T* var, std::int64_t n, const AdamWStep& step) {
  const hn::ScalableTag<T> d;
  const auto update = [&](auto& weight, auto grad, auto& first, auto& second) HWY_ATTR {
    const auto head = decayed(d, grad, weight, step.common);
    first = blended(d, first, head, step.beta1);
    const auto surprise = hn::Sub(head, first);
    second =
        hn::Add(blended(d, second, hn::Mul(surprise, surprise), step.beta2), set(d, step.epsilon));
    const auto root = hn::Add(hn::Sqrt(second), set(d, step.epsilon));
    const auto move = hn::Div(hn::Mul(set(d, step.common.learning_rate), first), root);
    weight = hn::NegMulAdd(set(d, step.eta), move, weight);
  };
  each_vector(w, g, n, update, mean, var);
}

template <class T>
void lamb(const T* w, const T* g, T* mean, T* var, T* direction, std::int64_t n,
          const LambStep& step) {
  const hn::ScalableTag<T> d;
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    const auto head = rescaled(d, load(mask, d, g + i), step.common);
    const auto first = blended(d, load(mask, d, mean + i), head, step.beta1);
    const auto second = blended(d, load(mask, d, var + i), hn::Mul(head, head), step.beta2);
    const auto spread = hn::Sqrt(hn::Mul(set(d, step.var_scale), second));
    const auto move =
        hn::Div(hn::Mul(set(d, step.mean_scale), first), hn::Add(spread, set(d, step.epsilon)));
    store(first, mask, d, mean + i);
    store(second, mask, d, var + i);
    store(hn::MulAdd(set(d, step.common.weight_decay), load(mask, d, w + i), move), mask, d,
          direction + i);
  });
}

template <class T>
void lans(const T* w, const T* g, T* mean, T* var, T* direction, T* along_gradient, std::int64_t n,
          const LambStep& step) {
  const hn::ScalableTag<T> d;
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    const auto head = rescaled(d, load(mask, d, g + i), step.common);
    const auto first = blended(d, load(mask, d, mean + i), head, step.beta1);
    const auto second = blended(d, load(mask, d, var + i), hn::Mul(head, head), step.beta2);
    const auto root =
        hn::Add(hn::Sqrt(hn::Mul(set(d, step.var_scale), second)), set(d, step.epsilon));
    const auto decay = hn::Mul(set(d, step.common.weight_decay), load(mask, d, w + i));
    store(first, mask, d, mean + i);
    store(second, mask, d, var + i);
    store(hn::Add(hn::Div(hn::Mul(set(d, step.mean_scale), first), root), decay), mask, d,
          direction + i);
    store(hn::Add(hn::Div(head, root), decay), mask, d, along_gradient + i);
  });
}

template <class T>
void ftml(T* w, const T* g, T* scale, T* v, T* z, std::int64_t n, const FtmlStep& step) {
  const hn::ScalableTag<T> d;
  const double t = static_cast<double>(step.t);
  const double of_scale = (1 - std::pow(step.beta1, t)) / step.common.learning_rate;
  const double of_square = 1 / (1 - std::pow(step.beta2, t));
  const auto update = [&](auto& weight, auto grad, auto& old, auto& square, auto& sum) HWY_ATTR {
    const auto head = decayed(d, grad, weight, step.common);
    square = blended(d, square, hn::Mul(head, head), step.beta2);
    const auto root = hn::Sqrt(hn::Mul(set(d, of_square), square));
    const auto fresh = hn::Mul(set(d, of_scale), hn::Add(root, set(d, step.epsilon)));
    const auto change = hn::NegMulAdd(set(d, step.beta1), old, fresh);
    sum = hn::NegMulAdd(change, weight, blended(d, sum, head, step.beta1));
    old = fresh;
    weight = hn::Neg(hn::Div(sum, fresh));
  };
  each_vector(w, g, n, update, scale, v, z);
}

template <class T>
void descend_range(T* w, const T* g, std::int64_t n, double rate) {
  const hn::ScalableTag<T> d;
  each_vector(w, g, n, [&](auto& weight, auto grad) HWY_ATTR {
    weight = hn::NegMulAdd(set(d, rate), grad, weight);
  });
}

template <class T>
const AdaptiveRanges<T>* adaptive_ranges() {
  static constexpr AdaptiveRanges<T> ranges = {&adamw<T>, &adabelief<T>, &lamb<T>,
                                               &lans<T>,  &ftml<T>,      &descend_range<T>};
  return &ranges;
}
const AdaptiveRanges<float>* adaptive_ranges_float() { return adaptive_ranges<float>(); }
const AdaptiveRanges<double>* adaptive_ranges_double() { return adaptive_ranges<double>(); }

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

GLUINO_CHOSEN_TABLE(AdaptiveRanges, ranges, adaptive_ranges_float, adaptive_ranges_double)

}  // namespace

template <class T>
void adamw_update(T* w, const T* g, T* mean, T* var, std::int64_t n, const AdamWStep& step) {
  parallel_for(n, kMathGrain, [&](std::int64_t i, std::int64_t end) {
    ranges<T>().adamw(w + i, g + i, mean + i, var + i, end - i, step);
  });
}
template <class T>
void adabelief_update(T* w, const T* g, T* mean, T* var, std::int64_t n, const AdamWStep& step) {
  parallel_for(n, kMathGrain, [&](std::int64_t i, std::int64_t end) {
    ranges<T>().adabelief(w + i, g + i, mean + i, var + i, end - i, step);
  });
}
template <class T>
void lamb_direction(const T* w, const T* g, T* mean, T* var, T* direction, std::int64_t n,
                    const LambStep& step) {
  parallel_for(n, kMathGrain, [&](std::int64_t i, std::int64_t end) {
    ranges<T>().lamb(w + i, g + i, mean + i, var + i, direction + i, end - i, step);
  });
}
template <class T>
void lans_directions(const T* w, const T* g, T* mean, T* var, T* direction, T* along_gradient,
                     std::int64_t n, const LambStep& step) {
  parallel_for(n, kMathGrain, [&](std::int64_t i, std::int64_t end) {
    ranges<T>().lans(w + i, g + i, mean + i, var + i, direction + i, along_gradient + i, end - i,
                     step);
  });
}
template <class T>
void ftml_update(T* w, const T* g, T* d, T* v, T* z, std::int64_t n, const FtmlStep& step) {
  parallel_for(n, kMathGrain, [&](std::int64_t i, std::int64_t end) {
    ranges<T>().ftml(w + i, g + i, d + i, v + i, z + i, end - i, step);
  });
}
template <class T>
void descend(T* w, const T* g, std::int64_t n, double rate) {
  parallel_for(n, kMathGrain, [&](std::int64_t i, std::int64_t end) {
    ranges<T>().descend(w + i, g + i, end - i, rate);
  });
}

#define GLUINO_DEFINE(T)                                                                       \
  template void adamw_update(T*, const T*, T*, T*, std::int64_t, const AdamWStep&);            \
  template void adabelief_update(T*, const T*, T*, T*, std::int64_t, const AdamWStep&);        \
  template void lans_directions(const T*, const T*, T*, T*, T*, T*, std::int64_t,              \
                                const LambStep&);                                              \
  template void lamb_direction(const T*, const T*, T*, T*, T*, std::int64_t, const LambStep&); \
  template void ftml_update(T*, const T*, T*, T*, T*, std::int64_t, const FtmlStep&);          \
  template void descend(T*, const T*, std::int64_t, double);
GLUINO_DEFINE(float)
GLUINO_DEFINE(double)
#undef GLUINO_DEFINE

}  // namespace gluino::kernels
#endif
