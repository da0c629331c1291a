#pragma once

#include <apps/digits/console/console.h>
#include <apps/digits/console/growing_file.h>
#include <apps/digits/reports/training_events.h>
#include <apps/digits/training/history.h>

#include <memory>
#include <optional>
#include <string>

namespace digits {

/// What `digits train` writes while it trains, epoch by epoch: lines of JSON, and TensorBoard's
/// events. An hour's training is worth more than a line that tells of it, so a full disk does not
/// end it.
class TrainLogs {
 public:
  /// A line for each epoch in a file that is begun anew, with those that were trained before.
  void begin_metrics(const std::string& path, const History& history);
  /// Events in a folder; the network and its optimizer must stay.
  void begin_events(const std::string& folder, const gluino::gluon::Block& net,
                    std::shared_ptr<const gluino::optimizer::Optimizer> optimizer,
                    const gluino::gluon::data::Dataset& train_digits,
                    const std::vector<std::string>& classes);

  void add_epoch(const EpochResult& result);
  /// Says, once, that something could not be written.
  void tell_of_full_disk(Console& console);
  /// Tries once more. Throws Failure where something is still missing.
  void finish();

 private:
  std::string failure() const;

  std::optional<GrowingFile> metrics_;
  std::optional<reports::TrainingEvents> events_;
  bool is_told_ = false;
};

}  // namespace digits
