// Steps of optimizers, for many weights in one call.
#include <gluino/ndarray/sparse_array.h>
#include <gluino/ops/updates/update.h>
#include <gluino/ops/updates/update_rules.h>

#include <array>
#include <string_view>

#include "bindings.h"

namespace gluino::python {
namespace {

/// What an optimizer keeps for one weight.
constexpr std::size_t kMostStates = 3;

/// One weight with what its step reads.
template <class O>
struct Step {
  NDArray weight;
  NDArray grad;
  std::array<NDArray, kMostStates> states;
  O options;
};

/// An option that all weights of a call share.
template <class O>
struct Field {
  std::string_view name;
  double O::*member;
};

NDArray array_of(nb::handle object, const char* what) {
  check(is_array(object.ptr()), "TypeError: ", what, ": expected an array, got ",
        nb::cast<std::string>(nb::str(object.type())));
  return array_in(object.ptr());
}

// Of a row_sparse weight its rows, if all are stored: then they are the weight.
NDArray rows_of(const NDArray& weight) {
  if (weight.stype() != StorageType::row_sparse) return weight;
  if (!nd::sparse::parts_of(weight).disorder.empty()) weight.store(nd::sparse::in_order(weight));
  const NDArray& rows = weight.stored_values();
  check(rows.shape() == weight.shape(), "ValueError: a weight of shape ", weight.shape(),
        " stored as row_sparse: expected all of its rows to be stored, found ", rows.shape()[0]);
  return rows;
}

// None, an array, or a tuple of them, as create_state gives it.
void read_states(nb::handle given, std::size_t count, std::array<NDArray, kMostStates>& states) {
  std::size_t found = 0;
  const auto add = [&](nb::handle state) {
    if (found < count) states[found] = array_of(state, "state");
    ++found;
  };
  if (nb::isinstance<nb::tuple>(given) || nb::isinstance<nb::list>(given)) {
    for (const nb::handle state : nb::borrow<nb::sequence>(given)) add(state);
  } else if (!given.is_none()) {
    add(given);
  }
  check(found == count, "ValueError: expected a state of ", count, " arrays, got ", found,
        "; make it with create_state");
}

template <class O>
O read_options(const nb::dict& given, const std::vector<Field<O>>& own) {
  O options;
  for (const auto [key, value] : given) {
    const auto name = nb::cast<std::string>(key);
    double O::*member = nullptr;
    if (name == "rescale_grad") member = &O::rescale_grad;
    if (name == "clip_gradient") member = &O::clip_gradient;
    for (const Field<O>& field : own) {
      if (name == field.name) member = field.member;
    }
    check(member != nullptr, "TypeError: an update has no option '", name, "'");
    options.*member = nb::cast<double>(value);
  }
  return options;
}

// The step of those rows alone that a row_sparse gradient stores.
template <class O, class Run>
void run_stored_rows(const Step<O>& step, const Run& run) {
  const std::vector<std::int64_t> rows = step.grad.indices().template to_vector<std::int64_t>();
  const NDArray& values = step.grad.stored_values();
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    // Neighbours go together.
    while (end < rows.size() && rows[end] - rows[begin] == static_cast<std::int64_t>(end - begin)) {
      ++end;
    }
    const std::int64_t first = rows[begin];
    const std::int64_t behind = rows[end - 1] + 1;
    Step<O> part{
        .weight = step.weight.slice_view(first, behind),
        .grad = values.slice_view(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end)),
        .states = {},
        .options = step.options};
    for (std::size_t i = 0; i < part.states.size() && step.states[i].defined(); ++i) {
      part.states[i] = step.states[i].slice_view(first, behind);
    }
    run(part);
  }
}

/// m.NAME(weights, grads, states, lrs, wds, lazy, {option: number}): the weights' steps, one after
/// the other. `lazy`: of rows that a gradient does not store, nothing changes.
template <class O, class Run>
void define(nb::module_& m, const char* name, std::size_t states,
            std::initializer_list<Field<O>> fields, Run run) {
  m.def(name, [states, fields = std::vector<Field<O>>(fields), run](
                  const nb::list& weights, const nb::list& grads, const nb::list& states_of,
                  const std::vector<double>& lrs, const std::vector<double>& wds, bool lazy,
                  const nb::dict& given) {
    const std::size_t count = weights.size();
    check(grads.size() == count && states_of.size() == count && lrs.size() == count &&
              wds.size() == count,
          "ValueError: expected a gradient, a state and rates for each of ", count, " weights");
    const O options = read_options(given, fields);
    std::vector<Step<O>> steps(count);
    std::int64_t elements = 0;
    for (std::size_t i = 0; i < count; ++i) {
      Step<O>& step = steps[i];
      step.weight = rows_of(array_of(weights[i], "weight"));
      step.grad = array_of(grads[i], "grad");
      if (!lazy) step.grad = step.grad.tostype(StorageType::dense);
      read_states(states_of[i], states, step.states);
      step.options = options;
      if constexpr (requires { step.options.lr; }) step.options.lr = lrs[i];
      step.options.wd = wds[i];
      elements += step.weight.size();
    }
    const ReleaseGil release(elements >= kWorthReleasing);
    for (const Step<O>& step : steps) {
      if (step.grad.stype() == StorageType::row_sparse) {
        run_stored_rows(step, run);
      } else {
        run(step);
      }
    }
  });
}

