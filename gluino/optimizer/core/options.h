#pragma once

#include <gluino/base/convert.h>
#include <gluino/base/error.h>
#include <gluino/ndarray/creation.h>
#include <gluino/optimizer/core/optimizer.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace gluino::optimizer {

/// Where an option with a name stands in a struct of options.
template <class Options>
using Field = std::variant<double Options::*, std::optional<double> Options::*,
                           std::int64_t Options::*, bool Options::*, std::string Options::*>;
template <class Options>
using Fields = std::map<std::string, Field<Options>>;

/// An optimizer's own options and those that all have, but for the scheduler.
template <class Options>
Fields<Options> with_common(Fields<Options> own) {
  own.insert({{"learning_rate", &Options::learning_rate},
              {"wd", &Options::wd},
              {"rescale_grad", &Options::rescale_grad},
              {"clip_gradient", &Options::clip_gradient},
              {"begin_num_update", &Options::begin_num_update}});
  return own;
}

/// What the base of the optimizer `name` gets: the options that all have, and the own ones' values.
template <class Options>
CommonOptions common(const char* name, const Options& options, const Fields<Options>& own) {
  Settings settings = {{"optimizer", name}};
  for (const auto& [option, field] : own) {
    const auto text = [&](auto member) { return setting_text(options.*member); };
    settings.emplace_back(option, std::visit(text, field));
  }
  return {.learning_rate = options.learning_rate,
          .wd = options.wd,
          .rescale_grad = options.rescale_grad,
          .clip_gradient = options.clip_gradient,
          .lr_scheduler = options.lr_scheduler,
          .begin_num_update = options.begin_num_update,
          .own = std::move(settings)};
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

/// Puts a value that was given by name into its place; `place` begins the text of an Error.
inline void put(double& target, const OptionValue& value, const std::string& place) {
  target = value.number(place);
}
inline void put(std::optional<double>& target, const OptionValue& value, const std::string& place) {
  target = value.number(place);
}
inline void put(std::int64_t& target, const OptionValue& value, const std::string& place) {
  target = whole_number(value.number(place), place);
}
inline void put(bool& target, const OptionValue& value, const std::string& place) {
  target = value.number(place) != 0;
}
inline void put(std::string& target, const OptionValue& value, const std::string& place) {
  target = value.text(place);
}

/// The options with the values given. Throws Error, listing those that there are, on unknown names.
template <class Options>
Options read_options(const char* who, const OptionMap& given, const Fields<Options>& own) {
  const Fields<Options> fields = with_common(own);
  Options options;
  for (const auto& [name, value] : given) {
    const std::string place = str("[", who, "] ", name);
    if (name == "lr_scheduler") {
      options.lr_scheduler = value.scheduler(place);
      continue;
    }
    const auto field = fields.find(name);
    if (field == fields.end()) {
      std::string known;
      for (const auto& [option, member] : fields) known += option + ", ";
      fail("[", who, "] has no option '", name, "'; known: ", known, "lr_scheduler");
    }
    std::visit([&, &option = value](auto member) { put(options.*member, option, place); },
               field->second);
  }
  return options;
}

/// Makes create() know the optimizer `name`, which has these options of its own.
template <class Rule, class Options>
bool registers(const char* name, const Fields<Options>& own) {
  register_optimizer(name, [name, own](const OptionMap& given) {
    return std::make_shared<Rule>(read_options(name, given, own));
  });
  return true;
}

}  // namespace gluino::optimizer
