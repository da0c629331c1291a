#pragma once

#include <apps/digits/training/meter.h>
#include <apps/digits/training/training_loss.h>
#include <apps/digits/training/training_state.h>
#include <gluino/gluon/data/dataloader.h>

#include <cstdint>
#include <span>
#include <vector>

namespace digits {

/// Goes through the epochs of a training batch by batch, and knows where it is: what all ways to
/// train share. It may begin in the midst of an epoch.
class EpochWalk {
 public:
  /// `from`: where to go on, or null for the first epoch. It must stay until begin_epoch.
  EpochWalk(const gluino::gluon::data::Dataset& digits, const TrainingOptions& options,
            Console& console, const TrainingState* from);

  std::int64_t epoch() const { return place_.epoch; }
  bool is_done() const { return place_.epoch > options_.epochs; }
  /// The epoch's batches have all been trained with, though it may not have been tested.
  bool is_at_end_of_epoch() const { return place_.batch == batches_; }

  /// Of a batch of so many images.
  gluino::Shape shape_of(std::int64_t images) const;

  /// The epoch's batches, or those that are left of it, in a random order that is drawn now: of
  /// each what is this process's share, and at least one sample.
  gluino::gluon::data::BatchIterator begin_epoch();
  /// Of the batch that is trained with, or comes next: of all processes.
  std::int64_t batch_samples() const;
  /// Counts what the network made of it, by this process's parts, at once or one after the other.
  void count(std::span<const gluino::NDArray> labels, std::span<const gluino::NDArray> scores,
             std::span<const gluino::NDArray> losses);
  /// Another batch has been trained with.
  void add_batch();
  /// Throws gluino::io::Interrupted after Ctrl-C, at the same place in all processes.
  void check_interrupt() const;
  /// The epoch's figures, but for the test.
  EpochResult result() const;
  void next_epoch();

  /// Where the training is, without the network and the optimizer.
  TrainingState place() const;

 private:
  void add_counts_of_all();

  gluino::gluon::data::Dataset digits_;
  TrainingOptions options_;
  std::int64_t batches_;  // in an epoch
  Meter meter_;
  TrainingState place_;
  const TrainingState* from_;
  // What is counted over the epoch's batches.
  ClassAccuracy accuracy_{};
  gluino::metric::Loss loss_{};
  // Of several processes: of this one's parts of the batch.
  std::vector<double> counts_{};
  bool is_interrupted_ = false;
};

}  // namespace digits
