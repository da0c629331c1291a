#include <apps/digits/digit_data.h>
#include <apps/digits/interrupt.h>
#include <apps/digits/training.h>
#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/gluon/loss.h>
#include <gluino/gluon/utils.h>
#include <gluino/metric/metric.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace digits {
namespace {

namespace autograd = gluino::autograd;
namespace gluon = gluino::gluon;
using gluino::NDArray;
using gluino::str;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// One part per device; a batch with fewer samples than there are devices leaves some without any.
std::vector<NDArray> split(const NDArray& batch, const std::vector<gluino::Context>& devices) {
  const std::int64_t samples = batch.shape()[0];
  const auto count = static_cast<std::int64_t>(devices.size());
  if (samples >= count) return gluon::utils::split_and_load(batch, devices, {.even_split = false});
  std::vector<NDArray> parts;
  for (std::int64_t i = 0; i < count; ++i) {
    parts.push_back(batch.slice(std::min(i, samples), std::min(i + 1, samples))
                        .as_in_context(devices[static_cast<std::size_t>(i)]));
  }
  return parts;
}

// What a training epoch needs besides the data.
struct Step {
  gluon::Block& net;
  gluon::Trainer& trainer;
  const std::vector<gluino::Context>& devices;
  gluon::loss::SoftmaxCrossEntropyLoss loss{};
  gluino::metric::Accuracy accuracy{};
  gluino::metric::Loss mean_loss{};

  void run(const NDArray& images, const NDArray& labels) {
    const std::vector<NDArray> inputs = split(images, devices);
    const std::vector<NDArray> targets = split(labels, devices);
    std::vector<NDArray> outputs;
    std::vector<NDArray> losses;
    {
      const auto scope = autograd::record();
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        outputs.push_back(net(inputs[i]));
        losses.push_back(loss(outputs[i], targets[i]));
      }
    }
    autograd::backward(losses);
    trainer.step(static_cast<double>(images.shape()[0]));
    accuracy.update(targets, outputs);
    mean_loss.update(targets, losses);
  }
};

// The progress of all epochs together.
class Meter {
 public:
  Meter(Console& console, const TrainingOptions& options, std::int64_t batches)
      : console_(console), options_(options), batches_(batches) {}

  void begin_epoch(std::int64_t epoch) {
    epoch_ = epoch;
    batch_ = 0;
    samples_ = 0;
    epoch_begin_ = Clock::now();
  }
  void add_batch(std::int64_t samples) {
    ++batch_;
    samples_ += samples;
    const std::int64_t done = (epoch_ - 1) * batches_ + batch_;
    const std::int64_t left = options_.epochs * batches_ - done;
    console_.show({.label = str("epoch ", epoch_, "/", options_.epochs),
                   .fraction = static_cast<double>(batch_) / static_cast<double>(batches_),
                   .samples_per_second = speed(),
                   .seconds_left = seconds_since(begin_) * static_cast<double>(left) /
                                   static_cast<double>(done)});
  }
  double seconds() const { return seconds_since(epoch_begin_); }
  double speed() const { return static_cast<double>(samples_) / std::max(seconds(), 1e-9); }

 private:
  Console& console_;
  const TrainingOptions& options_;
  std::int64_t batches_;
  std::int64_t epoch_ = 0;
  std::int64_t batch_ = 0;
  std::int64_t samples_ = 0;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point epoch_begin_ = begin_;
};

EpochResult train_epoch(Step& step, const gluon::data::DataLoader& loader, std::int64_t epoch,
                        Meter& meter) {
  step.accuracy.reset();
  step.mean_loss.reset();
  meter.begin_epoch(epoch);
  for (const auto& [images, labels] : loader) {
    interrupt::check();
    step.run(images, labels);
    meter.add_batch(images.shape()[0]);
  }
  EpochResult result;
  result.epoch = epoch;
  result.seconds = meter.seconds();
  result.samples_per_second = meter.speed();
  result.train_accuracy = step.accuracy.get().second;
  result.train_loss = step.mean_loss.get().second;
  gluino::check(std::isfinite(result.train_loss), "the loss of epoch ", epoch,
                " is not a number any more; expected training to converge, try a smaller --lr");
  return result;
}

}  // namespace

double default_rate(const std::string& net) { return net == "lenet" ? 0.04 : 0.1; }

std::shared_ptr<gluino::optimizer::Optimizer> make_optimizer(const OptimizerOptions& options,
                                                             const std::string& net,
                                                             std::int64_t updates) {
  namespace lr_scheduler = gluino::lr_scheduler;
  const bool is_sgd = options.name == "sgd";
  std::map<std::string, double> values = {{"wd", options.wd}};
  if (options.lr || is_sgd) values["learning_rate"] = options.lr.value_or(default_rate(net));
  if (options.momentum || is_sgd) values["momentum"] = options.momentum.value_or(kDefaultMomentum);
  auto optimizer = gluino::optimizer::create(options.name, values);
  const std::int64_t warm_up = std::min(kWarmUp, updates / 20);
  // The rate would be 0 at max_update, which lies one beyond the last.
  optimizer->set_lr_scheduler(std::make_shared<lr_scheduler::PolyScheduler>(
      lr_scheduler::PolyOptions{.max_update = updates + 1,
                                .base_lr = optimizer->learning_rate(),
                                .pwr = 1,
                                .warm_up = {.steps = warm_up}}));
  return optimizer;
}

void train(gluon::Block& net, gluon::Trainer& trainer, const gluon::data::Dataset& train_digits,
           const gluon::data::Dataset& test_digits, const TrainingOptions& options,
           Console& console, const std::function<void(const EpochResult&)>& after_epoch) {
  const auto train_loader =
      make_loader(train_digits, {.batch_size = options.batch_size, .shuffle = true});
  const auto test_loader = make_loader(test_digits, {.batch_size = options.batch_size});
  Step step{net, trainer, options.devices};
  Meter meter(console, options, train_loader.size());
  for (std::int64_t epoch = 1; epoch <= options.epochs; ++epoch) {
    EpochResult result = train_epoch(step, train_loader, epoch, meter);
    result.test = evaluate(net, test_loader, options.devices.front());
    after_epoch(result);
  }
}

}  // namespace digits
