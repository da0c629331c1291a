#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

/// w -= lr * (clip(rescale_grad * grad) + wd * w)
struct SgdUpdateOptions {
  double lr = 0.01;
  double wd = 0;
  double rescale_grad = 1;
  /// Bounds each element of the rescaled gradient to [-c, c]; below 0: no bound.
  double clip_gradient = -1;
  /// Of rows that a row_sparse gradient does not store, nothing changes.
  bool lazy_update = true;
};

/// mom = momentum * mom - lr * (clip(rescale_grad * grad) + wd * w); w += mom
struct SgdMomUpdateOptions {
  double lr = 0.01;
  double momentum = 0;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = -1;
  /// Of rows that a row_sparse gradient does not store, nothing changes.
  bool lazy_update = true;
};

/// Kingma and Ba, 2015; lr holds the correction for the first steps.
struct AdamUpdateOptions {
  double lr = 0.001;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = -1;
  /// Of rows that a row_sparse gradient does not store, nothing changes.
  bool lazy_update = true;
};

namespace nd {

/// One step of an optimizer: changes weight, and the state arrays, in place.
GLUINO_API void sgd_update(const NDArray& weight, const NDArray& grad,
                           const SgdUpdateOptions& options);
GLUINO_API void sgd_mom_update(const NDArray& weight, const NDArray& grad, const NDArray& mom,
                               const SgdMomUpdateOptions& options);
GLUINO_API void adam_update(const NDArray& weight, const NDArray& grad, const NDArray& mean,
                            const NDArray& var, const AdamUpdateOptions& options);

}  // namespace nd
}  // namespace gluino
