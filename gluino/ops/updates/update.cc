#include <gluino/kernels/cpu/elementwise/update.h>
#include <gluino/ops/updates/update.h>
#include <gluino/ops/updates/update_definition-inl.h>
#include <gluino/ops/updates/update_kernels-inl.h>

namespace gluino {
namespace {

using update_definition::arrays;
using update_definition::define_update;
using update_definition::run;
using update_definition::sgd;
using update_definition::sgd_mom;
using update_definition::updating;

void adam(const AdamUpdateOptions& o, const Call& call) {
  dispatch_real(call.in[0].dtype, "adam_update", [&]<class T>() {
    kernels::adam_update<T>(call.in[0].as<T>(), call.in[1].as<T>(), call.in[2].as<T>(),
                            call.in[3].as<T>(), call.in[0].size(),
                            {.learning_rate = o.lr,
                             .beta1 = o.beta1,
                             .beta2 = o.beta2,
                             .epsilon = o.epsilon,
                             .weight_decay = o.wd,
                             .rescale_gradient = o.rescale_grad,
                             .clip_gradient = o.clip_gradient});
  });
}

const auto sgd_update =
    define_update<SgdUpdateOptions>("sgd_update", "w -= lr * (clip(rescale * g) + wd * w).")
        .field("lazy_update", &SgdUpdateOptions::lazy_update,
               "Leaves rows without a gradient alone.")
        .inputs({"weight", "grad"})
        .forward(updating(sgd))
        .sample({}, arrays(2));

const auto sgd_mom_update =
    define_update<SgdMomUpdateOptions>(
        "sgd_mom_update", "mom = momentum * mom - lr * (clip(rescale * g) + wd * w); w += mom.",
        [](auto& definition) {
          definition.field("momentum", &SgdMomUpdateOptions::momentum,
                           "How much of the last step stays.");
        })
        .field("lazy_update", &SgdMomUpdateOptions::lazy_update,
               "Leaves rows without a gradient alone.")
        .inputs({"weight", "grad"})
        .states({"mom"})
        .forward(updating(sgd_mom))
        .sample({}, arrays(3));

const auto adam_update =
    define_update<AdamUpdateOptions>(
        "adam_update", "One step of Adam (Kingma and Ba, 2015).",
        [](auto& definition) {
          definition.field("beta1", &AdamUpdateOptions::beta1, "Decay of the mean.")
              .field("beta2", &AdamUpdateOptions::beta2, "Decay of the variance.")
              .field("epsilon", &AdamUpdateOptions::epsilon, "Added to the root of the variance.");
        })
        .field("lazy_update", &AdamUpdateOptions::lazy_update,
               "Leaves rows without a gradient alone.")
        .inputs({"weight", "grad"})
        .states({"mean", "var"})
        .forward(updating(adam))
        .sample({}, arrays(4));

}  // namespace

void nd::sgd_update(const NDArray& weight, const NDArray& grad, const SgdUpdateOptions& options) {
  run("sgd_update", options, {weight, grad});
}

void nd::sgd_mom_update(const NDArray& weight, const NDArray& grad, const NDArray& mom,
                        const SgdMomUpdateOptions& options) {
  run("sgd_mom_update", options, {weight, grad, mom});
}

void nd::adam_update(const NDArray& weight, const NDArray& grad, const NDArray& mean,
                     const NDArray& var, const AdamUpdateOptions& options) {
  run("adam_update", options, {weight, grad, mean, var});
}

}  // namespace gluino
