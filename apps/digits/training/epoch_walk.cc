#include <apps/digits/console/interrupt.h>
#include <apps/digits/training/digit_data.h>
#include <apps/digits/training/epoch_walk.h>
#include <gluino/base/error.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace digits {

using gluino::NDArray;

EpochWalk::EpochWalk(const gluino::gluon::data::Dataset& digits, const TrainingOptions& options,
                     Console& console, const TrainingState* from)
    : digits_(digits),
      options_(options),
      batches_((digits.size() - 1) / options.batch_size + 1),
      meter_(console, {.epochs = options.epochs, .batches = batches_}),
      from_(from) {
  place_.random_at_begin = gluino::random::state();
  if (from_ == nullptr) return;
  gluino::check(from_->batch <= batches_, "expected a place among the ", batches_,
                " batches of an epoch, found ", from_->batch);
  place_.epoch = from_->epoch;
  place_.batch = from_->batch;
  if (!is_done()) return;
  // No epoch will begin with it.
  gluino::random::set_state(from_->random);
  place_.random_at_begin = from_->random_at_begin;
  from_ = nullptr;
}

gluino::Shape EpochWalk::shape_of(std::int64_t images) const {
  const gluino::Shape& image = digits_.get(0).data().shape();
  return {images, 1, image[0], image[1]};
}

gluino::gluon::data::BatchIterator EpochWalk::begin_epoch() {
  accuracy_.reset();
  loss_.reset();
  if (from_ != nullptr) {
    accuracy_.go_on_from(from_->accuracy);
    loss_.go_on_from(from_->loss);
    gluino::random::set_state(from_->random_at_begin);
  }
  place_.random_at_begin = gluino::random::state();
  meter_.begin_epoch({.epoch = place_.epoch,
                      .batch = place_.batch,
                      .samples = accuracy_.counted().instances,
                      .seconds = from_ == nullptr ? 0 : from_->seconds});
  auto batches = make_loader(digits_, {.batch_size = options_.batch_size,
                                       .shuffle = true,
                                       .epoch = place_.epoch,
                                       .first_batch = place_.batch,
                                       .team = &options_.team})
                     .begin();
  // What the batches that are done have drawn, such as dropout, is drawn, too.
  if (from_ != nullptr && place_.batch > 0) gluino::random::set_state(from_->random);
  from_ = nullptr;
  return batches;
}

std::int64_t EpochWalk::batch_samples() const {
  return std::min(options_.batch_size, digits_.size() - place_.batch * options_.batch_size);
}

void EpochWalk::count(std::span<const NDArray> labels, std::span<const NDArray> scores,
                      std::span<const NDArray> losses) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (options_.team.size() == 1) {
      accuracy_.update(labels[i], scores[i]);
      loss_.update(labels[i], losses[i]);
      continue;
    }
    ClassAccuracy accuracy;
    accuracy.update(labels[i], scores[i]);
    gluino::metric::Loss loss;
    loss.update(labels[i], losses[i]);
    for (const auto& counted : {accuracy.counted(), loss.counted()}) {
      counts_.push_back(counted.sum);
      counts_.push_back(static_cast<double>(counted.instances));
    }
    counts_.push_back(interrupt::requested() ? 1 : 0);
  }
}

// Sums are added part by part, as one process would that has them all.
void EpochWalk::add_counts_of_all() {
  enum Column : std::uint8_t { right, of_a_class, loss_sum, samples, interrupted, columns };
  const NDArray own = gluino::nd::from(counts_, {std::ssize(counts_) / columns, columns});
  const std::vector<double> all = options_.team.gather(own).to_vector<double>();
  counts_.clear();
  for (std::size_t row = 0; row < all.size(); row += columns) {
    const auto add = [&](gluino::metric::EvalMetric& metric, Column sum, Column instances) {
      const auto before = metric.counted();
      metric.go_on_from({before.sum + all[row + sum],
                         before.instances + static_cast<std::int64_t>(all[row + instances])});
    };
    add(accuracy_, right, of_a_class);
    add(loss_, loss_sum, samples);
    is_interrupted_ = is_interrupted_ || all[row + interrupted] != 0;
  }
}

void EpochWalk::check_interrupt() const {
  if (options_.team.size() == 1) return interrupt::check();
  if (is_interrupted_) throw gluino::io::Interrupted("interrupted");
}

void EpochWalk::add_batch() {
  if (options_.team.size() > 1) add_counts_of_all();
  const std::int64_t samples = batch_samples();
  ++place_.batch;
  meter_.add_batch(samples);
}

EpochResult EpochWalk::result() const {
  return meter_.end_epoch(accuracy_.get().second, loss_.get().second);
}

void EpochWalk::next_epoch() {
  ++place_.epoch;
  place_.batch = 0;
  accuracy_.reset();
  loss_.reset();
  place_.random_at_begin = gluino::random::state();
}

TrainingState EpochWalk::place() const {
  TrainingState state = place_;
  state.seconds = place_.batch == 0 ? 0 : meter_.seconds();
  state.accuracy = accuracy_.counted();
  state.loss = loss_.counted();
  state.random = gluino::random::state();
  return state;
}

}  // namespace digits
