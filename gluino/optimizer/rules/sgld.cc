#include <gluino/base/error.h>
#include <gluino/ops/random/random.h>
#include <gluino/optimizer/core/array_steps.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/sgld.h>

#include <cmath>

namespace gluino::optimizer {
namespace {

Fields<SGLDOptions> own_options() { return {}; }

}  // namespace

SGLD::SGLD(const SGLDOptions& options) : Optimizer(common("sgld", options, own_options())) {}

void SGLD::update(std::int64_t index, const NDArray& weight, const NDArray& grad, State& state) {
  const Step step = next_step(index, weight, state, 0);
  check_not_recorded("sgld");
  check(step.lr >= 0, "[sgld] the rate is the noise's variance: expected at least 0, got ",
        step.lr);
  const NDArray noise = nd::random::normal({.scale = std::sqrt(step.lr),
                                            .shape = weight.shape(),
                                            .ctx = weight.context(),
                                            .dtype = weight.dtype()});
  weight += (clipped(*this, grad) + weight * step.wd) * (-step.lr / 2) + noise;
}

[[maybe_unused]] static const bool registered = registers<SGLD>("sgld", own_options());

}  // namespace gluino::optimizer
