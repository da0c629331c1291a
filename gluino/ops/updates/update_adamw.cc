#include <gluino/kernels/cpu/elementwise/update_adaptive.h>
#include <gluino/ops/updates/update_adamw.h>
#include <gluino/ops/updates/update_forms-inl.h>

#include <cmath>
#include <optional>
#include <string>

namespace gluino {

AdamWUpdateOptions MultiAdamWUpdateOptions::each(std::size_t i,
                                                 std::span<const Tensor> /*shared*/) const {
  AdamWUpdateOptions options = *this;
  options.lr = lrs[i];
  options.wd = wds[i];
  options.eta = etas[i];
  return options;
}

namespace {

using update_definition::arrays_of;
using update_definition::define_form;
using update_definition::expect_per_weight;
using update_definition::run;
using update_definition::SeveralWeights;
using update_definition::UpdateInputs;

// Of (weight, grad, mean, var, rescale_grad); nothing where the factor is none.
std::optional<kernels::AdamWStep> step_of(const AdamWUpdateOptions& o, const Call& call) {
  const Tensor& factor = call.in[4];
  const double rescale = dispatch_real(factor.dtype, "adamw_update", [&]<class T>() {
    return static_cast<double>(*factor.as<T>());
  });
  if (rescale == 0 || !std::isfinite(rescale)) return std::nullopt;
  return kernels::AdamWStep{.common = {.learning_rate = o.lr,
                                       .weight_decay = o.wd,
                                       .rescale_gradient = rescale,
                                       .clip_gradient = o.clip_gradient},
                            .beta1 = o.beta1,
                            .beta2 = o.beta2,
                            .epsilon = o.epsilon,
                            .eta = o.eta};
}

void adamw(const AdamWUpdateOptions& o, const Call& call) {
  const auto step = step_of(o, call);
  if (!step) return;
  dispatch_real(call.in[0].dtype, "adamw_update", [&]<class T>() {
    kernels::adamw_update<T>(call.in[0].as<T>(), call.in[1].as<T>(), call.in[2].as<T>(),
                             call.in[3].as<T>(), call.in[0].size(), *step);
  });
}

void adabelief(const AdamWUpdateOptions& o, const Call& call) {
  const auto step = step_of(o, call);
  if (!step) return;
  dispatch_real(call.in[0].dtype, "adabelief_update", [&]<class T>() {
    kernels::adabelief_update<T>(call.in[0].as<T>(), call.in[1].as<T>(), call.in[2].as<T>(),
                                 call.in[3].as<T>(), call.in[0].size(), *step);
  });
}

using Kernel = void (*)(const AdamWUpdateOptions&, const Call&);

template <class O>
OpDefinition<O> define_rule(const char* name, const char* doc, Kernel kernel, bool mixed) {
  const UpdateInputs inputs = {
      .states = {"mean", "var"}, .mixed = mixed, .shared = {"rescale_grad"}};
  auto definition = define_form<O>(name, doc, inputs, kernel, [](const O& o, Inference& s) {
    if constexpr (SeveralWeights<O>) {
      expect_per_weight(s, "lrs", o.lrs, o.num_weights);
      expect_per_weight(s, "wds", o.wds, o.num_weights);
      expect_per_weight(s, "etas", o.etas, o.num_weights);
    }
    const int last = s.num_inputs() - 1;
    s.expect(s.in(last).size() == 1, last, "expected one number, got ", s.in(last));
  });
  const auto arrays = [&](std::size_t weights) {
    std::vector<SampleInput> all = arrays_of(inputs, weights);
    all.push_back({{1}, {Fill::Kind::uniform, 0.5, 1}});
    return all;
  };
  constexpr bool kSeveral = SeveralWeights<O>;
  if constexpr (kSeveral) {
    definition.field("lrs", &O::lrs, "Learning rates, one per weight.").required();
  } else {
    definition.field("lr", &O::lr, "Learning rate.").required();
  }
  definition.field("beta1", &O::beta1, "Decay of the mean.")
      .field("beta2", &O::beta2, "Decay of the variance.")
      .field("epsilon", &O::epsilon, "Added to the root of the variance.");
  if constexpr (kSeveral) {
    definition.field("wds", &O::wds, "Weight decays, one per weight.").required();
    definition.field("etas", &O::etas, "Factors of the whole steps, one per weight.").required();
  } else {
    definition.field("wd", &O::wd, "Weight decay.");
    definition.field("eta", &O::eta, "Factor of the whole step.").required();
  }
  definition.field("clip_gradient", &O::clip_gradient, "Bound of each element; below 0: none.");
  if constexpr (kSeveral) {
    definition.field("num_weights", &O::num_weights, "The number of weights.");
    O one;
    one.lrs = {0.1};
    one.wds = {0.01};
    one.etas = {0.5};
    O three;
    three.lrs = {0.1, 0.2, 0.3};
    three.wds = {0.01, 0, 0.1};
    three.etas = {0.5, 1, 1};
    three.num_weights = 3;
    definition.sample(one, arrays(1)).sample(three, arrays(3));
  } else {
    definition.sample({}, arrays(1)).sample({.lr = 0.1, .wd = 0.1, .eta = 0.5}, arrays(1));
  }
  return definition;
}

// The four forms of an update: "_adamw_update", "_mp_adamw_update" and so on.
bool define_forms(const std::string& name, const std::string& doc, Kernel kernel) {
  const std::string plain = str("_", name, "_update"), mixed = str("_mp_", name, "_update");
  const auto define = [&]<class O>(const std::string& form, const std::string& text, bool half) {
    define_rule<O>(form.c_str(), text.c_str(), kernel, half);
  };
  define.operator()<AdamWUpdateOptions>(plain, doc, false);
  define.operator()<AdamWUpdateOptions>(
      mixed, plain + " of weight32, which the weight gets in its own precision.", true);
  define.operator()<MultiAdamWUpdateOptions>(str("_multi", plain), plain + " of several weights.",
                                             false);
  define.operator()<MultiAdamWUpdateOptions>(str("_multi", mixed), mixed + " of several weights.",
                                             true);
  return true;
}

[[maybe_unused]] const bool defined =
    define_forms("adamw", "One step of AdamW.", adamw) &&
    define_forms("adabelief", "One step of AdaBelief.", adabelief);

}  // namespace

void nd::adamw_update(const NDArray& weight, const NDArray& grad, const NDArray& mean,
                      const NDArray& var, const NDArray& rescale_grad,
                      const AdamWUpdateOptions& options) {
  run("_adamw_update", options, {weight, grad, mean, var, rescale_grad});
}

void nd::adabelief_update(const NDArray& weight, const NDArray& grad, const NDArray& mean,
                          const NDArray& var, const NDArray& rescale_grad,
                          const AdamWUpdateOptions& options) {
  run("_adabelief_update", options, {weight, grad, mean, var, rescale_grad});
}

}  // namespace gluino
