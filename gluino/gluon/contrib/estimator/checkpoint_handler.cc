#include <gluino/base/error.h>
#include <gluino/base/log.h>
#include <gluino/base/text.h>
#include <gluino/gluon/contrib/estimator/handlers.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <tuple>

namespace gluino::gluon::contrib::estimator {
namespace {

namespace fs = std::filesystem;

std::string name_of(const std::string& prefix, std::int64_t epoch, std::int64_t batch) {
  return str(prefix, "-epoch", epoch, "batch", batch);
}

// Takes `word` and a number off the beginning of `text`.
bool take(std::string_view& text, std::string_view word, std::int64_t& number) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return true;
}

// Epoch and batch of the newest checkpoint in a folder.
std::optional<std::pair<std::int64_t, std::int64_t>> newest(const std::string& folder,
                                                            const std::string& prefix) {
  std::optional<std::pair<std::int64_t, std::int64_t>> found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string file = entry.path().filename().string();
    std::string_view rest = file;
    std::int64_t epoch = 0, batch = 0;
    if (!rest.starts_with(prefix)) continue;
    rest.remove_prefix(prefix.size());
    if (!take(rest, "-epoch", epoch) || !take(rest, "batch", batch) || rest != ".params") continue;
    found = std::max(found, std::optional(std::pair(epoch, batch)));
  }
  return found;
}

}  // namespace

CheckpointHandler::CheckpointHandler(std::string model_dir, const CheckpointHandlerOptions& options)
    : model_dir_(std::move(model_dir)), options_(options) {
  check(options.epoch_period >= 0 && options.batch_period >= 0,
        "CheckpointHandler: epoch_period and batch_period: expected at least 0, got ",
        options.epoch_period, " and ", options.batch_period);
  check(options.max_checkpoints >= 1,
        "CheckpointHandler: max_checkpoints: expected at least 1, got ", options.max_checkpoints);
  if (options.save_best) improvement_.emplace("CheckpointHandler", options.monitor, options.mode);
  std::error_code error;
  fs::create_directories(model_dir_, error);
  check(!error, model_dir_, ": ", error.message());
}

void CheckpointHandler::train_begin(Estimator& estimator) {
  epoch_ = batch_ = 0;
  if (improvement_) best_ = improvement_->worst();
  if (options_.resume_from_checkpoint) go_on(estimator);
}

void CheckpointHandler::go_on(Estimator& estimator) {
  const auto found = newest(model_dir_, options_.model_prefix);
  if (!found) return log_line("CheckpointHandler: there is no checkpoint; training begins anew");
  const auto [epoch, batch] = *found;
  const std::string name = name_of(options_.model_prefix, epoch, batch);
  const std::string path = (fs::path(model_dir_) / name).string();
  estimator.net().load_parameters(path + ".params", {.ctx = estimator.context()});
  estimator.trainer().load_states(path + ".states");
  epoch_ = epoch + 1;
  batch_ = batch;
  if (estimator.max_epoch)
    estimator.max_epoch = std::max<std::int64_t>(0, *estimator.max_epoch - epoch_);
  if (estimator.max_batch)
    estimator.max_batch = std::max<std::int64_t>(0, *estimator.max_batch - batch_);
  log_line(str("CheckpointHandler: goes on from ", name));
}

bool CheckpointHandler::batch_end(Estimator& estimator, const BatchResult& /*result*/) {
  ++batch_;
  if (options_.batch_period > 0 && batch_ % options_.batch_period == 0) save_checkpoint(estimator);
  return false;
}

bool CheckpointHandler::epoch_end(Estimator& estimator) {
  if (options_.epoch_period > 0 && (epoch_ + 1) % options_.epoch_period == 0) {
    save_checkpoint(estimator);
  }
  ++epoch_;
  return false;
}

void CheckpointHandler::save(const Estimator& estimator, const std::string& name) const {
  const std::string path = (fs::path(model_dir_) / name).string();
  // States without parameters are no checkpoint; newest() looks for these.
  estimator.trainer().save_states(path + ".states");
  estimator.net().save_parameters(path + ".params");
}

void CheckpointHandler::save_checkpoint(const Estimator& estimator) {
  const std::string name = name_of(options_.model_prefix, epoch_, batch_);
  save(estimator, name);
  if (std::find(saved_.begin(), saved_.end(), name) == saved_.end()) saved_.push_back(name);
  while (static_cast<std::int64_t>(saved_.size()) > options_.max_checkpoints) {
    for (const char* ending : {".params", ".states"}) {
      std::error_code ignored;
      fs::remove(fs::path(model_dir_) / (saved_.front() + ending), ignored);
    }
    saved_.pop_front();
  }
  if (!improvement_ || !improvement_->is_better(best_)) return;
  best_ = improvement_->value();
  save(estimator, options_.model_prefix + "-best");
}

}  // namespace gluino::gluon::contrib::estimator
