#pragma once

#include <gluino/ops/core/invoke.h>

/// The steps of the optimizers beyond update.h.
namespace gluino {

/// Nesterov's momentum: h = clip(rescale_grad * grad) + wd * w;
/// w += momentum * (momentum * mom - lr * h) - lr * h; then mom = momentum * mom - lr * h, with the
/// h of the new weight.
struct NagMomUpdateOptions {
  double lr = 0.01;
  double momentum = 0;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = -1;
};

/// h = clip(rescale_grad * grad + wd * w); n = gamma1 * n + (1 - gamma1) * h^2;
/// w -= lr * h / sqrt(n + epsilon) (Tieleman and Hinton, 2012).
struct RmsPropUpdateOptions {
  double lr = 0.001;
  double gamma1 = 0.95;
  double epsilon = 1e-8;
  double clip_weights = -1;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = -1;
};

/// The centered form, which keeps the mean g of h too: delta = gamma2 * delta -
/// lr * h / sqrt(n - g^2 + epsilon); w += delta (Graves, 2013).
struct RmsPropAlexUpdateOptions {
  double lr = 0.001;
  double gamma1 = 0.95;
  double gamma2 = 0.9;
  double epsilon = 1e-8;
  double clip_weights = -1;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = -1;
};

/// h = clip(rescale_grad * grad); history += h^2; w -= lr * (h / sqrt(history + epsilon) + wd * w)
/// (Duchi et al., 2011). With beside_root, as in MXNet 2: h = clip(rescale_grad * grad) + wd * w;
/// history += h^2; w -= lr * h / (sqrt(history) + beside_root).
struct AdaGradUpdateOptions {
  double lr = 0.01;
  double epsilon = 1e-7;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = -1;
  /// Below 0: none.
  double beside_root = -1;
};

/// Zeiler, 2012; the step follows from the means of squares of gradients and steps, and has no
/// rate: w -= sqrt(acc_delta + epsilon) / sqrt(acc_g + epsilon) * clip(rescale_grad * grad) + wd *
/// w.
struct AdaDeltaUpdateOptions {
  double rho = 0.9;
  double epsilon = 1e-5;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = -1;
};

/// Kingma and Ba, 2015, section 7: h = clip(rescale_grad * grad + wd * w);
/// mean = beta1 * mean + (1 - beta1) * h; most = max(beta2 * most, |h|); w -= lr * mean / most. lr
/// holds the correction for the first steps. With epsilon, as in MXNet 2: h = clip(rescale_grad *
/// grad) + wd * w, and the divisor is most + epsilon.
struct AdamaxUpdateOptions {
  double lr = 0.002;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = -1;
  /// Below 0: none.
  double epsilon = -1;
};

/// Follow the regularised leader (McMahan et al., 2013), which leaves weights at 0 where |z| is not
/// above lamda1.
struct FtrlUpdateOptions {
  double lr = 0.1;
  double lamda1 = 0.01;
  double beta = 1;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = -1;
};

/// w = (1 - lr * wd) * w - lr * sign(grad).
struct SignSgdUpdateOptions {
  double lr = 0.01;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = -1;
};

/// mom = momentum * mom - (1 - momentum) * (clip(rescale_grad * grad) + wd * w);
/// w = (1 - lr * wd_lh) * w + lr * sign(mom) (Bernstein et al., 2018).
struct SignumUpdateOptions {
  double lr = 0.01;
  double momentum = 0;
  double wd_lh = 0;
  double wd = 0;
  double rescale_grad = 1;
  double clip_gradient = -1;
};

/// Follow the moving leader, with h = clip(rescale_grad * grad + wd * w):
/// v = beta2 * v + (1 - beta2) * h^2; e = (1 - beta1^t) / lr * (sqrt(v / (1 - beta2^t)) + epsilon);
/// z = beta1 * z + (1 - beta1) * h - (e - beta1 * d) * w; d = e; w = -z / d (Zheng and Kwok, 2017).
struct FtmlUpdateOptions {
  double lr = 0.0025;
  double beta1 = 0.6;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  /// The number of the step, from 1 on.
  std::int64_t t = 1;
  double wd = 0;
  double rescale_grad = 1;
  double clip_grad = -1;
};

namespace nd {

/// One step of an optimizer: changes weight, and the state arrays, in place.
GLUINO_API void nag_mom_update(const NDArray& weight, const NDArray& grad, const NDArray& mom,
                               const NagMomUpdateOptions& options);
GLUINO_API void rmsprop_update(const NDArray& weight, const NDArray& grad, const NDArray& n,
                               const RmsPropUpdateOptions& options);
GLUINO_API void rmspropalex_update(const NDArray& weight, const NDArray& grad, const NDArray& n,
                                   const NDArray& g, const NDArray& delta,
                                   const RmsPropAlexUpdateOptions& options);
GLUINO_API void adagrad_update(const NDArray& weight, const NDArray& grad, const NDArray& history,
                               const AdaGradUpdateOptions& options);
GLUINO_API void adadelta_update(const NDArray& weight, const NDArray& grad, const NDArray& acc_g,
                                const NDArray& acc_delta, const AdaDeltaUpdateOptions& options);
GLUINO_API void adamax_update(const NDArray& weight, const NDArray& grad, const NDArray& mean,
                              const NDArray& most, const AdamaxUpdateOptions& options);
GLUINO_API void ftrl_update(const NDArray& weight, const NDArray& grad, const NDArray& z,
                            const NDArray& n, const FtrlUpdateOptions& options);
GLUINO_API void signsgd_update(const NDArray& weight, const NDArray& grad,
                               const SignSgdUpdateOptions& options);
GLUINO_API void signum_update(const NDArray& weight, const NDArray& grad, const NDArray& mom,
                              const SignumUpdateOptions& options);
GLUINO_API void ftml_update(const NDArray& weight, const NDArray& grad, const NDArray& d,
                            const NDArray& v, const NDArray& z, const FtmlUpdateOptions& options);

}  // namespace nd
}  // namespace gluino
