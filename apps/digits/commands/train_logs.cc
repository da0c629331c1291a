#include <apps/digits/commands/train_logs.h>
#include <apps/digits/console/failure.h>
#include <apps/digits/training/report.h>
#include <gluino/base/error.h>

#include <utility>

namespace digits {

void TrainLogs::begin_metrics(const std::string& path, const History& history) {
  metrics_.emplace(path);
  for (const auto& line : history.epochs) metrics_->add(line.dump() + "\n");
}

void TrainLogs::begin_events(const std::string& folder, const gluino::gluon::Block& net,
                             std::shared_ptr<const gluino::optimizer::Optimizer> optimizer,
                             const gluino::gluon::data::Dataset& train_digits,
                             const std::vector<std::string>& classes) {
  events_.emplace(folder, net, std::move(optimizer));
  events_->add_samples(train_digits, classes);
}

void TrainLogs::add_epoch(const EpochResult& result) {
  if (metrics_) metrics_->add(epoch_json(result).dump() + "\n");
  if (events_) events_->add_epoch(result);
}

// Why metrics or events are not whole; empty: they are.
std::string TrainLogs::failure() const {
  if (metrics_ && !metrics_->failure().empty()) return metrics_->failure();
  return events_ ? events_->failure() : "";
}

void TrainLogs::tell_of_full_disk(Console& console) {
  const std::string reason = failure();
  if (reason.empty() || std::exchange(is_told_, true)) return;
  console.warn(gluino::str("digits: ", reason,
                           "; training goes on, and what is missing is written once that is "
                           "possible"));
}

void TrainLogs::finish() {
  if (metrics_) metrics_->add("");
  if (events_) events_->add_missing();
  const std::string reason = failure();
  if (reason.empty()) return;
  throw Failure(Exit::failed, reason + "; the training itself is complete");
}

}  // namespace digits
