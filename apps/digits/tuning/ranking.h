#pragma once

#include <apps/digits/tuning/search_log.h>
#include <apps/digits/tuning/settings.h>

#include <optional>
#include <string>
#include <vector>

namespace digits::tuning {

/// One of the settings that were tried, and what came of it.
struct Trial {
  std::int64_t number = 1;
  Values values;
  /// The best of its trainings, if one succeeded: with ASHA there may be several.
  std::optional<Scores> scores{};
  std::int64_t epochs = 0;
  /// Why the last training that failed did so.
  std::string reason{};

  bool was_tried() const { return scores || !reason.empty(); }
};

/// The lower, the better.
double cost(const Settings& settings, const Scores& scores);

/// Takes a training's outcome into account.
void update(Trial& trial, const Job& job, const Outcome& outcome, const Settings& settings);

/// The trials that were tried, the best first and those that failed last.
std::vector<Trial> ranked(std::vector<Trial> trials, const Settings& settings);

/// A table of ranked trials, a line for each.
std::string table(const std::vector<Trial>& ranked, const Settings& settings);

/// What `digits` is told to train with a trial's settings, quoted for a shell where need be.
std::string command_line(const Trial& trial, const Settings& settings);

/// "lr=0.1 net=lenet": what differs between trials.
std::string describe(const Values& values, const Space& space);

}  // namespace digits::tuning
