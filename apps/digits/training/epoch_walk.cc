#include <apps/digits/training/digit_data.h>
#include <apps/digits/training/epoch_walk.h>
#include <gluino/base/error.h>

#include <utility>

namespace digits {

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
  accuracy.reset();
  loss.reset();
  if (from_ != nullptr) {
    accuracy.go_on_from(from_->accuracy);
    loss.go_on_from(from_->loss);
    gluino::random::set_state(from_->random_at_begin);
  }
  place_.random_at_begin = gluino::random::state();
  meter_.begin_epoch({.epoch = place_.epoch,
                      .batch = place_.batch,
                      .samples = accuracy.counted().instances,
                      .seconds = from_ == nullptr ? 0 : from_->seconds});
  auto batches = make_loader(digits_, {.batch_size = options_.batch_size,
                                       .shuffle = true,
                                       .epoch = place_.epoch,
                                       .first_batch = place_.batch})
                     .begin();
  // What the batches that are done have drawn, such as dropout, is drawn, too.
  if (from_ != nullptr && place_.batch > 0) gluino::random::set_state(from_->random);
  from_ = nullptr;
  return batches;
}

void EpochWalk::add_batch(std::int64_t samples) {
  ++place_.batch;
  meter_.add_batch(samples);
}

EpochResult EpochWalk::result() const {
  return meter_.end_epoch(accuracy.get().second, loss.get().second);
}

void EpochWalk::next_epoch() {
  ++place_.epoch;
  place_.batch = 0;
  accuracy.reset();
  loss.reset();
  place_.random_at_begin = gluino::random::state();
}

TrainingState EpochWalk::place() const {
  TrainingState state = place_;
  state.seconds = place_.batch == 0 ? 0 : meter_.seconds();
  state.accuracy = accuracy.counted();
  state.loss = loss.counted();
  state.random = gluino::random::state();
  return state;
}

}  // namespace digits
