#pragma once

#include <apps/digits/tuning/space.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace digits::tuning {

inline constexpr std::int64_t kUsualTrials = 20;

/// All that decides on which trials a search makes.
struct Settings {
  Space space{};
  std::string method = "random";
  std::string metric = "validation_accuracy";
  /// At most so many settings are tried; 0: kUsualTrials, but the whole of a grid.
  std::int64_t trials = 0;
  std::int64_t seed = 42;
  std::int64_t epochs = 10;
  /// Of ASHA: epochs of the lowest rung, at least, and how many trials compete for a promotion.
  std::int64_t min_epochs = 1;
  std::int64_t eta = 3;
  bool operator==(const Settings&) const = default;
};

/// A setting that is a whole number: its name on the command line and in files, and its bounds.
struct WholeSetting {
  const char* name;
  std::int64_t Settings::*field;
  std::int64_t low;
  std::int64_t high;
  const char* help;
};
std::span<const WholeSetting> whole_settings();

/// A setting that is one of several words.
struct WordSetting {
  const char* name;
  std::string Settings::*field;
  std::vector<std::string> words;
  const char* help;
};
std::span<const WordSetting> word_settings();

/// How many epochs a trial on each rung trains for, the lowest rung first. Without ASHA there is
/// one. A higher rung has eta times the epochs of the one below it, and the highest all of them.
std::vector<std::int64_t> rungs(const Settings& settings);

/// The settings of all trials: the same for the same seed, and more trials begin with the same
/// ones. No two are alike; there are fewer than asked for when the space has no more. Throws
/// Failure with Exit::wrong_use when a grid has more than a search can hold.
std::vector<Values> propose(const Settings& settings);

nlohmann::ordered_json to_json(const Settings& settings);
/// Throws an exception of nlohmann's or Failure when the object is not what to_json makes.
Settings settings_from_json(const nlohmann::ordered_json& json);

}  // namespace digits::tuning
