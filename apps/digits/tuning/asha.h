#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace digits::tuning {

/// One training of a search.
struct Job {
  std::int64_t trial = 1;
  std::int64_t epochs = 1;
  bool operator==(const Job&) const = default;
  bool operator<(const Job& other) const {
    return std::tie(trial, epochs) < std::tie(other.trial, other.epochs);
  }
};

/// Which training is next: the asynchronous successive halving algorithm (Li and others, "A System
/// for Massively Parallel Hyperparameter Tuning", 2020). Every trial begins on the lowest rung. A
/// rung that has had n trials promotes the best n / eta of them, rounded down, each as soon as it
/// is among those; what failed counts in n. Nothing waits for a rung to be full. With one rung it
/// is a plain search.
///
/// When nothing is left and no trial has finished the highest rung, which happens with few trials,
/// the best of the highest rung that has any is promoted all the same: what a search returns has
/// been trained in full.
class Asha {
 public:
  struct Options {
    /// The epochs of each rung, rising.
    std::vector<std::int64_t> rungs;
    std::int64_t eta = 3;
    std::int64_t trials = 1;
  };
  explicit Asha(Options options);

  /// What to start now; nothing when that depends on those that run, or all is done.
  std::optional<Job> next() const;
  /// Throws Error when the search has no such training.
  void start(const Job& job);
  /// The lower the cost, the better; none: the training failed. Throws Error unless it was started.
  void finish(const Job& job, std::optional<double> cost);
  /// What was started and has not finished.
  std::vector<Job> running() const;

 private:
  struct Rung {
    std::set<std::int64_t> started;
    /// In order: the best first.
    std::set<std::pair<double, std::int64_t>> costs;
    std::int64_t finished = 0;
  };
  std::size_t rung_of(const Job& job) const;
  std::optional<Job> promote(std::size_t rung, std::int64_t among) const;
  std::optional<Job> promote_last() const;

  Options options_;
  std::vector<Rung> rungs_;
  std::set<Job> running_;
  std::int64_t begun_ = 0;  // trials, on the lowest rung
};

}  // namespace digits::tuning
