#pragma once

#include <apps/digits/commands/train_options.h>

#include <nlohmann/json.hpp>
#include <string>

/// What checkpoints remember of the command line of `digits train`.
namespace digits {

/// The settings by their options: {"--net": "lenet", ...}.
nlohmann::ordered_json settings_json(const TrainCommandOptions& options);

/// Gives options that the command line left out the values that they had in `saved`, which
/// settings_json gave. Throws Failure, naming the option, where the command line has one that
/// decides on the weights and differs from the checkpoint `source`.
void adopt_settings(const nlohmann::ordered_json& saved, const std::string& source,
                    const CLI::App& app, TrainCommandOptions& options);

}  // namespace digits
