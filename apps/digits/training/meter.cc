#include <apps/digits/training/meter.h>
#include <gluino/base/error.h>

#include <algorithm>

namespace digits {

void Meter::begin_epoch() {
  ++epoch_;
  batch_ = 0;
  samples_ = 0;
  epoch_begin_ = Clock::now();
}

void Meter::add_batch(std::int64_t samples) {
  ++batch_;
  samples_ += samples;
  const std::int64_t done = (epoch_ - 1) * options_.batches + batch_;
  const std::int64_t left = options_.epochs * options_.batches - done;
  const std::chrono::duration<double> time = Clock::now() - begin_;
  console_.show(
      {.label = gluino::str("epoch ", epoch_, "/", options_.epochs),
       .fraction = static_cast<double>(batch_) / static_cast<double>(options_.batches),
       .samples_per_second = speed(),
       .seconds_left = time.count() * static_cast<double>(left) / static_cast<double>(done)});
}

EpochResult Meter::end_epoch(double train_accuracy, double train_loss) const {
  EpochResult result;
  result.epoch = epoch_;
  result.seconds = seconds();
  result.samples_per_second = speed();
  result.train_accuracy = train_accuracy;
  result.train_loss = train_loss;
  return result;
}

double Meter::seconds() const {
  return std::chrono::duration<double>(Clock::now() - epoch_begin_).count();
}

double Meter::speed() const { return static_cast<double>(samples_) / std::max(seconds(), 1e-9); }

}  // namespace digits
