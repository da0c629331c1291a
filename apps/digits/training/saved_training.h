#pragma once

#include <apps/digits/training/training_state.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

/// A training as one file, a checkpoint: a head with a version, the length and the CRC-32 of what
/// follows, then a description in JSON, the optimizer's states and the weights. A byte more, less
/// or other than was written is found.
namespace digits {

struct SavedTraining {
  TrainingState state;
  /// What the one who trains wants to know again: settings, figures of the epochs.
  nlohmann::ordered_json run = nlohmann::ordered_json::object();
};

std::string to_bytes(const SavedTraining& saved);
/// Throws Error, naming `source`, on bytes that to_bytes did not give.
SavedTraining saved_training_from(std::string_view bytes, const std::string& source);

/// True for bytes that begin as a checkpoint does.
bool is_saved_training(std::string_view bytes);

/// What stands behind the head; for tests, which damage it on purpose.
std::string with_head(std::string_view content);

/// JSON has no numbers that are none, such as the accuracy of an epoch without any digit: null
/// stands for them, and is read as NaN. Throws nlohmann's exceptions on what is no number either.
nlohmann::ordered_json number_json(double value);
double number_from(const nlohmann::ordered_json& json);

}  // namespace digits
