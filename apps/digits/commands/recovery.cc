#include <apps/digits/commands/recovery.h>
#include <apps/digits/commands/train_settings.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/console/interrupt.h>
#include <apps/digits/models/model_file.h>
#include <apps/digits/training/fingerprint.h>
#include <gluino/ndarray/creation.h>

#include <utility>

namespace digits {
namespace {

using gluino::str;
using Json = nlohmann::ordered_json;

void check_use(const CLI::App& app, const TrainCommandOptions& options) {
  if (!options.save.empty()) return;
  for (const char* option : {"--resume", "--resume-or-begin", "--checkpoint-every", "--keep"}) {
    if (app.get_option(option)->count() == 0) continue;
    throw Failure(Exit::wrong_use, str(option,
                                       ": expected --save PREFIX beside it, which names "
                                       "the checkpoints"));
  }
}

// The description of a run, which has its sum and is yet of another form, was written by another
// program.
template <class Action>
auto reading(const std::string& path, const Action& action) {
  try {
    return action();
  } catch (const nlohmann::json::exception& error) {
    throw Failure(Exit::model_unusable,
                  str(path, ": expected a checkpoint of digits train, but ", error.what()));
  }
}

}  // namespace

Recovery::Recovery(const CLI::App& app, TrainCommandOptions& options, Console& console)
    : options_(options), console_(console), files_(options.save) {
  check_use(app, options_);
  if (options_.resume || options_.resume_or_begin) find_checkpoint(app);
}

void Recovery::find_checkpoint(const CLI::App& app) {
  const auto note = [&](const std::string& line) { console_.warn("digits: " + line); };
  seen_ = files_.numbers();
  found_ = failing_with(Exit::model_unusable, [&] { return files_.newest(note); });
  if (!found_) {
    if (options_.resume_or_begin) return;
    throw Failure(Exit::model_unusable, str("--resume: expected a checkpoint of ", options_.save,
                                            ", such as ", files_.path(1), ", found none"));
  }
  reading(path(), [&] {
    run_ = found_->saved.run;
    adopt_settings(run_.at("settings"), path(), app, options_);
    history = history_from(run_.at("history"));
    check_early_stop();
  });
  check_epochs();
  files_.go_on_behind(found_->number);
}

void Recovery::check_epochs() const {
  const TrainingState& state = found_->saved.state;
  const std::int64_t begun = state.epoch - (state.batch > 0 ? 0 : 1);
  if (options_.training.epochs >= begun) return;
  throw Failure(Exit::wrong_use, str("--epochs: expected at least the ", begun, " that ", path(),
                                     " has begun, got ", options_.training.epochs));
}

// It would set digits aside to validate that have been learned from.
void Recovery::check_early_stop() const {
  const bool was_on = run_.at("settings").value("--early-stop", std::int64_t{0}) > 0;
  if (was_on || options_.early_stop == 0 || options_.validation_split > 0) return;
  throw Failure(Exit::wrong_use, str("--early-stop: expected nothing, as ", path(),
                                     " was trained with all training digits, of which early "
                                     "stopping sets some aside; got ",
                                     options_.early_stop));
}

void Recovery::join(const Team& team) {
  team_ = team;
  const double number = found_ ? static_cast<double>(found_->number) : 0;
  const auto all = team.gather(gluino::nd::full({1}, number)).to_vector<double>();
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    if (all[rank] == all[0]) continue;
    throw Failure(Exit::model_unusable,
                  str("--resume: expected a folder that all processes share, but process 0 finds "
                      "the checkpoint ",
                      all[0], " of ", options_.save, ", and process ", rank, " ", all[rank]));
  }
}

bool Recovery::is_finished() const {
  if (!found_ || !is_model(options_.save)) return false;
  return reading(path(), [&] {
    const Json& before = run_.at("settings");
    const Json now = settings_json(options_);
    return run_.at("finished").get<bool>() && before.at("--epochs") == now.at("--epochs") &&
           before.at("--early-stop") == now.at("--early-stop");
  });
}

