#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>

/// Random numbers of many distributions at once: each element of the parameters has its own, of
/// which as many numbers are drawn as `shape` says, and the result has the parameters' shape with
/// `shape` behind it. A parameter that is NaN gives NaN; others that there are not throw Error. No
/// gradient goes to the parameters.
namespace gluino {

struct SampleOptions {
  /// Of the numbers drawn for each element; (): one.
  Shape shape{};
  /// A type of real numbers; None: float32.
  std::optional<DType> dtype{};
};

namespace ops {

/// Numbers uniform in [low, high).
template <Operand A>
A sample_uniform(const A& low, const A& high, const SampleOptions& options = {},
                 NodeName name = {}) {
  static const Op& op = Op::get<SampleOptions>("_sample_uniform");
  return call(op, options, {low, high}, name);
}

/// Normally distributed numbers with mean mu and standard deviation sigma.
template <Operand A>
A sample_normal(const A& mu, const A& sigma, const SampleOptions& options = {},
                NodeName name = {}) {
  static const Op& op = Op::get<SampleOptions>("_sample_normal");
  return call(op, options, {mu, sigma}, name);
}

/// Numbers of the gamma distributions with shape alpha and scale beta.
template <Operand A>
A sample_gamma(const A& alpha, const A& beta, const SampleOptions& options = {},
               NodeName name = {}) {
  static const Op& op = Op::get<SampleOptions>("_sample_gamma");
  return call(op, options, {alpha, beta}, name);
}

/// Exponentially distributed numbers with mean 1 / lam.
template <Operand A>
A sample_exponential(const A& lam, const SampleOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<SampleOptions>("_sample_exponential");
  return call(op, options, {lam}, name);
}

/// Whole numbers of Poisson's distributions with mean lam.
template <Operand A>
A sample_poisson(const A& lam, const SampleOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<SampleOptions>("_sample_poisson");
  return call(op, options, {lam}, name);
}

/// How many failures come before the k-th success, each with the chance p; k need not be whole.
template <Operand A>
A sample_negative_binomial(const A& k, const A& p, const SampleOptions& options = {},
                           NodeName name = {}) {
  static const Op& op = Op::get<SampleOptions>("_sample_negative_binomial");
  return call(op, options, {k, p}, name);
}

/// The same by mean mu and dispersion alpha: the variance is mu + alpha * mu^2.
template <Operand A>
A sample_generalized_negative_binomial(const A& mu, const A& alpha,
                                       const SampleOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<SampleOptions>("_sample_generalized_negative_binomial");
  return call(op, options, {mu, alpha}, name);
}

/// How many of n tries succeed, each with the chance p.
template <Operand A>
A sample_binomial(const A& n, const A& p, const SampleOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<SampleOptions>("_sample_binomial");
  return call(op, options, {n, p}, name);
}

}  // namespace ops
}  // namespace gluino
