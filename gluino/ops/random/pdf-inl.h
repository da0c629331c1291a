#pragma once

#include <gluino/ops/core/define.h>
#include <gluino/ops/random/pdf.h>

#include <cmath>

namespace gluino {
namespace {

/// x log(y), which is 0 where x is, whatever y.
inline double times_log(double x, double y) { return x == 0 ? 0 : x * std::log(y); }

/// Of a density whose logarithm is given, and how its gradient follows from that of the logarithm.
inline double density(const PdfOptions& o, double log_density) {
  return o.is_log ? log_density : std::exp(log_density);
}
inline double factor(const PdfOptions& o, double log_density) {
  return o.is_log ? 1 : std::exp(log_density);
}

/// Throws Error unless the sample has the parameters' shape `of_each`, and axes behind it.
inline void expect_behind(const Shape& of_each, Inference& s) {
  const Shape& sample = s.in(0);
  bool fits = sample.ndim() >= of_each.ndim();
  for (int axis = 0; fits && axis < of_each.ndim(); ++axis) fits = sample[axis] == of_each[axis];
  s.expect(fits, 0, "expected the axes of the parameters ", of_each, " first, got ", sample);
}

inline OpDefinition<PdfOptions> define_pdf(const std::string& name, std::vector<std::string> in) {
  auto definition = define_op<PdfOptions>("_random_pdf_" + name);
  definition.aliases({"random_pdf_" + name})
      .doc("The density of numbers that a distribution might have drawn: " + name + ".")
      .inputs(std::move(in))
      .field("is_log", &PdfOptions::is_log, "Whether to give its logarithm instead.")
      .instead("the formula of gammaln, log and exp");
  return definition;
}

}  // namespace
}  // namespace gluino
