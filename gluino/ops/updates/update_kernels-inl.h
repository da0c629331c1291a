#pragma once

#include <gluino/kernels/cpu/elementwise/update.h>
#include <gluino/kernels/cpu/elementwise/update_rules.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/updates/update.h>
#include <gluino/ops/updates/update_rules.h>

/// The kernels of steps that MXNet has in several forms: they change input 0 and the states in
/// place.
namespace gluino::update_definition {

/// What all steps have.
template <class O>
kernels::CommonStep common(const O& o) {
  kernels::CommonStep step{
      .weight_decay = o.wd, .rescale_gradient = o.rescale_grad, .clip_gradient = o.clip_gradient};
  if constexpr (requires { o.lr; }) step.learning_rate = o.lr;
  return step;
}

/// One step of SGD: (weight, grad), or (weight, grad, mom).
inline void sgd(const SgdUpdateOptions& o, const Call& call) {
  dispatch_real(call.in[0].dtype, "sgd_update", [&]<class T>() {
    kernels::sgd_update<T>(call.in[0].as<T>(), call.in[1].as<T>(), nullptr, call.in[0].size(),
                           {.learning_rate = o.lr,
                            .weight_decay = o.wd,
                            .rescale_gradient = o.rescale_grad,
                            .clip_gradient = o.clip_gradient});
  });
}

inline void sgd_mom(const SgdMomUpdateOptions& o, const Call& call) {
  dispatch_real(call.in[0].dtype, "sgd_mom_update", [&]<class T>() {
    kernels::sgd_update<T>(call.in[0].as<T>(), call.in[1].as<T>(), call.in[2].as<T>(),
                           call.in[0].size(),
                           {.learning_rate = o.lr,
                            .momentum = o.momentum,
                            .weight_decay = o.wd,
                            .rescale_gradient = o.rescale_grad,
                            .clip_gradient = o.clip_gradient});
  });
}

/// One step with Nesterov's momentum: (weight, grad, mom). The momentum takes the decay of the new
/// weight, as MXNet's does in place.
inline void nag_mom(const NagMomUpdateOptions& o, const Call& call) {
  dispatch_real(call.in[0].dtype, "nag_mom_update", [&]<class T>() {
    kernels::nag_update<T>(call.in[0].as<T>(), call.in[1].as<T>(), call.in[2].as<T>(),
                           call.in[0].size(), {.common = common(o), .momentum = o.momentum});
  });
}

}  // namespace gluino::update_definition