void Recovery::begin(const gluino::gluon::data::Dataset& train_digits,
                     const gluino::gluon::data::Dataset& test_digits, const Json& about) {
  if (options_.save.empty()) return;
  const Json data = {{"training", fingerprint(train_digits)}, {"test", fingerprint(test_digits)}};
  if (found_ && run_.value("data", Json()) != data) {
    throw Failure(Exit::wrong_use,
                  str("--data: expected the digits that ", path(), " was trained with (",
                      run_.value("data", Json()).dump(), "), found others (", data.dump(), ")"));
  }
  run_ = about;
  run_["data"] = data;
  if (found_ || !options_.checkpoint_every.empty()) open_checkpoints();
  if (team_.leads() && !found_ && !files_.numbers().empty()) {
    console_.warn(str("digits: ", options_.save,
                      " has checkpoints of an earlier training, which "
                      "--resume would take up; this one begins anew and will replace them"));
  }
}

void Recovery::open_checkpoints() {
  is_on_ = true;
  if (checkpoints_ || !team_.leads()) return;
  const std::string& every = options_.checkpoint_every;
  checkpoints_.emplace(CheckpointsOptions{.prefix = options_.save,
                                          .every = every.empty() ? CheckpointInterval{}
                                                                 : parse_checkpoint_interval(every),
                                          .keep = options_.keep},
                       files_, console_);
  // Between our reading and our lock another process may have gone on.
  if (found_ && files_.numbers() != seen_) {
    throw Failure(Exit::failed, str("--resume: ", options_.save,
                                    " has got other checkpoints meanwhile; try again"));
  }
}

SavedTraining Recovery::record(TrainingState state, Is is) const {
  SavedTraining saved{.state = std::move(state), .run = run_};
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin_;
  History until_now = history;
  until_now.seconds += time.count();
  Json settings = settings_json(options_);
  // Which may have been a default that follows from others.
  settings["--lr"] = run_.at("learning_rate");
  saved.run["settings"] = std::move(settings);
  saved.run["history"] = to_json(until_now);
  saved.run["finished"] = is == Is::finished;
  return saved;
}

void Recovery::at_place(const TrainingObserver::TakeState& take) {
  if (!is_on_) return;
  if (!team_.leader_says(checkpoints_ && checkpoints_->is_due_after_batch())) return;
  const TrainingState state = take();
  if (checkpoints_) checkpoints_->write_or_warn([&] { return record(state, Is::going_on); });
}

void Recovery::interrupted(const TrainingObserver::TakeState& take) {
  if (options_.save.empty()) return;
  const TrainingState state = take();
  if (!team_.leads()) return;
  std::string end;
  try {
    // Who stops what was begun by mistake wants the earlier ones.
    if (!is_on()) files_.keep_earlier();
    open_checkpoints();
    end = str("wrote ", checkpoints_->write([&] { return record(state, Is::going_on); }),
              ", from which digits train --save ", options_.save, " --resume goes on");
  } catch (const gluino::Error& error) {
    end = str("no checkpoint could be written: ", error.what());
  }
  throw Failure(interrupt::exit_code(), "interrupted: " + end);
}

void Recovery::finish(const TrainingState& state) {
  if (options_.save.empty() || !team_.leads()) return;
  // What they would go on with is not the network that is there now.
  if (!checkpoints_) return files_.remove_all();
  try {
    checkpoints_->write([&] { return record(state, Is::finished); });
  } catch (const gluino::Error& error) {
    console_.warn(
        str("digits: the network is saved, but the checkpoint from which more epochs "
            "could go on is not: ",
            error.what()));
  }
}

std::string Recovery::way_back() const {
  const std::vector<std::int64_t> numbers = files_.numbers();
  if (options_.save.empty() || numbers.empty()) return "there is no checkpoint to go on from";
  return str("the newest checkpoint is ", files_.path(numbers.back()),
             ", from which digits train --save ", options_.save,
             " --resume goes on; with --kvstore dist_sync in up to ", team_.all_parts(),
             " processes");
}

}  // namespace digits
