#include <gluino/ops/updates/update_forms-inl.h>
#include <gluino/ops/updates/update_kernels-inl.h>
#include <gluino/ops/updates/update_multi.h>

namespace gluino {

template <class Options>
Options PreloadedUpdateOptions<Options>::each(std::size_t i, std::span<const Tensor> shared) const {
  const auto number = [i](const Tensor& row) {
    return dispatch_real(row.dtype, "update",
                         [&]<class T>() { return static_cast<double>(row.as<T>()[i]); });
  };
  Options options = *this;
  options.lr = number(shared[0]);
  options.wd = number(shared[1]);
  return options;
}

namespace {

using update_definition::arrays_of;
using update_definition::define_form;
using update_definition::expect_per_weight;
using update_definition::nag_mom;
using update_definition::sgd;
using update_definition::sgd_mom;
using update_definition::UpdateInputs;

template <class O>
constexpr bool has_momentum = requires(O o) {
  o.momentum;
};

template <class O>
UpdateInputs inputs_of(bool mixed, std::vector<std::string> shared = {}) {
  UpdateInputs inputs{.states = {}, .mixed = mixed, .shared = std::move(shared)};
  if (has_momentum<O>) inputs.states = {"mom"};
  return inputs;
}

template <class O>
void add_momentum(OpDefinition<O>& definition) {
  if constexpr (has_momentum<O>) {
    definition.field("momentum", &O::momentum, "How much of the last step stays.");
  }
}

template <class O>
void add_gradient_fields(OpDefinition<O>& definition) {
  definition.field("rescale_grad", &O::rescale_grad, "Gradients are multiplied by it.")
      .field("clip_gradient", &O::clip_gradient, "Bound of each element; below 0: none.");
}

template <class O>
void add_count(OpDefinition<O>& definition) {
  definition.field("num_weights", &O::num_weights, "The number of weights.");
}

// One weight, with a copy in full precision.
template <class O, class Kernel>
OpDefinition<O> define_mixed(const char* name, const char* doc, Kernel kernel) {
  const UpdateInputs inputs = inputs_of<O>(true);
  auto definition =
      define_form<O>(name, doc, inputs, kernel, [](const O& /*o*/, const Inference& /*s*/) {});
  definition.field("lr", &O::lr, "Learning rate.").required();
  add_momentum(definition);
  definition.field("wd", &O::wd, "Weight decay.");
  add_gradient_fields(definition);
  definition.sample({}, arrays_of(inputs, 1));
  return definition;
}

// Several weights, whose rates are options.
template <class Single, class Kernel>
bool define_multi(const char* name, const char* doc, bool mixed, Kernel kernel) {
  using O = MultiUpdateOptions<Single>;
  const UpdateInputs inputs = inputs_of<Single>(mixed);
  auto definition = define_form<O>(name, doc, inputs, kernel, [](const O& o, const Inference& s) {
    expect_per_weight(s, "lrs", o.lrs, o.num_weights);
    expect_per_weight(s, "wds", o.wds, o.num_weights);
  });
  definition.field("lrs", &O::lrs, "Learning rates, one per weight.").required();
  definition.field("wds", &O::wds, "Weight decays, one per weight.").required();
  add_momentum(definition);
  add_gradient_fields(definition);
  add_count(definition);
  O one;
  one.lrs = {0.1};
  one.wds = {0.01};
  O three = one;
  three.lrs = {0.1, 0.2, 0.3};
  three.wds = {0.01, 0, 0.1};
  three.num_weights = 3;
  definition.sample(one, arrays_of(inputs, 1)).sample(three, arrays_of(inputs, 3));
  return true;
}

// Several weights, whose rates are inputs.
template <class Single, class Kernel>
bool define_preloaded(const char* name, const char* doc, bool mixed, Kernel kernel) {
  using O = PreloadedUpdateOptions<Single>;
  const UpdateInputs inputs = inputs_of<Single>(mixed, {"lrs", "wds"});
  auto definition = define_form<O>(name, doc, inputs, kernel, [inputs](const O& o, Inference& s) {
    const int first = static_cast<int>(inputs.each()) * static_cast<int>(o.num_weights);
    for (int i = first; i < s.num_inputs(); ++i) s.set_in(i, {o.num_weights});
  });
  add_momentum(definition);
  add_gradient_fields(definition);
  add_count(definition);
  for (const int weights : {1, 3}) {
    O options;
    options.num_weights = weights;
    auto arrays = arrays_of(inputs, static_cast<std::size_t>(weights));
    arrays.insert(arrays.end(), 2, {{weights}, {Fill::Kind::uniform, 0.01, 0.2}});
    definition.sample(options, arrays);
  }
  return true;
}

const auto mp_sgd =
    define_mixed<SgdUpdateOptions>(
        "mp_sgd_update", "sgd_update of weight32, which the weight gets in its own precision.", sgd)
        .tolerates({"lazy_update"});
const auto mp_sgd_mom =
    define_mixed<SgdMomUpdateOptions>(
        "mp_sgd_mom_update",
        "sgd_mom_update of weight32, which the weight gets in its own precision.", sgd_mom)
        .tolerates({"lazy_update"});
const auto mp_nag_mom = define_mixed<NagMomUpdateOptions>(
    "mp_nag_mom_update", "nag_mom_update of weight32, which the weight gets in its own precision.",
    nag_mom);

[[maybe_unused]] const bool multi_defined =
    define_multi<SgdUpdateOptions>("multi_sgd_update", "sgd_update of several weights.", false,
                                   sgd) &&
    define_multi<SgdMomUpdateOptions>("multi_sgd_mom_update", "sgd_mom_update of several weights.",
                                      false, sgd_mom) &&
    define_multi<SgdUpdateOptions>("multi_mp_sgd_update", "mp_sgd_update of several weights.", true,
                                   sgd) &&
    define_multi<SgdMomUpdateOptions>("multi_mp_sgd_mom_update",
                                      "mp_sgd_mom_update of several weights.", true, sgd_mom);

[[maybe_unused]] const bool preloaded_defined =
    define_preloaded<SgdUpdateOptions>(
        "preloaded_multi_sgd_update", "multi_sgd_update with lrs and wds in arrays.", false, sgd) &&
    define_preloaded<SgdMomUpdateOptions>("preloaded_multi_sgd_mom_update",
                                          "multi_sgd_mom_update with lrs and wds in arrays.", false,
                                          sgd_mom) &&
    define_preloaded<SgdUpdateOptions>("preloaded_multi_mp_sgd_update",
                                       "multi_mp_sgd_update with lrs and wds in arrays.", true,
                                       sgd) &&
    define_preloaded<SgdMomUpdateOptions>("preloaded_multi_mp_sgd_mom_update",
                                          "multi_mp_sgd_mom_update with lrs and wds in arrays.",
                                          true, sgd_mom);

}  // namespace
}  // namespace gluino
