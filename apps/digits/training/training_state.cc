#include <apps/digits/training/training_state.h>
#include <gluino/base/error.h>
#include <gluino/ops/elementwise/copies.h>

#include <map>
#include <set>
#include <utility>

namespace digits {
namespace {

using gluino::NDArray;
using gluino::str;

// The arrays of one weight at all devices of this process.
struct Weight {
  std::string name;
  std::vector<NDArray> copies;
  // Not trained, so each part has its own.
  bool differs = false;
};

std::vector<Weight> weights_of(const gluino::gluon::Block& net) {
  std::vector<Weight> weights;
  for (const auto& parameter : net.collect_params()) {
    weights.push_back(
        {parameter.name(), parameter.list_data(), parameter.grad_req() == gluino::GradReq::null});
  }
  return weights;
}

std::vector<Weight> weights_of(const gluino::mod::Module& module) {
  std::set<std::string> inputs(module.data_names().begin(), module.data_names().end());
  inputs.insert(module.label_names().begin(), module.label_names().end());
  std::vector<Weight> weights;
  const auto add = [&](const std::vector<std::string>& names, bool differ, const auto& arrays_of) {
    for (const std::string& name : names) {
      if (inputs.contains(name)) continue;
      weights.push_back({name, {}, differ});
      for (const gluino::Executor& executor : module.executors()) {
        weights.back().copies.push_back(arrays_of(executor).at(name));
      }
    }
  };
  add(
      module.symbol().list_arguments(), false,
      [](const auto& executor) -> auto& { return executor.arg_dict(); });
  add(
      module.symbol().list_auxiliary_states(), true,
      [](const auto& executor) -> auto& { return executor.aux_dict(); });
  return weights;
}

std::string copy_name(const std::string& name, std::size_t part) {
  return part == 0 ? name : str(name, "@", part);
}

void take(const std::vector<Weight>& weights, TrainingState& state, const Team& team) {
  state.weights.clear();
  for (const auto& [name, own, differs] : weights) {
    const std::vector<NDArray> copies = differs ? copies_of_all(team, own) : own;
    for (std::size_t i = 0; i < copies.size(); ++i) {
      if (i > 0 && gluino::ops::same_bits(copies[0], copies[i])) continue;
      state.weights.emplace_back(copy_name(name, i), copies[i]);
    }
  }
}

void give(const TrainingState& state, const std::vector<Weight>& weights, const Team& team) {
  const auto first = static_cast<std::size_t>(team.parts().first);
  std::map<std::string, NDArray> saved(state.weights.begin(), state.weights.end());
  const auto find = [&](const std::string& name, const NDArray& like) {
    const auto found = saved.find(name);
    gluino::check(found != saved.end() && found->second.defined(), "expected the weight ", name,
                  ", found none");
    const NDArray& array = found->second;
    gluino::check(array.shape() == like.shape() && array.dtype() == like.dtype(), name,
                  ": expected ", like.dtype(), " ", like.shape(), ", found ", array.dtype(), " ",
                  array.shape());
    return array;
  };
  for (const auto& [name, copies, differ] : weights) {
    for (std::size_t i = 0; i < copies.size(); ++i) {
      const std::string own_name = copy_name(name, first + i);
      const NDArray value = find(saved.contains(own_name) ? own_name : name, copies[i]);
      copies[i].assign(value.as_in_context(copies[i].context()));
    }
  }
}

}  // namespace

void take_weights(const gluino::gluon::Block& net, TrainingState& state, const Team& team) {
  take(weights_of(net), state, team);
}
void take_weights(const gluino::mod::Module& module, TrainingState& state, const Team& team) {
  take(weights_of(module), state, team);
}
void give_weights(const TrainingState& state, const gluino::gluon::Block& net, const Team& team) {
  give(state, weights_of(net), team);
}
void give_weights(const TrainingState& state, const gluino::mod::Module& module, const Team& team) {
  give(state, weights_of(module), team);
}

}  // namespace digits
