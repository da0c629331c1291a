#pragma once

#include <gluino/kernels/cpu/elementwise/unary.h>

#include <cstdint>

/// Batch normalisation of x seen as (outer, channels, inner), each channel for itself. T is float
/// or double; sums are taken in double. An array of parameters has one element per channel.
namespace gluino::kernels {

struct ChannelShape {
  std::int64_t outer = 1;
  std::int64_t channels = 1;
  std::int64_t inner = 1;
};

/// The mean and the biased variance (divided by outer * inner) of each channel, in two passes;
/// 0 for channels without elements. In double: of floats, the variance may be no float, and a mean
/// that is rounded to one may be off by more than the deviation.
template <class T>
void batch_norm_statistics(const T* x, const ChannelShape& shape, double* mean, double* variance);

/// y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, with the statistics of this batch
/// (training) or given ones (inference). `gamma` null stands for ones (MXNet's fix_gamma). y may
/// be x. With an activation, which needs shape.inner > 1, y is that function of it.
template <class T>
void batch_norm(const T* x, T* y, const ChannelShape& shape, const double* mean,
                const double* variance, const T* gamma, const T* beta, double epsilon,
                const UnaryKernel<T>* activation = nullptr);

struct BatchNormGradientOptions {
  double epsilon = 1e-3;
  /// True if mean and variance are given numbers rather than those of x: they then hand no
  /// gradient on to x.
  bool use_global_stats = false;
};

/// What batch_norm gave, after an activation. Where its gradient reads its input, that is computed
/// again from `beta`.
template <class T>
struct NormActivation {
  const UnaryKernel<T>* function = nullptr;
  const T* y = nullptr;
  const T* beta = nullptr;
};

/// dbeta = sum(dy), dgamma = sum(dy * xhat), dx as it follows (S. Ioffe and C. Szegedy, 2015),
/// where xhat = (x - mean) / sqrt(variance + epsilon). `gamma` null stands for ones. Each of dx,
/// dgamma, dbeta may be null; dx may be dy. dy is the gradient of the activation, if there is one.
template <class T>
void batch_norm_gradient(const T* x, const T* dy, const ChannelShape& shape, const double* mean,
                         const double* variance, const T* gamma, T* dx, T* dgamma, T* dbeta,
                         const BatchNormGradientOptions& options,
                         const NormActivation<T>& activation = {});

}  // namespace gluino::kernels
