#include <gluino/base/error.h>
#include <gluino/ops/updates/group_adagrad.h>
#include <gluino/optimizer/core/options.h>
#include <gluino/optimizer/rules/group_adagrad.h>

namespace gluino::optimizer {
namespace {

Fields<GroupAdaGradOptions> own_options() { return {{"eps", &GroupAdaGradOptions::eps}}; }

}  // namespace

GroupAdaGrad::GroupAdaGrad(const GroupAdaGradOptions& options)
    : Optimizer(common("groupadagrad", options, own_options())), eps_(options.eps) {
  check(eps_ >= 0, "[groupadagrad] eps: expected at least 0, got ", eps_);
}

State GroupAdaGrad::create_state(std::int64_t index, const NDArray& weight) const {
  check(weight.ndim() == 2, "[groupadagrad] weight ", index, ": expected two axes, got ",
        weight.shape());
  return {nd::zeros({weight.shape()[0], 1}, weight.dtype(), weight.context())};
}

void GroupAdaGrad::update(std::int64_t index, const NDArray& weight, const NDArray& grad,
                          State& state) {
  const Step step = next_step(index, weight, state, 1);
  check(step.wd == 0, "[groupadagrad] weight ", index, ": expected no weight decay, got ", step.wd);
  nd::group_adagrad_update(weight, grad, state[0],
                           {.lr = step.lr,
                            .rescale_grad = rescale_grad(),
                            .clip_gradient = clip_bound(),
                            .epsilon = eps_});
}

[[maybe_unused]] static const bool registered =
    registers<GroupAdaGrad>("groupadagrad", own_options());

}  // namespace gluino::optimizer
