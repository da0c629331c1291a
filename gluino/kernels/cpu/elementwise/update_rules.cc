#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/update_rules.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/elementwise/update_rules.cc"
#include <hwy/foreach_target.h>
// Highway's order: what is compiled once per instruction set comes after foreach_target.
#include <gluino/kernels/cpu/elementwise/update_vectors-inl.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_UPDATE_RULES_ONCE
#define GLUINO_KERNELS_UPDATE_RULES_ONCE
namespace gluino::kernels {

// The functions of one instruction set.
template <class T>
struct UpdateRanges {
  void (*nag)(T* w, const T* g, T* m, std::int64_t n, const NagStep& step);
  void (*rmsprop)(T* w, const T* g, T* s, std::int64_t n, const RmsPropStep& step);
  void (*rmsprop_centered)(T* w, const T* g, T* s, T* mean, T* delta, std::int64_t n,
                           const RmsPropStep& step);
  void (*adagrad)(T* w, const T* g, T* s, std::int64_t n, const AdaGradStep& step);
  void (*adadelta)(T* w, const T* g, T* s, T* delta, std::int64_t n, const AdaDeltaStep& step);
  void (*adamax)(T* w, const T* g, T* mean, T* most, std::int64_t n, const AdamaxStep& step);
  void (*ftrl)(T* w, const T* g, T* z, T* s, std::int64_t n, const FtrlStep& step);
  void (*signsgd)(T* w, const T* g, std::int64_t n, const SignumStep& step);
  void (*signum)(T* w, const T* g, T* m, std::int64_t n, const SignumStep& step);
};

}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

template <class T>
void nag(T* w, const T* g, T* m, std::int64_t n, const NagStep& step) {
  const hn::ScalableTag<T> d;
  const auto update = [&](auto& weight, auto grad, auto& momentum) HWY_ATTR {
    const auto rate = set(d, step.common.learning_rate);
    const auto decay = set(d, step.common.weight_decay);
    const auto head = rescaled(d, grad, step.common);
    const auto factor = set(d, step.momentum);
    const auto slowed = hn::Mul(factor, momentum);
    const auto move = hn::Mul(rate, hn::MulAdd(decay, weight, head));
    weight = hn::Add(weight, hn::MulSub(factor, hn::Sub(slowed, move), move));
    momentum = hn::NegMulAdd(rate, hn::MulAdd(decay, weight, head), slowed);
  };
  each_vector(w, g, n, update, m);
}

template <class T>
void rmsprop(T* w, const T* g, T* s, std::int64_t n, const RmsPropStep& step) {
  const hn::ScalableTag<T> d;
  const auto update = [&](auto& weight, auto grad, auto& square) HWY_ATTR {
    const auto head = decayed(d, grad, weight, step.common);
    square = blended(d, square, hn::Mul(head, head), step.gamma1);
    const auto root = hn::Sqrt(hn::Add(square, set(d, step.epsilon)));
    const auto move = hn::Div(hn::Mul(set(d, step.common.learning_rate), head), root);
    weight = clipped(d, hn::Sub(weight, move), step.clip_weights);
  };
  each_vector(w, g, n, update, s);
}

template <class T>
void rmsprop_centered(T* w, const T* g, T* s, T* mean, T* delta, std::int64_t n,
                      const RmsPropStep& step) {
  const hn::ScalableTag<T> d;
  const auto update = [&](auto& weight, auto grad, auto& square, auto& center,
                          auto& moved) HWY_ATTR {
    const auto head = decayed(d, grad, weight, step.common);
    square = blended(d, square, hn::Mul(head, head), step.gamma1);
    center = blended(d, center, head, step.gamma1);
    const auto variance = hn::NegMulAdd(center, center, square);
    const auto root = hn::Sqrt(hn::Add(variance, set(d, step.epsilon)));
    const auto move = hn::Div(hn::Mul(set(d, step.common.learning_rate), head), root);
    moved = hn::MulSub(set(d, step.gamma2), moved, move);
    weight = clipped(d, hn::Add(weight, moved), step.clip_weights);
  };
  each_vector(w, g, n, update, s, mean, delta);
}

template <class T>
void adagrad_beside_root(T* w, const T* g, T* s, std::int64_t n, const AdaGradStep& step) {
  const hn::ScalableTag<T> d;
  const auto update = [&](auto& weight, auto grad, auto& square) HWY_ATTR {
    const auto head =
        hn::MulAdd(set(d, step.common.weight_decay), weight, rescaled(d, grad, step.common));
    square = hn::MulAdd(head, head, square);
    const auto root = hn::Add(hn::Sqrt(square), set(d, step.beside_root));
    weight = hn::NegMulAdd(set(d, step.common.learning_rate), hn::Div(head, root), weight);
  };
  each_vector(w, g, n, update, s);
}