void bind_plain(nb::module_& m) {
  using Sgd = SgdUpdateOptions;
  define<Sgd>(m, "sgd_update", 0, {},
              [](const Step<Sgd>& s) { nd::sgd_update(s.weight, s.grad, s.options); });
  using SgdMom = SgdMomUpdateOptions;
  define<SgdMom>(
      m, "sgd_mom_update", 1, {{"momentum", &SgdMom::momentum}},
      [](const Step<SgdMom>& s) { nd::sgd_mom_update(s.weight, s.grad, s.states[0], s.options); });
  using Nag = NagMomUpdateOptions;
  define<Nag>(m, "nag_mom_update", 1, {{"momentum", &Nag::momentum}}, [](const Step<Nag>& s) {
    nd::nag_mom_update(s.weight, s.grad, s.states[0], s.options);
  });
  using SignSgd = SignSgdUpdateOptions;
  define<SignSgd>(m, "signsgd_update", 0, {},
                  [](const Step<SignSgd>& s) { nd::signsgd_update(s.weight, s.grad, s.options); });
  using Signum = SignumUpdateOptions;
  define<Signum>(
      m, "signum_update", 1, {{"momentum", &Signum::momentum}, {"wd_lh", &Signum::wd_lh}},
      [](const Step<Signum>& s) { nd::signum_update(s.weight, s.grad, s.states[0], s.options); });
}

void bind_adaptive(nb::module_& m) {
  using Adam = AdamUpdateOptions;
  define<Adam>(m, "adam_update", 2,
               {{"beta1", &Adam::beta1}, {"beta2", &Adam::beta2}, {"epsilon", &Adam::epsilon}},
               [](const Step<Adam>& s) {
                 nd::adam_update(s.weight, s.grad, s.states[0], s.states[1], s.options);
               });
  using Adamax = AdamaxUpdateOptions;
  define<Adamax>(
      m, "adamax_update", 2,
      {{"beta1", &Adamax::beta1}, {"beta2", &Adamax::beta2}, {"epsilon", &Adamax::epsilon}},
      [](const Step<Adamax>& s) {
        nd::adamax_update(s.weight, s.grad, s.states[0], s.states[1], s.options);
      });
  using AdaGrad = AdaGradUpdateOptions;
  define<AdaGrad>(
      m, "adagrad_update", 1,
      {{"epsilon", &AdaGrad::epsilon}, {"beside_root", &AdaGrad::beside_root}},
      [](const Step<AdaGrad>& s) { nd::adagrad_update(s.weight, s.grad, s.states[0], s.options); });
  using AdaDelta = AdaDeltaUpdateOptions;
  define<AdaDelta>(m, "adadelta_update", 2,
                   {{"rho", &AdaDelta::rho}, {"epsilon", &AdaDelta::epsilon}},
                   [](const Step<AdaDelta>& s) {
                     nd::adadelta_update(s.weight, s.grad, s.states[0], s.states[1], s.options);
                   });
  using Ftrl = FtrlUpdateOptions;
  define<Ftrl>(m, "ftrl_update", 2, {{"lamda1", &Ftrl::lamda1}, {"beta", &Ftrl::beta}},
               [](const Step<Ftrl>& s) {
                 nd::ftrl_update(s.weight, s.grad, s.states[0], s.states[1], s.options);
               });
}

void bind_rmsprop(nb::module_& m) {
  using Plain = RmsPropUpdateOptions;
  define<Plain>(
      m, "rmsprop_update", 1,
      {{"gamma1", &Plain::gamma1},
       {"epsilon", &Plain::epsilon},
       {"clip_weights", &Plain::clip_weights}},
      [](const Step<Plain>& s) { nd::rmsprop_update(s.weight, s.grad, s.states[0], s.options); });
  using Centered = RmsPropAlexUpdateOptions;
  define<Centered>(m, "rmspropalex_update", 3,
                   {{"gamma1", &Centered::gamma1},
                    {"gamma2", &Centered::gamma2},
                    {"epsilon", &Centered::epsilon},
                    {"clip_weights", &Centered::clip_weights}},
                   [](const Step<Centered>& s) {
                     nd::rmspropalex_update(s.weight, s.grad, s.states[0], s.states[1], s.states[2],
                                            s.options);
                   });
}

}  // namespace

void bind_optimizer(nb::module_& m) {
  nb::module_ updates = m.def_submodule("updates", "Steps of optimizers, for lists of weights.");
  bind_plain(updates);
  bind_adaptive(updates);
  bind_rmsprop(updates);
}

}  // namespace gluino::python
