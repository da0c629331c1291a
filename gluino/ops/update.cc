#include <gluino/kernels/cpu/update.h>
#include <gluino/ops/define.h>
#include <gluino/ops/update.h>

namespace gluino {
namespace {

// All arrays of an update have the weight's shape; it changes them in place and gives nothing.
template <class O>
void infer(const O& /*options*/, Inference& s) {
  for (int i = 1; i < s.num_inputs(); ++i) s.set_in(i, s.in(0));
}

void sgd(const SgdUpdateOptions& o, const Call& call) {
  dispatch_real(call.in[0].dtype, "sgd_update", [&]<class T>() {
    kernels::sgd_update<T>(call.in[0].as<T>(), call.in[1].as<T>(), nullptr, call.in[0].size(),
                           {.learning_rate = o.lr,
                            .weight_decay = o.wd,
                            .rescale_gradient = o.rescale_grad,
                            .clip_gradient = o.clip_gradient});
  });
}

void sgd_mom(const SgdMomUpdateOptions& o, const Call& call) {
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

// The options that every update has.
template <class O>
OpDefinition<O> define_update(const char* name, const char* doc) {
  auto definition = define_op<O>(name);
  definition.doc(doc)
      .outputs({}, 0)
      .tolerates({"lazy_update"})
      .field("lr", &O::lr, "Learning rate.")
      .field("wd", &O::wd, "Weight decay.")
      .field("rescale_grad", &O::rescale_grad, "Gradients are multiplied by it.")
      .field("clip_gradient", &O::clip_gradient, "Bound of each element; below 0: none.")
      .infer(infer<O>);
  return definition;
}

const auto sgd_update =
    define_update<SgdUpdateOptions>("sgd_update", "w -= lr * (clip(rescale * g) + wd * w).")
        .inputs({"weight", "grad"})
        .forward(sgd);

const auto sgd_mom_update =
    define_update<SgdMomUpdateOptions>(
        "sgd_mom_update", "mom = momentum * mom - lr * (clip(rescale * g) + wd * w); w += mom.")
        .inputs({"weight", "grad"})
        .states({"mom"})
        .field("momentum", &SgdMomUpdateOptions::momentum, "How much of the last step stays.")
        .forward(sgd_mom);

const auto adam_update =
    define_update<AdamUpdateOptions>("adam_update", "One step of Adam (Kingma and Ba, 2015).")
        .inputs({"weight", "grad"})
        .states({"mean", "var"})
        .field("beta1", &AdamUpdateOptions::beta1, "Decay of the mean.")
        .field("beta2", &AdamUpdateOptions::beta2, "Decay of the variance.")
        .field("epsilon", &AdamUpdateOptions::epsilon, "Added to the root of the variance.")
        .forward(adam);

// Updates are no part of what autograd records.
void run(const Op& op, const void* options, std::initializer_list<NDArray> in) {
  check(current_mode().recorder == nullptr, "[", op.name,
        "] weights are updated in place: do it outside autograd::record");
  invoke(op, options, std::span(in.begin(), in.size()), {});
}

}  // namespace

void nd::sgd_update(const NDArray& weight, const NDArray& grad, const SgdUpdateOptions& options) {
  static const Op& op = Op::get<SgdUpdateOptions>("sgd_update");
  run(op, &options, {weight, grad});
}

void nd::sgd_mom_update(const NDArray& weight, const NDArray& grad, const NDArray& mom,
                        const SgdMomUpdateOptions& options) {
  static const Op& op = Op::get<SgdMomUpdateOptions>("sgd_mom_update");
  run(op, &options, {weight, grad, mom});
}

void nd::adam_update(const NDArray& weight, const NDArray& grad, const NDArray& mean,
                     const NDArray& var, const AdamUpdateOptions& options) {
  static const Op& op = Op::get<AdamUpdateOptions>("adam_update");
  run(op, &options, {weight, grad, mean, var});
}

}  // namespace gluino
