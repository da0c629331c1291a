#pragma once

#include <gluino/ops/core/invoke.h>

#include <cstdint>
#include <span>
#include <vector>

/// LAMB (You et al., 2020): Adam's step, made as long as the weight is. LANS (Zheng et al., 2020):
/// of a gradient of size 1, and a part of the step along the gradient itself.
namespace gluino {

/// With h = clip(rescale_grad * grad): mean = beta1 * mean + (1 - beta1) * h;
/// var = beta2 * var + (1 - beta2) * h^2; direction = mean' / (sqrt(var') + epsilon) + wd * w,
/// where mean' = mean / (1 - beta1^t) and var' = var / (1 - beta2^t) with the bias correction.
struct LambDirectionOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-6;
  /// The number of the step, from 1 on.
  std::int64_t t = 1;
  bool bias_correction = true;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = -1;
};

/// w -= lr * r1 / r2 * direction, where r1 is the size of the weight, within the bounds, and r2
/// that of the direction; where one of the two is 0, w -= lr * direction. A bound below 0 is none.
struct LambStepOptions {
  double lr = 0.001;
  double lower_bound = -1;
  double upper_bound = -1;
};

/// Both for each of several weights, with rates, decays and numbers of steps of their own.
///
/// Of LANS: h = clip(g / |g|), where g = rescale_grad * grad and |g| is its size, mean and var as
/// above, always corrected; besides the direction there is along = h / (sqrt(var') + epsilon) +
/// wd * w, and w -= beta1 * s1 + (1 - beta1) * s2, where s1 is the step in the direction and s2
/// that in along, each by its own size. A gradient of 0 stays 0.
struct LambUpdateOptions {
  LambDirectionOptions direction;
  LambStepOptions step;
};
struct MultiLambUpdateOptions : LambDirectionOptions, LambStepOptions {
  std::vector<double> learning_rates;
  std::vector<double> wds;
  Shape step_count;
  std::int64_t num_tensors = 1;

  std::int64_t count() const { return num_tensors; }
  LambUpdateOptions each(std::size_t i, std::span<const Tensor> shared) const;
};

namespace nd {

/// The direction of a step; changes mean and var in place.
GLUINO_API NDArray lamb_update_phase1(const NDArray& weight, const NDArray& grad,
                                      const NDArray& mean, const NDArray& var,
                                      const LambDirectionOptions& options);
/// The step: changes weight in place. r1 and r2 have one element.
GLUINO_API void lamb_update_phase2(const NDArray& weight, const NDArray& g, const NDArray& r1,
                                   const NDArray& r2, const LambStepOptions& options);
/// One step of LANS: changes weight, mean and var in place. Throws Error where t is below 1.
GLUINO_API void lans_update(const NDArray& weight, const NDArray& grad, const NDArray& mean,
                            const NDArray& var, const LambUpdateOptions& options);

}  // namespace nd
}  // namespace gluino
