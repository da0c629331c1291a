#pragma once

#include <apps/digits/console/console.h>
#include <apps/digits/training/evaluation.h>
#include <apps/digits/training/schedule.h>
#include <apps/digits/training/team.h>
#include <apps/digits/training/training_loss.h>
#include <apps/digits/training/training_state.h>
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
  ScheduleOptions schedule{};
};

inline constexpr double kDefaultMomentum = 0.9;
/// The batch size for which default_rate was chosen.
inline constexpr std::int64_t kUsualBatchSize = 100;
/// The highest rate of SGD for each network. It follows the batch size: a step on fewer digits is
/// less sure, and there are more of them. In proportion below kUsualBatchSize, with the square root
/// above, and not beyond ten times that size.
double default_rate(const std::string& net, std::int64_t batch_size = kUsualBatchSize);

/// What training is to be done: how large its batches are, and how many.
struct Course {
  std::int64_t batch_size = kUsualBatchSize;
  std::int64_t updates = 1;
  std::int64_t updates_per_epoch = 1;
};

/// The optimizer for this course, with its schedule. Throws Error on unknown names and options, and
/// when the warm-up would take the whole course.
std::shared_ptr<gluino::optimizer::Optimizer> make_optimizer(const OptimizerOptions& options,
                                                             const std::string& net,
                                                             const Course& course);

struct TrainingOptions {
  std::int64_t epochs = 10;
  std::int64_t batch_size = kUsualBatchSize;
  /// Of this process; its parts of a batch are split over them.
  std::vector<gluino::Context> devices{gluino::cpu(0)};
  Team team{};
  LossOptions loss{};

  /// How the network is tested.
  EvaluationOptions evaluation() const {
    return {
        .batch_size = batch_size, .classes = loss.classes, .device = devices.front(), .team = team};
  }
};

/// What an epoch brought. The training digits are counted as they came by, while the network was
/// still learning.
struct EpochResult {
  std::int64_t epoch = 0;  // from 1
  double train_accuracy = 0;
  double train_loss = 0;
  /// On the test digits, or those set aside for validation, after the epoch.
  Evaluation test;
  /// Time and speed of training alone, without the test.
  double seconds = 0;
  double samples_per_second = 0;
};

/// What looks on while a network is trained.
class TrainingObserver {
 public:
  TrainingObserver() = default;
  TrainingObserver(const TrainingObserver&) = delete;
  TrainingObserver& operator=(const TrainingObserver&) = delete;
  virtual ~TrainingObserver() = default;

  /// Gives where the training is.
  using TakeState = std::function<TrainingState()>;
  /// Told after each batch (after an epoch's last one when the epoch has been tested): here the
  /// training can be taken up.
  virtual void at_place(const TakeState& take) = 0;
  /// Told what each epoch brought, before at_place; the network has its weights.
  enum class Next { go_on, stop };
  virtual Next after_epoch(const EpochResult& result) = 0;
  /// Told where Ctrl-C ends the training.
  virtual void interrupted(const TakeState& take) = 0;
};

/// How a training is watched, and where it begins.
struct TrainingControl {
  Console& console;
  TrainingObserver& observer;
  /// Null: with the first epoch.
  const TrainingState* from = nullptr;
};

/// Trains an initialized network, and gives where it ends. A batch is split over the team's
/// devices. Throws gluino::io::Interrupted on Ctrl-C, between two batches, WorkersError when
/// another process is lost, and Error when `control.from` is none of this network and optimizer.
TrainingState train(gluino::gluon::Block& net, gluino::gluon::Trainer& trainer,
                    const gluino::gluon::data::Dataset& train_digits,
                    const gluino::gluon::data::Dataset& test_digits, const TrainingOptions& options,
                    const TrainingControl& control);

}  // namespace digits
