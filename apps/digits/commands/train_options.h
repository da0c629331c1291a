#pragma once

#include <apps/digits/models/networks.h>
#include <apps/digits/training/training.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

namespace digits {

/// What `digits train` is told.
struct TrainCommandOptions {
  NetworkOptions network;
  OptimizerOptions optimizer;
  TrainingOptions training;
  /// Makes digits differ as hands do; see augmentation/.
  bool augment = false;
  /// The share of each batch that is no digit.
  double non_digits = 0;
  /// The share of the training digits that validate instead; 0: none, the test digits do.
  double validation_split = 0;
  /// Epochs without improvement after which training ends; 0: never.
  std::int64_t early_stop = 0;
  std::string init = "xavier";
  std::string data;
  std::string api = "gluon";
  std::string monitor;
  std::int64_t monitor_interval = 100;
  std::string device = "cpu";
  int devices = 1;
  std::string kvstore = "device";
  /// 0: as many as all processes have devices.
  std::int64_t shards = 0;
  int threads = 0;
  std::string dtype = "float32";
  std::int64_t seed = 42;
  /// "best", or empty.
  std::string recipe;
  /// A folder of corrections, or empty.
  std::string finetune;
  /// What is fine-tuned; empty: the model in the program.
  std::string model;
  std::string save;
  /// Empty: only Ctrl-C has one written.
  std::string checkpoint_every;
  int keep = 2;
  /// Go on from the newest checkpoint; where there is none, that is an error or a beginning.
  bool resume = false;
  bool resume_or_begin = false;
  std::string metrics_out;
  std::string log = "plain";
  std::string run;
  std::string tensorboard;
  bool json = false;
  bool quiet = false;
};

/// Adds all of its options to the command; their values go to `options`, which holds the defaults.
void add_train_options(CLI::App& app, TrainCommandOptions& options);

}  // namespace digits
