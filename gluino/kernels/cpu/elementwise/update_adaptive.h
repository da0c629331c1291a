#pragma once

#include <gluino/kernels/cpu/elementwise/update_rules.h>

#include <cstdint>

/// Steps of the optimizers of large batches, in place, for n elements; T is float or double. The
/// names are those of update_rules.h, and the formulas MXNet's.
namespace gluino::kernels {

struct AdamWStep {
  CommonStep common;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double eta = 1;  ///< multiplies the whole step, the decay's part too
};

/// h = clip(g); mean = beta1 * mean + (1 - beta1) * h; var = beta2 * var + (1 - beta2) * h^2;
/// w -= eta * (lr * mean / (sqrt(var) + epsilon) + wd * w) (Loshchilov and Hutter, 2019).
template <class T>
void adamw_update(T* w, const T* g, T* mean, T* var, std::int64_t n, const AdamWStep& step);

/// h = clip(g + wd * w); mean = beta1 * mean + (1 - beta1) * h;
/// var = beta2 * var + (1 - beta2) * (h - mean)^2 + epsilon;
/// w -= eta * lr * mean / (sqrt(var) + epsilon) (Zhuang et al., 2020).
template <class T>
void adabelief_update(T* w, const T* g, T* mean, T* var, std::int64_t n, const AdamWStep& step);

struct LambStep {
  CommonStep common;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-6;
  double mean_scale = 1;  ///< corrections of mean and var for the first steps
  double var_scale = 1;
};

/// mean and var as above; direction = mean_scale * mean / (sqrt(var_scale * var) + epsilon) + wd *
/// w (You et al., 2020).
template <class T>
void lamb_direction(const T* w, const T* g, T* mean, T* var, T* direction, std::int64_t n,
                    const LambStep& step);

/// The same, and what Adam's step would be with h in the mean's place: along_gradient =
/// h / (sqrt(var_scale * var) + epsilon) + wd * w (Zheng et al., 2020).
template <class T>
void lans_directions(const T* w, const T* g, T* mean, T* var, T* direction, T* along_gradient,
                     std::int64_t n, const LambStep& step);

struct FtmlStep {
  CommonStep common;
  double beta1 = 0.6;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  std::int64_t t = 1;  ///< the number of the step, from 1 on
};

/// h = clip(g + wd * w); v = beta2 * v + (1 - beta2) * h^2;
/// e = (1 - beta1^t) / lr * (sqrt(v / (1 - beta2^t)) + epsilon);
/// z = beta1 * z + (1 - beta1) * h - (e - beta1 * d) * w; d = e; w = -z / d (Zheng and Kwok, 2017).
template <class T>
void ftml_update(T* w, const T* g, T* d, T* v, T* z, std::int64_t n, const FtmlStep& step);

/// w -= rate * g.
template <class T>
void descend(T* w, const T* g, std::int64_t n, double rate);

}  // namespace gluino::kernels
