#pragma once

#include <functional>
#include <map>
#include <string>
#include <valarray>

namespace gluino::testing {

using Row = std::valarray<double>;

/// What the formula of an optimizer reads, and what it keeps.
struct FormulaStep {
  Row w;
  Row gradient;
  double t;
  double lr;
  double wd;
  const std::map<std::string, double>& options;
  /// What LARS and LBSGD ask for.
  std::string weight_name;
  std::string warmup_strategy;
  /// Normally distributed.
  Row noise;
  std::map<std::string, Row>& kept;
  /// The rescaled gradient within its bounds, which the decay is added to before or not at all.
  Row decayed = bound(gradient * options.at("rescale_grad") + wd * w);
  Row bounded = bound(gradient * options.at("rescale_grad"));

  double operator[](const char* option) const { return options.at(option); }
  Row bound(Row x) const;
  /// A row that begins with zeros.
  Row& row(const char* name) const;
};

/// The new weight after a step, in double precision, by the name of the optimizer. They are written
/// from the papers, as MXNet departs from them where the optimizers' headers say so.
extern const std::map<std::string, std::function<Row(const FormulaStep&)>> kFormulas;

}  // namespace gluino::testing
