#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>

/// Random numbers of one distribution. They are those that MXNet 1.x draws on a processor for the
/// seed, where its parameters are numbers that float32 holds; those in half precision are the ones
/// of float32, rounded.
namespace gluino {

struct UniformOptions {
  double low = 0;
  double high = 1;
  Shape shape{};
  Context ctx = current_context();
  /// A type of real numbers, as below; None: float32.
  std::optional<DType> dtype{};
};

struct NormalOptions {
  double loc = 0;
  double scale = 1;
  Shape shape{};
  Context ctx = current_context();
  std::optional<DType> dtype{};
};

struct GammaOptions {
  /// The shape of the distribution.
  double alpha = 1;
  /// Its scale: the mean is alpha * beta.
  double beta = 1;
  Shape shape{};
  Context ctx = current_context();
  std::optional<DType> dtype{};
};

struct ExponentialOptions {
  /// The rate: the mean is 1 / lam.
  double lam = 1;
  Shape shape{};
  Context ctx = current_context();
  std::optional<DType> dtype{};
};

struct PoissonOptions {
  /// The mean.
  double lam = 1;
  Shape shape{};
  Context ctx = current_context();
  std::optional<DType> dtype{};
};

struct NegativeBinomialOptions {
  /// How many successes end the row of tries.
  std::int64_t k = 1;
  /// The chance of a success.
  double p = 1;
  Shape shape{};
  Context ctx = current_context();
  std::optional<DType> dtype{};
};

struct BinomialOptions {
  /// How many tries there are.
  std::int64_t n = 1;
  /// The chance of a success.
  double p = 1;
  Shape shape{};
  Context ctx = current_context();
  std::optional<DType> dtype{};
};

struct GeneralizedNegativeBinomialOptions {
  /// The mean.
  double mu = 1;
  /// The dispersion: the variance is mu + alpha * mu^2.
  double alpha = 1;
  Shape shape{};
  Context ctx = current_context();
  std::optional<DType> dtype{};
};

struct RandintOptions {
  std::int64_t low = 0;
  /// Not included.
  std::int64_t high = 0;
  Shape shape{};
  Context ctx = current_context();
  /// int32 or int64; None: int32.
  std::optional<DType> dtype{};
};

namespace nd::random {

/// Numbers uniform in [low, high). In half precision one may be `high` itself.
/// Throws Error unless low <= high, both finite.
GLUINO_API NDArray uniform(const UniformOptions& options);
/// Normally distributed numbers with mean loc and standard deviation scale, both finite, scale not
/// below 0: else throws Error.
GLUINO_API NDArray normal(const NormalOptions& options);
/// Numbers of the gamma distribution. Throws Error unless alpha and beta are above 0.
GLUINO_API NDArray gamma(const GammaOptions& options);
/// Exponentially distributed numbers. Throws Error unless lam is above 0.
GLUINO_API NDArray exponential(const ExponentialOptions& options);
/// Whole numbers of Poisson's distribution. Throws Error unless lam is at least 0. From lam = 10^5
/// on, where MXNet's float32 distorts the distribution, they are not MXNet's.
GLUINO_API NDArray poisson(const PoissonOptions& options);
/// How many failures come before the k-th success. Throws Error unless k is at least 0 and p in
/// (0, 1].
GLUINO_API NDArray negative_binomial(const NegativeBinomialOptions& options);
/// The same by mean and dispersion, both at least 0: else throws Error.
GLUINO_API NDArray generalized_negative_binomial(const GeneralizedNegativeBinomialOptions& options);
/// How many of n tries succeed, each with the chance p. Throws Error unless n is at least 0 and p
/// in [0, 1]. Where n * p or n * (1 - p) is 10 or more, or n above 1024, MXNet 2's are not of the
/// distribution (for n * p = 30 their mean is 30.9), and these are others.
GLUINO_API NDArray binomial(const BinomialOptions& options);
/// Whole numbers in [low, high). Throws Error for an empty range, and for bounds that the type does
/// not hold.
GLUINO_API NDArray randint(const RandintOptions& options);

}  // namespace nd::random

namespace ops {

/// The same draws in the shape, type and place of `data`, of which nothing else counts; shape, ctx
/// and dtype of the options neither.
template <Operand A>
A random_uniform_like(const A& data, const UniformOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<UniformOptions>("_random_uniform_like");
  return call(op, options, {data}, name);
}
template <Operand A>
A random_normal_like(const A& data, const NormalOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<NormalOptions>("_random_normal_like");
  return call(op, options, {data}, name);
}
template <Operand A>
A random_gamma_like(const A& data, const GammaOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<GammaOptions>("_random_gamma_like");
  return call(op, options, {data}, name);
}
template <Operand A>
A random_exponential_like(const A& data, const ExponentialOptions& options = {},
                          NodeName name = {}) {
  static const Op& op = Op::get<ExponentialOptions>("_random_exponential_like");
  return call(op, options, {data}, name);
}
template <Operand A>
A random_poisson_like(const A& data, const PoissonOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<PoissonOptions>("_random_poisson_like");
  return call(op, options, {data}, name);
}
template <Operand A>
A random_negative_binomial_like(const A& data, const NegativeBinomialOptions& options = {},
                                NodeName name = {}) {
  static const Op& op = Op::get<NegativeBinomialOptions>("_random_negative_binomial_like");
  return call(op, options, {data}, name);
}
template <Operand A>
A random_generalized_negative_binomial_like(const A& data,
                                            const GeneralizedNegativeBinomialOptions& options = {},
                                            NodeName name = {}) {
  static const Op& op =
      Op::get<GeneralizedNegativeBinomialOptions>("_random_generalized_negative_binomial_like");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
