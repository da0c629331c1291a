#pragma once

#include <apps/digits/reports/event_file.h>
#include <apps/digits/training/training.h>
#include <gluino/gluon/block.h>
#include <gluino/gluon/data/dataset.h>
#include <gluino/optimizer/core/optimizer.h>

#include <memory>
#include <string>
#include <vector>

namespace digits::reports {

/// A training as TensorBoard shows it: accuracy and loss, the rate, the speed, and how the weights
/// are spread, after each epoch.
class TrainingEvents {
 public:
  TrainingEvents(const std::string& folder, const gluino::gluon::Block& net,
                 std::shared_ptr<const gluino::optimizer::Optimizer> optimizer);

  /// A picture of the first digits, with their labels.
  void add_samples(const gluino::gluon::data::Dataset& digits,
                   const std::vector<std::string>& classes);
  /// What the epoch brought, and the weights as they are now.
  void add_epoch(const EpochResult& result);
  /// As those of EventFile.
  const std::string& failure() const { return file_.failure(); }
  void add_missing() { file_.add_missing(); }

 private:
  EventFile file_;
  const gluino::gluon::Block& net_;
  std::shared_ptr<const gluino::optimizer::Optimizer> optimizer_;
};

}  // namespace digits::reports
