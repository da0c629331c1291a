#include <apps/digits/training/meter.h>
#include <gluino/base/error.h>

#include <algorithm>

namespace digits {

void Meter::begin_epoch(const BegunEpoch& begun) {
  now_ = begun;
  epoch_begin_ = Clock::now();
}

void Meter::add_batch(std::int64_t samples) {
  ++now_.batch;
  ++done_;
  now_.samples += samples;
  const std::int64_t left = (options_.epochs - now_.epoch + 1) * options_.batches - now_.batch;
  const std::chrono::duration<double> time = Clock::now() - begin_;
  console_.show(
      {.label = gluino::str("epoch ", now_.epoch, "/", options_.epochs),
       .fraction = static_cast<double>(now_.batch) / static_cast<double>(options_.batches),
       .samples_per_second = speed(),
       .seconds_left = time.count() * static_cast<double>(left) / static_cast<double>(done_)});
}

EpochResult Meter::end_epoch(double train_accuracy, double train_loss) const {
  EpochResult result;
  result.epoch = now_.epoch;
  result.seconds = seconds();
  result.samples_per_second = speed();
  result.train_accuracy = train_accuracy;
  result.train_loss = train_loss;
  return result;
}

double Meter::seconds() const {
  return now_.seconds + std::chrono::duration<double>(Clock::now() - epoch_begin_).count();
}

double Meter::speed() const {
  return static_cast<double>(now_.samples) / std::max(seconds(), 1e-9);
}

}  // namespace digits
