#include <apps/digits/console/interrupt.h>
#include <apps/digits/training/digit_data.h>
#include <apps/digits/training/meter.h>
#include <apps/digits/training/training.h>
#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/gluon/loss.h>
#include <gluino/gluon/utils.h>
#include <gluino/metric/metric.h>

#include <algorithm>
#include <cmath>

namespace digits {
namespace {

namespace autograd = gluino::autograd;
namespace gluon = gluino::gluon;
using gluino::NDArray;
using gluino::str;

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

EpochResult train_epoch(Step& step, const gluon::data::DataLoader& loader, Meter& meter) {
  step.accuracy.reset();
  step.mean_loss.reset();
  meter.begin_epoch();
  for (const auto& [images, labels] : loader) {
    interrupt::check();
    step.run(images, labels);
    meter.add_batch(images.shape()[0]);
  }
  return meter.end_epoch(step.accuracy.get().second, step.mean_loss.get().second);
}

}  // namespace

double default_rate(const std::string& net, std::int64_t batch_size) {
  constexpr double kMost = 10;
  const double times = static_cast<double>(batch_size) / static_cast<double>(kUsualBatchSize);
  return (net == "lenet" ? 0.04 : 0.1) * (times < 1 ? times : std::sqrt(std::min(times, kMost)));
}

std::shared_ptr<gluino::optimizer::Optimizer> make_optimizer(const OptimizerOptions& options,
                                                             const std::string& net,
                                                             const Course& course) {
  namespace lr_scheduler = gluino::lr_scheduler;
  const bool is_sgd = options.name == "sgd";
  std::map<std::string, double> values = {{"wd", options.wd}};
  if (options.lr || is_sgd) {
    values["learning_rate"] = options.lr.value_or(default_rate(net, course.batch_size));
  }
  if (options.momentum || is_sgd) values["momentum"] = options.momentum.value_or(kDefaultMomentum);
  auto optimizer = gluino::optimizer::create(options.name, values);
  const std::int64_t warm_up = std::min(kWarmUp, course.updates / 20);
  // The rate would be 0 at max_update, which lies one beyond the last.
  optimizer->set_lr_scheduler(std::make_shared<lr_scheduler::PolyScheduler>(
      lr_scheduler::PolyOptions{.max_update = course.updates + 1,
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
  Meter meter(console, {.epochs = options.epochs, .batches = train_loader.size()});
  for (std::int64_t epoch = 1; epoch <= options.epochs; ++epoch) {
    EpochResult result = train_epoch(step, train_loader, meter);
    result.test = evaluate(net, test_loader, options.devices.front());
    after_epoch(result);
  }
}

}  // namespace digits
