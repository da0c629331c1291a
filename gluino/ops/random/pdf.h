#pragma once

#include <gluino/ops/core/invoke.h>

/// Probability densities, and chances, of numbers that a distribution might have drawn. Each
/// element of the parameters is a distribution of its own; `sample` has their shape, and behind it
/// the axes of as many numbers as there are of each. Gradients go to the parameters, and to the
/// sample where it is no count. The formulas are those on the distribution's support: whether a
/// number lies there is not asked, as in MXNet.
namespace gluino {

struct PdfOptions {
  /// The logarithm of the density instead.
  bool is_log = false;
};

namespace ops {

/// 1 / (high - low).
template <Operand A>
A random_pdf_uniform(const A& sample, const A& low, const A& high, const PdfOptions& options = {},
                     NodeName name = {}) {
  static const Op& op = Op::get<PdfOptions>("_random_pdf_uniform");
  return call(op, options, {sample, low, high}, name);
}

/// exp(-(x - mu)^2 / (2 sigma^2)) / (sigma sqrt(2 pi)).
template <Operand A>
A random_pdf_normal(const A& sample, const A& mu, const A& sigma, const PdfOptions& options = {},
                    NodeName name = {}) {
  static const Op& op = Op::get<PdfOptions>("_random_pdf_normal");
  return call(op, options, {sample, mu, sigma}, name);
}

/// beta^alpha x^(alpha - 1) exp(-beta x) / gamma(alpha): beta is the rate, not the scale that draws
/// of the gamma distribution take.
template <Operand A>
A random_pdf_gamma(const A& sample, const A& alpha, const A& beta, const PdfOptions& options = {},
                   NodeName name = {}) {
  static const Op& op = Op::get<PdfOptions>("_random_pdf_gamma");
  return call(op, options, {sample, alpha, beta}, name);
}

/// lam exp(-lam x).
template <Operand A>
A random_pdf_exponential(const A& sample, const A& lam, const PdfOptions& options = {},
                         NodeName name = {}) {
  static const Op& op = Op::get<PdfOptions>("_random_pdf_exponential");
  return call(op, options, {sample, lam}, name);
}

/// lam^x exp(-lam) / x!.
template <Operand A>
A random_pdf_poisson(const A& sample, const A& lam, const PdfOptions& options = {},
                     NodeName name = {}) {
  static const Op& op = Op::get<PdfOptions>("_random_pdf_poisson");
  return call(op, options, {sample, lam}, name);
}

/// gamma(x + k) / (x! gamma(k)) p^k (1 - p)^x: x failures before the k-th success.
template <Operand A>
A random_pdf_negative_binomial(const A& sample, const A& k, const A& p,
                               const PdfOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<PdfOptions>("_random_pdf_negative_binomial");
  return call(op, options, {sample, k, p}, name);
}

/// The same with k = 1 / alpha and p = 1 / (1 + mu alpha).
template <Operand A>
A random_pdf_generalized_negative_binomial(const A& sample, const A& mu, const A& alpha,
                                           const PdfOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<PdfOptions>("_random_pdf_generalized_negative_binomial");
  return call(op, options, {sample, mu, alpha}, name);
}

/// gamma(sum alpha_i) prod x_i^(alpha_i - 1) / gamma(alpha_i) over the last axis, of which the
/// result has none.
template <Operand A>
A random_pdf_dirichlet(const A& sample, const A& alpha, const PdfOptions& options = {},
                       NodeName name = {}) {
  static const Op& op = Op::get<PdfOptions>("_random_pdf_dirichlet");
  return call(op, options, {sample, alpha}, name);
}

}  // namespace ops
}  // namespace gluino
