#pragma once

#include <apps/digits/training/training.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

namespace digits {

/// What the epochs of a training have brought so far. It stands in checkpoints, so that what is
/// decided by it (which network was the best, whether to stop) is decided the same after a resume.
struct History {
  /// A line for each epoch: see epoch_json.
  nlohmann::ordered_json epochs = nlohmann::ordered_json::array();
  EpochResult last;
  /// The first of those with the highest accuracy on the test digits; 0: none yet.
  std::int64_t best_epoch = 0;
  double best_accuracy = 0;
  /// Of the weights that stayed, on digits that were set aside; `last.test` is then of the test
  /// digits.
  std::optional<double> validation_accuracy{};
  /// Spent on training alone, and altogether.
  double training_seconds = 0;
  double seconds = 0;

  /// True if the epoch is the best so far.
  bool add(const EpochResult& result);
};

/// epoch, train_accuracy, train_loss, validation_accuracy, validation_loss, samples_per_second,
/// seconds.
nlohmann::ordered_json epoch_json(const EpochResult& result);

nlohmann::ordered_json to_json(const History& history);
/// Throws nlohmann's exceptions on what to_json did not give.
History history_from(const nlohmann::ordered_json& json);

}  // namespace digits
