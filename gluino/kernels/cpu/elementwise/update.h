#pragma once

#include <cstdint>

/// Steps of optimizers, in place, for n elements; T is float or double.
namespace gluino::kernels {

struct SgdStep {
  double learning_rate = 0.01;
  double momentum = 0;
  double weight_decay = 0;
  double rescale_gradient = 1;
  double clip_gradient = -1;  ///< bounds the rescaled gradient's magnitude; negative: no bound
};

/// m = momentum * m - lr * (clip(rescale * g) + wd * w); w += m. With `m` null:
/// w -= lr * (clip(rescale * g) + wd * w).
template <class T>
void sgd_update(T* w, const T* g, T* m, std::int64_t n, const SgdStep& step);

struct AdamStep {
  double learning_rate = 0.001;  ///< with the bias correction, if any, already in it
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  double rescale_gradient = 1;
  double clip_gradient = -1;  ///< bounds the gradient, decay included; negative: no bound
};

/// MXNet's adam_update: g' = clip(rescale * g + wd * w); mean = b1 * mean + (1 - b1) * g';
/// var = b2 * var + (1 - b2) * g'^2; w -= lr * mean / (sqrt(var) + epsilon).
template <class T>
void adam_update(T* w, const T* g, T* mean, T* var, std::int64_t n, const AdamStep& step);

}  // namespace gluino::kernels
