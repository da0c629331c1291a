#pragma once

#include <string>
#include <vector>

#include "networks/peer.h"

namespace gluino::benchmarks {

/// What is measured: one network, trained or asked, in batches of one size.
struct Case {
  Network network = Network::lenet;
  bool training = false;
  std::int64_t batch_size = 100;

  std::string name() const;
  double mflop() const { return training ? training_mflop(network) : forward_mflop(network); }
};

/// The samples per second of each round of one library with one number of threads.
struct Rate {
  std::string library;
  int threads = 1;
  std::vector<double> rounds;

  double median() const;
};

struct Measurement {
  Case what;
  /// Gluino's first, by rising number of threads.
  std::vector<Rate> rates;
  /// What showed that all did the same work: the losses before and after the steps of the check.
  double first_loss = 0;
  double last_loss = 0;

  /// The fastest libtorch; 0 without one.
  double best_of(const std::string& library) const;
};

struct MeasureOptions {
  /// Steps of training after which the losses must have fallen, and still be alike.
  int check_steps = 48;
  int rounds = 5;
  double seconds_per_round = 0.25;
  std::vector<int> threads{1};
};

/// Lets the libraries take turns, round by round, so that what else the machine does meets all
/// alike. Throws std::runtime_error when they do not compute the same, or learn nothing.
Measurement measure(const Case& what, const MeasureOptions& options);

}  // namespace gluino::benchmarks