template <class T>
void adagrad(T* w, const T* g, T* s, std::int64_t n, const AdaGradStep& step) {
  if (step.beside_root >= 0) return adagrad_beside_root(w, g, s, n, step);
  const hn::ScalableTag<T> d;
  const auto update = [&](auto& weight, auto grad, auto& square) HWY_ATTR {
    const auto head = rescaled(d, grad, step.common);
    square = hn::MulAdd(head, head, square);
    const auto root = hn::Sqrt(hn::Add(square, set(d, step.epsilon)));
    const auto move = hn::MulAdd(set(d, step.common.weight_decay), weight, hn::Div(head, root));
    weight = hn::NegMulAdd(set(d, step.common.learning_rate), move, weight);
  };
  each_vector(w, g, n, update, s);
}

template <class T>
void adadelta(T* w, const T* g, T* s, T* delta, std::int64_t n, const AdaDeltaStep& step) {
  const hn::ScalableTag<T> d;
  const auto update = [&](auto& weight, auto grad, auto& square, auto& moved) HWY_ATTR {
    const auto head = rescaled(d, grad, step.common);
    const auto epsilon = set(d, step.epsilon);
    square = blended(d, square, hn::Mul(head, head), step.rho);
    const auto ratio =
        hn::Div(hn::Sqrt(hn::Add(moved, epsilon)), hn::Sqrt(hn::Add(square, epsilon)));
    const auto move = hn::Mul(ratio, head);
    moved = blended(d, moved, hn::Mul(move, move), step.rho);
    const auto decay = hn::Mul(set(d, step.common.weight_decay), weight);
    weight = hn::Sub(weight, hn::Add(move, decay));
  };
  each_vector(w, g, n, update, s, delta);
}

template <class T>
void adamax(T* w, const T* g, T* mean, T* most, std::int64_t n, const AdamaxStep& step) {
  const hn::ScalableTag<T> d;
  const bool has_epsilon = step.epsilon >= 0;
  const auto update = [&](auto& weight, auto grad, auto& first, auto& largest) HWY_ATTR {
    const auto head = has_epsilon ? hn::MulAdd(set(d, step.common.weight_decay), weight,
                                               rescaled(d, grad, step.common))
                                  : decayed(d, grad, weight, step.common);
    first = blended(d, first, head, step.beta1);
    largest = hn::Max(hn::Mul(set(d, step.beta2), largest), hn::Abs(head));
    const auto divisor = has_epsilon ? hn::Add(largest, set(d, step.epsilon)) : largest;
    const auto move = hn::Div(hn::Mul(set(d, step.common.learning_rate), first), divisor);
    const auto still = hn::Eq(divisor, hn::Zero(d));
    weight = hn::Sub(weight, hn::IfThenElse(still, hn::Zero(d), move));
  };
  each_vector(w, g, n, update, mean, most);
}

template <class T>
void ftrl(T* w, const T* g, T* z, T* s, std::int64_t n, const FtrlStep& step) {
  const hn::ScalableTag<T> d;
  const auto update = [&](auto& weight, auto grad, auto& sum, auto& square) HWY_ATTR {
    const auto head = rescaled(d, grad, step.common);
    const auto rate = set(d, step.common.learning_rate);
    const auto grown = hn::MulAdd(head, head, square);
    const auto change = hn::Sub(hn::Sqrt(grown), hn::Sqrt(square));
    sum = hn::Add(sum, hn::Sub(head, hn::Div(hn::Mul(change, weight), rate)));
    square = grown;
    const auto bound = set(d, step.lamda1);
    const auto slope = hn::Add(hn::Div(hn::Add(set(d, step.beta), hn::Sqrt(square)), rate),
                               set(d, step.common.weight_decay));
    const auto fresh = hn::Div(hn::Sub(hn::Mul(sign(d, sum), bound), sum), slope);
    weight = hn::IfThenElse(hn::Le(hn::Abs(sum), bound), hn::Zero(d), fresh);
  };
  each_vector(w, g, n, update, z, s);
}

template <class T>
void signsgd(T* w, const T* g, std::int64_t n, const SignumStep& step) {
  const hn::ScalableTag<T> d;
  const CommonStep& common = step.common;
  const auto keep = set(d, 1 - common.learning_rate * common.weight_decay);
  const auto update = [&](auto& weight, auto grad) HWY_ATTR {
    const auto direction = sign(d, hn::Mul(set(d, common.rescale_gradient), grad));
    weight = hn::NegMulAdd(set(d, common.learning_rate), direction, hn::Mul(keep, weight));
  };
  each_vector(w, g, n, update);
}

