#include <apps/digits/training/digit_data.h>
#include <apps/digits/training/epoch_walk.h>
#include <apps/digits/training/training.h>
#include <gluino/autograd/autograd.h>
#include <gluino/base/error.h>
#include <gluino/gluon/utils.h>
#include <gluino/io/net/download.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace digits {
namespace {

namespace autograd = gluino::autograd;
namespace gluon = gluino::gluon;
using gluino::NDArray;
using gluino::str;

// Of the first `samples` of a batch one part per device; where there are fewer samples than devices
// some are left without any.
std::vector<NDArray> split(const NDArray& all, std::int64_t samples,
                           const std::vector<gluino::Context>& devices) {
  const NDArray batch = samples == all.shape()[0] ? all : all.slice(0, samples);
  const auto count = static_cast<std::int64_t>(devices.size());
  if (samples >= count) return gluon::utils::split_and_load(batch, devices, {.even_split = false});
  std::vector<NDArray> parts;
  parts.reserve(devices.size());
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
  const TrainingOptions& options;
  EpochWalk& walk;

  void run(const NDArray& images, const NDArray& labels) {
    const std::int64_t samples = walk.batch_samples();
    const auto [first, last] = options.team.share(samples);
    const std::vector<NDArray> inputs = split(images, last - first, options.devices);
    const std::vector<NDArray> targets = split(labels, last - first, options.devices);
    std::vector<NDArray> outputs;
    std::vector<NDArray> losses;
    {
      const auto scope = autograd::record();
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        outputs.push_back(net(inputs[i]));
        losses.push_back(training_loss(outputs[i], targets[i], options.loss));
      }
    }
    autograd::backward(losses);
    trainer.step(static_cast<double>(samples));
    walk.count(targets, outputs, losses);
    walk.add_batch();
  }
};

}  // namespace

double default_rate(const std::string& net, std::int64_t batch_size) {
  constexpr double kMost = 10;
  const double times = static_cast<double>(batch_size) / static_cast<double>(kUsualBatchSize);
  return (net == "lenet" ? 0.04 : 0.1) * (times < 1 ? times : std::sqrt(std::min(times, kMost)));
}

std::shared_ptr<gluino::optimizer::Optimizer> make_optimizer(const OptimizerOptions& options,
                                                             const std::string& net,
                                                             const Course& course) {
  const bool is_sgd = options.name == "sgd";
  std::map<std::string, double> values = {{"wd", options.wd}};
  if (options.lr || is_sgd) {
    values["learning_rate"] = options.lr.value_or(default_rate(net, course.batch_size));
  }
  if (options.momentum || is_sgd) values["momentum"] = options.momentum.value_or(kDefaultMomentum);
  auto optimizer = gluino::optimizer::create(options.name, values);
  optimizer->set_lr_scheduler(make_schedule(
      options.schedule, {.all = course.updates, .per_epoch = course.updates_per_epoch},
      optimizer->learning_rate()));
  return optimizer;
}

TrainingState train(gluon::Block& net, gluon::Trainer& trainer,
                    const gluon::data::Dataset& train_digits,
                    const gluon::data::Dataset& test_digits, const TrainingOptions& options,
                    const TrainingControl& control) {
  TrainingObserver& observer = control.observer;
  EpochWalk walk(train_digits, options, control.console, control.from);
  if (control.from != nullptr) {
    give_weights(*control.from, net, options.team);
    trainer.set_states(control.from->optimizer);
  }
  Step step{net, trainer, options, walk};
  const auto take = [&] {
    TrainingState state = walk.place();
    take_weights(net, state, options.team);
    state.optimizer = trainer.get_states();
    return state;
  };
  auto next = TrainingObserver::Next::go_on;
  try {
    while (!walk.is_done() && next == TrainingObserver::Next::go_on) {
      for (auto batch = walk.begin_epoch(); batch != std::default_sentinel; ++batch) {
        walk.check_interrupt();
        const auto& [images, labels] = *batch;
        step.run(images, labels);
        if (!walk.is_at_end_of_epoch()) observer.at_place(take);
      }
      EpochResult result = walk.result();
      result.test = evaluate_together(net, test_digits, options.evaluation());
      walk.next_epoch();
      next = observer.after_epoch(result);
      observer.at_place(take);
    }
  } catch (const gluino::io::Interrupted&) {
    observer.interrupted(take);
    throw;
  }
  return take();
}

}  // namespace digits
