#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

/// The folder in which `digits train --run` puts all that it makes: the model (model.params,
/// model.json), metrics.jsonl, and settings.json. Other folders with a model and metrics are read,
/// too.
namespace digits::reports {

std::string model_prefix(const std::string& folder);
std::string metrics_path(const std::string& folder);
std::string settings_path(const std::string& folder);

/// Makes a folder, and those that it lies in, unless it is there. Throws Failure with
/// Exit::wrong_use when that cannot be.
void make_folder(const std::string& path);

/// Writes settings.json: an object of texts and numbers by their names, or options.
void write_settings(const std::string& folder, const nlohmann::ordered_json& settings);

/// A line of metrics.jsonl. What is missing, or was no number, is NaN.
struct EpochMetrics {
  std::int64_t epoch = 0;
  double train_accuracy = 0;
  double train_loss = 0;
  double validation_accuracy = 0;
  double validation_loss = 0;
  double seconds = 0;
};

struct RunFolder {
  /// Of the one model in the folder.
  std::string model;
  /// Empty where there is no metrics.jsonl.
  std::vector<EpochMetrics> epochs;
  /// By name, as they are shown; empty where there is no settings.json.
  std::vector<std::pair<std::string, std::string>> settings;
};

/// Looks what a folder holds; `model` is the name of its model, empty if there is only one. A last
/// line of metrics that was cut off is passed over. Throws Failure: Exit::wrong_use when there is
/// no folder or no model in it, Exit::data_unusable when the metrics or settings cannot be read.
RunFolder read_run(const std::string& folder, const std::string& model);

}  // namespace digits::reports