template <class T>
void signum(T* w, const T* g, T* m, std::int64_t n, const SignumStep& step) {
  const hn::ScalableTag<T> d;
  const CommonStep& common = step.common;
  const auto keep = set(d, 1 - common.learning_rate * step.wd_lh);
  const auto update = [&](auto& weight, auto grad, auto& momentum) HWY_ATTR {
    const auto head = hn::MulAdd(set(d, common.weight_decay), weight, rescaled(d, grad, common));
    momentum = blended(d, momentum, hn::Neg(head), step.momentum);
    weight = hn::MulAdd(set(d, common.learning_rate), sign(d, momentum), hn::Mul(keep, weight));
  };
  each_vector(w, g, n, update, m);
}

template <class T>
const UpdateRanges<T>* update_ranges() {
  static constexpr UpdateRanges<T> ranges = {&nag<T>,     &rmsprop<T>,  &rmsprop_centered<T>,
                                             &adagrad<T>, &adadelta<T>, &adamax<T>,
                                             &ftrl<T>,    &signsgd<T>,  &signum<T>};
  return &ranges;
}
const UpdateRanges<float>* update_ranges_float() { return update_ranges<float>(); }
const UpdateRanges<double>* update_ranges_double() { return update_ranges<double>(); }

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

GLUINO_CHOSEN_TABLE(UpdateRanges, ranges, update_ranges_float, update_ranges_double)

// Runs a range function on parts of the arrays.
template <class T, class Range, class Step, class... States>
void in_parts(Range range, T* w, const T* g, std::int64_t n, const Step& step, States*... states) {
  parallel_for(n, kMathGrain, [&](std::int64_t begin, std::int64_t end) {
    range(w + begin, g + begin, (states + begin)..., end - begin, step);
  });
}

}  // namespace

template <class T>
void nag_update(T* w, const T* g, T* m, std::int64_t n, const NagStep& step) {
  in_parts(ranges<T>().nag, w, g, n, step, m);
}
template <class T>
void rmsprop_update(T* w, const T* g, T* s, std::int64_t n, const RmsPropStep& step) {
  in_parts(ranges<T>().rmsprop, w, g, n, step, s);
}
template <class T>
void rmsprop_centered_update(T* w, const T* g, T* s, T* mean, T* delta, std::int64_t n,
                             const RmsPropStep& step) {
  in_parts(ranges<T>().rmsprop_centered, w, g, n, step, s, mean, delta);
}
template <class T>
void adagrad_update(T* w, const T* g, T* s, std::int64_t n, const AdaGradStep& step) {
  in_parts(ranges<T>().adagrad, w, g, n, step, s);
}
template <class T>
void adadelta_update(T* w, const T* g, T* s, T* delta, std::int64_t n, const AdaDeltaStep& step) {
  in_parts(ranges<T>().adadelta, w, g, n, step, s, delta);
}
template <class T>
void adamax_update(T* w, const T* g, T* mean, T* most, std::int64_t n, const AdamaxStep& step) {
  in_parts(ranges<T>().adamax, w, g, n, step, mean, most);
}
template <class T>
void ftrl_update(T* w, const T* g, T* z, T* s, std::int64_t n, const FtrlStep& step) {
  in_parts(ranges<T>().ftrl, w, g, n, step, z, s);
}
template <class T>
void signsgd_update(T* w, const T* g, std::int64_t n, const SignumStep& step) {
  in_parts(ranges<T>().signsgd, w, g, n, step);
}
template <class T>
void signum_update(T* w, const T* g, T* m, std::int64_t n, const SignumStep& step) {
  in_parts(ranges<T>().signum, w, g, n, step, m);
}

#define GLUINO_DEFINE(T)                                                                  \
  template void nag_update(T*, const T*, T*, std::int64_t, const NagStep&);               \
  template void rmsprop_update(T*, const T*, T*, std::int64_t, const RmsPropStep&);       \
  template void rmsprop_centered_update(T*, const T*, T*, T*, T*, std::int64_t,           \
                                        const RmsPropStep&);                              \
  template void adagrad_update(T*, const T*, T*, std::int64_t, const AdaGradStep&);       \
  template void adadelta_update(T*, const T*, T*, T*, std::int64_t, const AdaDeltaStep&); \
  template void adamax_update(T*, const T*, T*, T*, std::int64_t, const AdamaxStep&);     \
  template void ftrl_update(T*, const T*, T*, T*, std::int64_t, const FtrlStep&);         \
  template void signsgd_update(T*, const T*, std::int64_t, const SignumStep&);            \
  template void signum_update(T*, const T*, T*, std::int64_t, const SignumStep&);
GLUINO_DEFINE(float)
GLUINO_DEFINE(double)
#undef GLUINO_DEFINE

}  // namespace gluino::kernels
#endif
