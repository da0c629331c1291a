#pragma once

#include <cstdint>

/// Steps of the optimizers beyond update.h, in place, for n elements; T is float or double. States
/// begin as zeros. The formulas are MXNet's.
namespace gluino::kernels {

/// What all steps have. In the formulas g is the gradient times rescale_gradient; clip bounds the
/// magnitude of what it is applied to.
struct CommonStep {
  double learning_rate = 0.01;
  double weight_decay = 0;
  double rescale_gradient = 1;
  double clip_gradient = -1;  ///< negative: no bound
};

struct NagStep {
  CommonStep common;
  double momentum = 0;
};

/// h = clip(g) + wd * w; w += momentum * (momentum * m - lr * h) - lr * h;
/// m = momentum * m - lr * (clip(g) + wd * w): as in MXNet, what stays has the new weight's decay.
template <class T>
void nag_update(T* w, const T* g, T* m, std::int64_t n, const NagStep& step);

struct RmsPropStep {
  CommonStep common;
  double gamma1 = 0.9;
  double gamma2 = 0.9;  ///< of the centered form
  double epsilon = 1e-8;
  double clip_weights = -1;  ///< bounds the weights' magnitude; negative: no bound
};

/// h = clip(g + wd * w); s = gamma1 * s + (1 - gamma1) * h^2; w -= lr * h / sqrt(s + epsilon).
template <class T>
void rmsprop_update(T* w, const T* g, T* s, std::int64_t n, const RmsPropStep& step);

/// h and s as above; mean = gamma1 * mean + (1 - gamma1) * h;
/// delta = gamma2 * delta - lr * h / sqrt(s - mean^2 + epsilon); w += delta (Graves, 2013).
template <class T>
void rmsprop_centered_update(T* w, const T* g, T* s, T* mean, T* delta, std::int64_t n,
                             const RmsPropStep& step);

struct AdaGradStep {
  CommonStep common;
  double epsilon = 1e-7;
  double beside_root = -1;  ///< negative: none
};

/// h = clip(g); s += h^2; w -= lr * (h / sqrt(s + epsilon) + wd * w).
/// With beside_root: h = clip(g) + wd * w; s += h^2; w -= lr * h / (sqrt(s) + beside_root).
template <class T>
void adagrad_update(T* w, const T* g, T* s, std::int64_t n, const AdaGradStep& step);

struct AdaDeltaStep {
  CommonStep common;
  double rho = 0.9;
  double epsilon = 1e-5;
};

/// h = clip(g); s = rho * s + (1 - rho) * h^2; d = sqrt(delta + epsilon) / sqrt(s + epsilon) * h;
/// delta = rho * delta + (1 - rho) * d^2; w -= d + wd * w.
template <class T>
void adadelta_update(T* w, const T* g, T* s, T* delta, std::int64_t n, const AdaDeltaStep& step);

struct AdamaxStep {
  CommonStep common;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = -1;  ///< negative: none
};

/// h = clip(g + wd * w); mean = beta1 * mean + (1 - beta1) * h; most = max(beta2 * most, |h|);
/// w -= lr * mean / most, which stays where all gradients were 0.
/// With epsilon: h = clip(g) + wd * w, and the divisor is most + epsilon.
template <class T>
void adamax_update(T* w, const T* g, T* mean, T* most, std::int64_t n, const AdamaxStep& step);

struct FtrlStep {
  CommonStep common;
  double lamda1 = 0.01;
  double beta = 1;
};

/// h = clip(g); z += h - (sqrt(s + h^2) - sqrt(s)) * w / lr; s += h^2;
/// w = (sign(z) * lamda1 - z) / ((beta + sqrt(s)) / lr + wd) where |z| > lamda1, else 0
/// (McMahan et al., 2013).
template <class T>
void ftrl_update(T* w, const T* g, T* z, T* s, std::int64_t n, const FtrlStep& step);

struct SignumStep {
  CommonStep common;
  double momentum = 0;
  double wd_lh = 0;  ///< decay of the weight itself
};

/// w = (1 - lr * wd) * w - lr * sign(g).
template <class T>
void signsgd_update(T* w, const T* g, std::int64_t n, const SignumStep& step);

/// m = momentum * m - (1 - momentum) * (clip(g) + wd * w); w = (1 - lr * wd_lh) * w + lr * sign(m).
template <class T>
void signum_update(T* w, const T* g, T* m, std::int64_t n, const SignumStep& step);

}  // namespace gluino::kernels
