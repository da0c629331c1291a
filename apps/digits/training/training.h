#pragma once

#include <apps/digits/console/console.h>
#include <apps/digits/training/evaluation.h>
#include <gluino/gluon/data/dataset.h>
#include <gluino/gluon/trainer.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace digits {

struct OptimizerOptions {
  std::string name = "sgd";
  /// Not given: what default_rate says, or, for other optimizers than SGD, their own.
  std::optional<double> lr{};
  /// Not given: kDefaultMomentum with SGD; optimizers without a momentum refuse one.
  std::optional<double> momentum{};
  double wd = 0;
};

inline constexpr double kDefaultMomentum = 0.9;
/// The highest rate of SGD for each network.
double default_rate(const std::string& net);

/// The optimizer for `updates` updates. Its rate rises from 0 during the first twentieth, at most
/// kWarmUp updates, and then falls linearly to 0. Throws Error on unknown names and options.
inline constexpr std::int64_t kWarmUp = 200;
std::shared_ptr<gluino::optimizer::Optimizer> make_optimizer(const OptimizerOptions& options,
                                                             const std::string& net,
                                                             std::int64_t updates);

struct TrainingOptions {
  std::int64_t epochs = 10;
  std::int64_t batch_size = 100;
  std::vector<gluino::Context> devices{gluino::cpu(0)};
};

/// What an epoch brought. The training digits are counted as they came by, while the network was
/// still learning.
struct EpochResult {
  std::int64_t epoch = 0;  // from 1
  double train_accuracy = 0;
  double train_loss = 0;
  /// On the test digits, after the epoch.
  Evaluation test;
  /// Time and speed of training alone, without the test.
  double seconds = 0;
  double samples_per_second = 0;
};

/// Trains an initialized network and calls `after_epoch` with each epoch's result. A batch is split
/// over the devices. Throws gluino::io::Interrupted on Ctrl-C, within a batch, and Error when the
/// loss is no longer a number.
void train(gluino::gluon::Block& net, gluino::gluon::Trainer& trainer,
           const gluino::gluon::data::Dataset& train_digits,
           const gluino::gluon::data::Dataset& test_digits, const TrainingOptions& options,
           Console& console, const std::function<void(const EpochResult&)>& after_epoch);

}  // namespace digits
