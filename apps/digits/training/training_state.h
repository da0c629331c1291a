#pragma once

#include <apps/digits/training/team.h>
#include <gluino/base/random.h>
#include <gluino/gluon/block.h>
#include <gluino/metric/metric.h>
#include <gluino/module/module.h>
#include <gluino/ndarray/params.h>

#include <cstdint>
#include <string>
#include <vector>

/// What a training needs to be taken up between two batches, as if it had never stopped.
namespace digits {

struct TrainingState {
  /// The epoch, from 1, and how many of its batches are done: from 0 to all of them, when only the
  /// test is left.
  std::int64_t epoch = 1;
  std::int64_t batch = 0;
  /// Spent on these batches.
  double seconds = 0;
  /// Counted over these batches.
  gluino::metric::EvalMetric::Counted accuracy{};
  gluino::metric::EvalMetric::Counted loss{};
  /// Before the epoch's order was drawn, and now.
  gluino::random::State random_at_begin{};
  gluino::random::State random{};
  /// By name; of a network whose batches are cut into several parts "NAME@1", ... are the copies
  /// that differ, such as running statistics.
  gluino::nd::NamedArrays weights{};
  /// What the optimizer keeps, and its counts of updates: the place in the schedule.
  std::string optimizer{};
};

/// The weights, which the state shares with the network: to be written before training goes on. All
/// processes of the team must take them at once.
void take_weights(const gluino::gluon::Block& net, TrainingState& state, const Team& team = {});
void take_weights(const gluino::mod::Module& module, TrainingState& state, const Team& team = {});

/// Gives a network, trained with batches in as many parts, the weights. Throws Error unless they
/// are its own.
void give_weights(const TrainingState& state, const gluino::gluon::Block& net,
                  const Team& team = {});
void give_weights(const TrainingState& state, const gluino::mod::Module& module,
                  const Team& team = {});

}  // namespace digits
