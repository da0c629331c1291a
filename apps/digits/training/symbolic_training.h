#pragma once

#include <apps/digits/training/training.h>
#include <gluino/gluon/nn/containers.h>
#include <gluino/module/monitor.h>

/// The training of training.h through MXNet's symbolic interfaces: the same network, loss, batches
/// and updates, and so the same weights.
namespace digits {

enum class SymbolicApi { module, feedforward };

struct SymbolicOptions {
  SymbolicApi api = SymbolicApi::module;
  /// Its lines are said on the console.
  gluino::mon::Monitor monitor{};
};

/// Trains the graph of an initialized network, whose parameters follow it after each epoch; else as
/// train(). With several devices a batch must have a part for each.
TrainingState train_symbol(gluino::gluon::nn::HybridSequential& net,
                           const std::shared_ptr<gluino::optimizer::Optimizer>& optimizer,
                           const gluino::gluon::data::Dataset& train_digits,
                           const gluino::gluon::data::Dataset& test_digits,
                           const TrainingOptions& options, const SymbolicOptions& symbolic,
                           const TrainingControl& control);

}  // namespace digits
