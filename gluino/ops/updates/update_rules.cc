#include <gluino/kernels/cpu/elementwise/update_adaptive.h>
#include <gluino/kernels/cpu/elementwise/update_rules.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/updates/update_definition-inl.h>
#include <gluino/ops/updates/update_kernels-inl.h>
#include <gluino/ops/updates/update_rules.h>

namespace gluino {
namespace {

using update_definition::arrays;
using update_definition::common;
using update_definition::define_update;
using update_definition::nag_mom;
using update_definition::run;
using update_definition::updating;

// Where MXNet writes the new weight elsewhere, the momentum takes the decay of the old one: it is
// that of a step without Nesterov's look ahead.
void nag_mom_elsewhere(const NagMomUpdateOptions& o, const Call& call) {
  const auto copy = [](const Tensor& from, void* to) {
    if (from.size() == 0) return;
    std::memcpy(to, from.data, static_cast<std::size_t>(from.size()) * size_of(from.dtype));
  };
  dispatch_real(call.in[0].dtype, "nag_mom_update", [&]<class T>() {
    const std::int64_t n = call.in[0].size();
    const Temporary<T> weight(n), mom(n);
    copy(call.in[0], weight.data());
    copy(call.in[2], mom.data());
    copy(call.in[0], call.out[0].data);
    const T* const grad = call.in[1].as<T>();
    kernels::nag_update<T>(call.out[0].as<T>(), grad, mom.data(), n,
                           {.common = common(o), .momentum = o.momentum});
    kernels::sgd_update<T>(weight.data(), grad, call.in[2].as<T>(), n,
                           {.learning_rate = o.lr,
                            .momentum = o.momentum,
                            .weight_decay = o.wd,
                            .rescale_gradient = o.rescale_grad,
                            .clip_gradient = o.clip_gradient});
  });
}

const auto nag_mom_update =
    define_update<NagMomUpdateOptions>("nag_mom_update", "One step with Nesterov's momentum.",
                                       [](auto& definition) {
                                         definition.field("momentum",
                                                          &NagMomUpdateOptions::momentum,
                                                          "How much of the last step stays.");
                                       })
        .inputs({"weight", "grad"})
        .states({"mom"})
        .forward([](const NagMomUpdateOptions& o, const Call& call) {
          const bool in_place = call.out[0].data == call.in[0].data;
          in_place ? updating(nag_mom)(o, call) : nag_mom_elsewhere(o, call);
        })
        .sample({}, arrays(3));

const auto rmsprop =
    define_update<RmsPropUpdateOptions>(
        "rmsprop_update", "One step of RMSProp (Tieleman and Hinton, 2012).",
        [](auto& definition) {
          definition.field("gamma1", &RmsPropUpdateOptions::gamma1, "Decay of the mean of squares.")
              .field("epsilon", &RmsPropUpdateOptions::epsilon, "Added to the mean of squares.");
        })
        .inputs({"weight", "grad"})
        .states({"n"})
        .field("clip_weights", &RmsPropUpdateOptions::clip_weights,
               "Bound of each weight; below 0: none.")
        .forward(updating([](const RmsPropUpdateOptions& o, const Call& call) {
          dispatch_real(call.in[0].dtype, "rmsprop_update", [&]<class T>() {
            kernels::rmsprop_update<T>(call.in[0].as<T>(), call.in[1].as<T>(), call.in[2].as<T>(),
                                       call.in[0].size(),
                                       {.common = common(o),
                                        .gamma1 = o.gamma1,
                                        .epsilon = o.epsilon,
                                        .clip_weights = o.clip_weights});
          });
        }))
        .sample({}, arrays(3));

const auto rmspropalex =
    define_update<RmsPropAlexUpdateOptions>(
        "rmspropalex_update", "One step of the centered RMSProp (Graves, 2013).",
        [](auto& definition) {
          definition.field("gamma1", &RmsPropAlexUpdateOptions::gamma1, "Decay of the means.")
              .field("gamma2", &RmsPropAlexUpdateOptions::gamma2,
                     "How much of the last step stays.")
              .field("epsilon", &RmsPropAlexUpdateOptions::epsilon, "Added to the variance.");
        })
        .inputs({"weight", "grad"})
        .states({"n", "g", "delta"})
        .field("clip_weights", &RmsPropAlexUpdateOptions::clip_weights,
               "Bound of each weight; below 0: none.")
        .forward(updating([](const RmsPropAlexUpdateOptions& o, const Call& call) {
          dispatch_real(call.in[0].dtype, "rmspropalex_update", [&]<class T>() {
            kernels::rmsprop_centered_update<T>(call.in[0].as<T>(), call.in[1].as<T>(),
                                                call.in[2].as<T>(), call.in[3].as<T>(),
                                                call.in[4].as<T>(), call.in[0].size(),
                                                {.common = common(o),
                                                 .gamma1 = o.gamma1,
                                                 .gamma2 = o.gamma2,
                                                 .epsilon = o.epsilon,
                                                 .clip_weights = o.clip_weights});
          });
        }))
        .sample({},
                {{{3, 4}}, {{3, 4}}, {{3, 4}, {Fill::Kind::uniform, 1, 2}}, {{3, 4}}, {{3, 4}}});

const auto adagrad =
    define_update<AdaGradUpdateOptions>(
        "adagrad_update", "One step of AdaGrad (Duchi et al., 2011).",
        [](auto& definition) {
          definition.field("epsilon", &AdaGradUpdateOptions::epsilon,
                           "Added to the sum of squares.");
        })
        .aliases({"_sparse_adagrad_update"})
        .inputs({"weight", "grad"})
        .states({"history"})
        .field("beside_root", &AdaGradUpdateOptions::beside_root,
               "MXNet 2's epsilon, added to the root; below 0: none.")
        .forward(updating([](const AdaGradUpdateOptions& o, const Call& call) {
          dispatch_real(call.in[0].dtype, "adagrad_update", [&]<class T>() {
            kernels::adagrad_update<T>(
                call.in[0].as<T>(), call.in[1].as<T>(), call.in[2].as<T>(), call.in[0].size(),
                {.common = common(o), .epsilon = o.epsilon, .beside_root = o.beside_root});
          });
        }))
        .sample({}, arrays(3))
        .sample({.wd = 0.1, .beside_root = 0.1}, arrays(3));

const auto adadelta =
    define_update<AdaDeltaUpdateOptions>(
        "adadelta_update", "One step of AdaDelta (Zeiler, 2012).",
        [](auto& definition) {
          definition.field("rho", &AdaDeltaUpdateOptions::rho, "Decay of the means.")
              .field("epsilon", &AdaDeltaUpdateOptions::epsilon, "Added to the means of squares.");
        })
        .inputs({"weight", "grad"})
        .states({"acc_g", "acc_delta"})
        .forward(updating([](const AdaDeltaUpdateOptions& o, const Call& call) {
          dispatch_real(call.in[0].dtype, "adadelta_update", [&]<class T>() {
            kernels::adadelta_update<T>(call.in[0].as<T>(), call.in[1].as<T>(), call.in[2].as<T>(),
                                        call.in[3].as<T>(), call.in[0].size(),
                                        {.common = common(o), .rho = o.rho, .epsilon = o.epsilon});
          });
        }))
        .sample({}, arrays(4));

const auto adamax =
    define_update<AdamaxUpdateOptions>(
        "adamax_update", "One step of Adamax (Kingma and Ba, 2015).",
        [](auto& definition) {
          definition.field("beta1", &AdamaxUpdateOptions::beta1, "Decay of the mean.")
              .field("beta2", &AdamaxUpdateOptions::beta2, "Decay of the largest magnitude.");
        })
        .inputs({"weight", "grad"})
        .states({"mean", "most"})
        .field("epsilon", &AdamaxUpdateOptions::epsilon,
               "MXNet 2's, added to the largest magnitude; below 0: none.")
        .forward(updating([](const AdamaxUpdateOptions& o, const Call& call) {
          dispatch_real(call.in[0].dtype, "adamax_update", [&]<class T>() {
            kernels::adamax_update<T>(
                call.in[0].as<T>(), call.in[1].as<T>(), call.in[2].as<T>(), call.in[3].as<T>(),
                call.in[0].size(),
                {.common = common(o), .beta1 = o.beta1, .beta2 = o.beta2, .epsilon = o.epsilon});
          });
        }))
        .sample({}, arrays(4))
        .sample({.wd = 0.1, .epsilon = 0.1}, arrays(4));

// The step is divided by the rate.
template <class O>
void infer_divided(const O& o, Inference& s) {
  s.expect(o.lr != 0, -1, "lr: expected another rate than 0, at which there is no step");
  update_definition::infer(o, s);
}

const auto ftrl =
    define_update<FtrlUpdateOptions>(
        "ftrl_update", "One step of FTRL-proximal (McMahan et al., 2013).",
        [](auto& definition) {
          definition.field("lamda1", &FtrlUpdateOptions::lamda1, "Strength of the L1 term.")
              .field("beta", &FtrlUpdateOptions::beta, "Added to the root of the sum of squares.");
        })
        .inputs({"weight", "grad"})
        .states({"z", "n"})
        .infer(infer_divided<FtrlUpdateOptions>)
        .forward(updating([](const FtrlUpdateOptions& o, const Call& call) {
          dispatch_real(call.in[0].dtype, "ftrl_update", [&]<class T>() {
            kernels::ftrl_update<T>(call.in[0].as<T>(), call.in[1].as<T>(), call.in[2].as<T>(),
                                    call.in[3].as<T>(), call.in[0].size(),
                                    {.common = common(o), .lamda1 = o.lamda1, .beta = o.beta});
          });
        }))
        .sample({}, arrays(4));

const auto signsgd =
    define_update<SignSgdUpdateOptions>("signsgd_update",
                                        "w = (1 - lr * wd) * w - lr * sign(grad).")
        .inputs({"weight", "grad"})
        .forward(updating([](const SignSgdUpdateOptions& o, const Call& call) {
          // MXNet takes the sign of the gradient as it comes, neither scaled nor cut.
          const kernels::CommonStep step{.learning_rate = o.lr, .weight_decay = o.wd};
          dispatch_real(call.in[0].dtype, "signsgd_update", [&]<class T>() {
            kernels::signsgd_update<T>(call.in[0].as<T>(), call.in[1].as<T>(), call.in[0].size(),
                                       {.common = step});
          });
        }))
        .sample({}, arrays(2));

const auto signum =
    define_update<SignumUpdateOptions>(
        "signum_update", "One step of Signum (Bernstein et al., 2018).",
        [](auto& definition) {
          definition.field("momentum", &SignumUpdateOptions::momentum,
                           "How much of the mean stays.");
        })
        .inputs({"weight", "grad"})
        .states({"mom"})
        .field("wd_lh", &SignumUpdateOptions::wd_lh, "Decay of the weight itself.")
        .forward(updating([](const SignumUpdateOptions& o, const Call& call) {
          dispatch_real(call.in[0].dtype, "signum_update", [&]<class T>() {
            kernels::signum_update<T>(
                call.in[0].as<T>(), call.in[1].as<T>(), call.in[2].as<T>(), call.in[0].size(),
                {.common = common(o), .momentum = o.momentum, .wd_lh = o.wd_lh});
          });
        }))
        .sample({}, arrays(3));

void infer_ftml(const FtmlUpdateOptions& o, Inference& s) {
  s.expect(o.t >= 1, -1, "t: expected the number of the step, from 1 on, got ", o.t);
  infer_divided(o, s);
}

const auto ftml =
    define_op<FtmlUpdateOptions>("ftml_update")
        .doc("One step of FTML (Zheng and Kwok, 2017).")
        .in_place()
        .inputs({"weight", "grad"})
        .states({"d", "v", "z"})
        .field("lr", &FtmlUpdateOptions::lr, "Learning rate.")
        .required()
        .field("beta1", &FtmlUpdateOptions::beta1, "Decay of the sum.")
        .field("beta2", &FtmlUpdateOptions::beta2, "Decay of the mean of squares.")
        .field("epsilon", &FtmlUpdateOptions::epsilon, "Added to the root of the mean of squares.")
        .field("t", &FtmlUpdateOptions::t, "The number of the step, from 1 on.")
        .required()
        .field("wd", &FtmlUpdateOptions::wd, "Weight decay.")
        .field("rescale_grad", &FtmlUpdateOptions::rescale_grad, "Gradients are multiplied by it.")
        .field("clip_grad", &FtmlUpdateOptions::clip_grad, "Bound of each element; below 0: none.")
        .infer(infer_ftml)
        .forward(updating([](const FtmlUpdateOptions& o, const Call& call) {
          dispatch_real(call.in[0].dtype, "ftml_update", [&]<class T>() {
            kernels::ftml_update<T>(call.in[0].as<T>(), call.in[1].as<T>(), call.in[2].as<T>(),
                                    call.in[3].as<T>(), call.in[4].as<T>(), call.in[0].size(),
                                    {.common = {.learning_rate = o.lr,
                                                .weight_decay = o.wd,
                                                .rescale_gradient = o.rescale_grad,
                                                .clip_gradient = o.clip_grad},
                                     .beta1 = o.beta1,
                                     .beta2 = o.beta2,
                                     .epsilon = o.epsilon,
                                     .t = o.t});
          });
        }))
        .sample({.lr = 0.1, .t = 2}, arrays(5));

}  // namespace

void nd::nag_mom_update(const NDArray& weight, const NDArray& grad, const NDArray& mom,
                        const NagMomUpdateOptions& options) {
  run("nag_mom_update", options, {weight, grad, mom});
}

void nd::rmsprop_update(const NDArray& weight, const NDArray& grad, const NDArray& n,
                        const RmsPropUpdateOptions& options) {
  run("rmsprop_update", options, {weight, grad, n});
}

void nd::rmspropalex_update(const NDArray& weight, const NDArray& grad, const NDArray& n,
                            const NDArray& g, const NDArray& delta,
                            const RmsPropAlexUpdateOptions& options) {
  run("rmspropalex_update", options, {weight, grad, n, g, delta});
}

void nd::adagrad_update(const NDArray& weight, const NDArray& grad, const NDArray& history,
                        const AdaGradUpdateOptions& options) {
  run("adagrad_update", options, {weight, grad, history});
}

void nd::adadelta_update(const NDArray& weight, const NDArray& grad, const NDArray& acc_g,
                         const NDArray& acc_delta, const AdaDeltaUpdateOptions& options) {
  run("adadelta_update", options, {weight, grad, acc_g, acc_delta});
}

void nd::adamax_update(const NDArray& weight, const NDArray& grad, const NDArray& mean,
                       const NDArray& most, const AdamaxUpdateOptions& options) {
  run("adamax_update", options, {weight, grad, mean, most});
}

void nd::ftrl_update(const NDArray& weight, const NDArray& grad, const NDArray& z, const NDArray& n,
                     const FtrlUpdateOptions& options) {
  run("ftrl_update", options, {weight, grad, z, n});
}

void nd::signsgd_update(const NDArray& weight, const NDArray& grad,
                        const SignSgdUpdateOptions& options) {
  run("signsgd_update", options, {weight, grad});
}

void nd::signum_update(const NDArray& weight, const NDArray& grad, const NDArray& mom,
                       const SignumUpdateOptions& options) {
  run("signum_update", options, {weight, grad, mom});
}

void nd::ftml_update(const NDArray& weight, const NDArray& grad, const NDArray& d, const NDArray& v,
                     const NDArray& z, const FtmlUpdateOptions& options) {
  run("ftml_update", options, {weight, grad, d, v, z});
}

}  // namespace gluino
