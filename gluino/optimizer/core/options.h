#pragma once

#include <gluino/base/convert.h>
#include <gluino/base/error.h>
#include <gluino/ndarray/creation.h>
#include <gluino/optimizer/core/optimizer.h>

#include <map>
#include <string>

namespace gluino::optimizer {

/// How a named number gets into a struct of options.
template <class Options>
using Setters = std::map<std::string, void (*)(Options&, double)>;

/// The setters of the options that all optimizers have, to which an optimizer adds its own.
template <class Options>
Setters<Options> common_setters() {
  return {
      {"learning_rate", [](Options& o, double value) { o.learning_rate = value; }},
      {"wd", [](Options& o, double value) { o.wd = value; }},
      {"rescale_grad", [](Options& o, double value) { o.rescale_grad = value; }},
      {"clip_gradient", [](Options& o, double value) { o.clip_gradient = value; }},
      {"begin_num_update",
       [](Options& o, double value) {
         check(value >= 0 && value < 1e15, "begin_num_update: expected a count, got ", value);
         o.begin_num_update = whole_number(value, "begin_num_update");
       }},
  };
}

template <class Options>
CommonOptions common(const Options& options) {
  return {.learning_rate = options.learning_rate,
          .wd = options.wd,
          .rescale_grad = options.rescale_grad,
          .clip_gradient = options.clip_gradient,
          .lr_scheduler = options.lr_scheduler,
          .begin_num_update = options.begin_num_update};
}

/// Throws Error unless a number by which running means decay is in [0, 1).
inline void check_decay(const char* who, const char* option, double value) {
  check(value >= 0 && value < 1, "[", who, "] ", option, ": expected a number in [0, 1), got ",
        value);
}

/// `count` arrays of zeros in the form of the weight and at its place.
inline State zero_state(const NDArray& weight, int count) {
  State state;
  for (int i = 0; i < count; ++i) {
    state.push_back(nd::zeros(weight.shape(), weight.dtype(), weight.context()));
  }
  return state;
}

/// Where options that are words are in a struct of options.
template <class Options>
using Words = std::map<std::string, std::string Options::*>;

/// The options with the values given. Throws Error, listing those that there are, on unknown names.
template <class Options>
Options read_options(const char* who, const OptionMap& given, const Setters<Options>& setters,
                     const Words<Options>& words = {}) {
  Options options;
  for (const auto& [name, value] : given) {
    const std::string place = str("[", who, "] ", name);
    if (name == "lr_scheduler") {
      options.lr_scheduler = value.scheduler(place);
      continue;
    }
    if (const auto word = words.find(name); word != words.end()) {
      options.*(word->second) = value.text(place);
      continue;
    }
    const auto setter = setters.find(name);
    if (setter == setters.end()) {
      std::string known;
      for (const auto& [option, set] : setters) known += option + ", ";
      for (const auto& [option, member] : words) known += option + ", ";
      fail("[", who, "] has no option '", name, "'; known: ", known, "lr_scheduler");
    }
    setter->second(options, value.number(place));
  }
  return options;
}

}  // namespace gluino::optimizer
