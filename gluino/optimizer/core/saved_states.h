#pragma once

#include <gluino/optimizer/core/optimizer.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gluino::optimizer {

/// What a training needs, besides its weights, to be taken up where it stopped.
struct SavedStates {
  /// By the weights' index. What was read has one, if an empty one, for each weight that was
  /// counted.
  std::map<std::int64_t, State> states;
  Optimizer::UpdateCounts counts;
  /// Given when the optimizer itself was saved too.
  struct Rates {
    double learning_rate = 0;
    double wd = 0;
  };
  std::optional<Rates> rates;
};

/// The same as bytes: arrays with names in the layout of `.params` files.
GLUINO_API std::string write_states(const SavedStates& saved);
/// Throws Error, naming `source`, on bytes that write_states did not give.
GLUINO_API SavedStates read_states(std::string_view bytes, const std::string& source);

/// Weights by their index, with their names.
using Weights = std::map<std::int64_t, std::pair<std::string, NDArray>>;

/// Throws Error, naming `source` and the weight, unless these are states that the optimizer would
/// make for the weights. Of a weight that has no array yet nothing is known.
GLUINO_API void check_states(const SavedStates& saved, const Optimizer& optimizer,
                             const Weights& weights, const std::string& source);

/// The counts, and the rates if `dump_optimizer`, of an optimizer.
GLUINO_API SavedStates save_optimizer(const Optimizer& optimizer, bool dump_optimizer);
/// Gives them to an optimizer. A rate that a scheduler decides on stays its own.
GLUINO_API void restore_optimizer(const SavedStates& saved, Optimizer& optimizer);

}  // namespace gluino::optimizer
