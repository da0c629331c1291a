#pragma once

#include <apps/digits/commands/train_options.h>
#include <apps/digits/training/checkpoints.h>
#include <apps/digits/training/history.h>
#include <apps/digits/training/team.h>

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace digits {

/// What lets `digits train` be stopped, or killed, and go on: its checkpoints, what they hold of
/// the command, and the way back. Without --save it does nothing.
class Recovery {
 public:
  /// With --resume, reads the newest checkpoint that is whole, and gives `options` its settings
  /// where the command line has none. Throws Failure when there is nothing to resume, or it
  /// contradicts the command line.
  Recovery(const CLI::App& app, TrainCommandOptions& options, Console& console);

  /// Where the training goes on; null: it begins.
  const TrainingState* from() const { return found_ ? &found_->saved.state : nullptr; }
  /// The checkpoint's file. To be called only where there is one.
  std::string path() const { return files_.path(found_->number); }
  /// True where the training that is to go on has come to its end, and its network is there.
  bool is_finished() const;
  /// What the checkpoint says of the run; of a training that begins, nothing.
  const nlohmann::ordered_json& run() const { return run_; }

  /// Before begin: the processes that train. Only the leader writes; the others take part in what
  /// all must do at once. Throws Failure when they do not go on from the same checkpoint.
  void join(const Team& team);

  History history;

  /// Before training with these digits. `about`: what run() is to say another time, "learning_rate"
  /// among it. Throws Failure when they are not the digits of the checkpoint, or another training
  /// has the prefix.
  void begin(const gluino::gluon::data::Dataset& train_digits,
             const gluino::gluon::data::Dataset& test_digits, const nlohmann::ordered_json& about);
  /// Whether checkpoints are written, by the leader, and the best network kept beside them.
  bool is_on() const { return is_on_; }
  void at_place(const TrainingObserver::TakeState& take);
  /// Writes a last checkpoint, and throws Failure that says how to go on.
  void interrupted(const TrainingObserver::TakeState& take);
  /// The training has ended, and its network is saved.
  void finish(const TrainingState& state);
  /// How a training that has lost another process can go on.
  std::string way_back() const;

 private:
  void find_checkpoint(const CLI::App& app);
  void check_epochs() const;
  void check_early_stop() const;
  void open_checkpoints();
  enum class Is { going_on, finished };
  SavedTraining record(TrainingState state, Is is) const;

  TrainCommandOptions& options_;
  Console& console_;
  CheckpointFiles files_;
  std::vector<std::int64_t> seen_;
  std::optional<CheckpointFiles::Found> found_;
  nlohmann::ordered_json run_;
  Team team_;
  bool is_on_ = false;
  // The leader's.
  std::optional<Checkpoints> checkpoints_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace digits
