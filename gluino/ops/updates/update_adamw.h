#pragma once

#include <gluino/ops/core/invoke.h>

#include <cstdint>
#include <span>
#include <vector>

namespace gluino {

/// With h = clip(rescale_grad * grad), whose factor is an input: mean = beta1 * mean + (1 - beta1)
/// * h; var = beta2 * var + (1 - beta2) * h^2; w -= eta * (lr * mean / (sqrt(var) + epsilon) + wd *
/// w) (Loshchilov and Hutter, 2019). Where the factor is 0, infinite or no number, as after an
/// overflow of half precision, nothing changes.
///
/// Of AdaBelief, which has the same options: with h = clip(rescale_grad * grad + wd * w), mean as
/// above and var = beta2 * var + (1 - beta2) * (h - mean)^2 + epsilon, w -= eta * lr * mean /
/// (sqrt(var) + epsilon) (Zhuang et al., 2020), as in MXNet 2.
struct AdamWUpdateOptions {
  double lr = 0.001;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double wd = 0;
  double eta = 1;
  /// Bounds each element of the rescaled gradient to [-c, c]; below 0: no bound.
  double clip_gradient = -1;
};

/// The same for several weights, with rates, decays and factors of their own.
struct MultiAdamWUpdateOptions : AdamWUpdateOptions {
  std::vector<double> lrs;
  std::vector<double> wds;
  std::vector<double> etas;
  std::int64_t num_weights = 1;

  std::int64_t count() const { return num_weights; }
  AdamWUpdateOptions each(std::size_t i, std::span<const Tensor> shared) const;
};

namespace nd {

/// One step: changes weight, mean and var in place. rescale_grad has one element.
GLUINO_API void adamw_update(const NDArray& weight, const NDArray& grad, const NDArray& mean,
                             const NDArray& var, const NDArray& rescale_grad,
                             const AdamWUpdateOptions& options);
GLUINO_API void adabelief_update(const NDArray& weight, const NDArray& grad, const NDArray& mean,
                                 const NDArray& var, const NDArray& rescale_grad,
                                 const AdamWUpdateOptions& options);

}  // namespace nd
}  // namespace gluino
