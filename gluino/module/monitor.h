#pragma once

#include <gluino/graph/run/executor.h>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace gluino::mon {

/// A statistic of an array: a function that gives one array or several. An empty function is none.
class StatFunction {
 public:
  StatFunction() = default;
  template <class F>
  requires(std::is_invocable_r_v<std::vector<NDArray>, F&, const NDArray&>)
      StatFunction(F function)  // NOLINT(google-explicit-constructor): options read well
      : function_(std::move(function)) {}
  template <class F>
  requires(std::is_invocable_r_v<NDArray, F&, const NDArray&>)
      StatFunction(F function)  // NOLINT(google-explicit-constructor): options read well
  {
    std::function<NDArray(const NDArray&)> one(std::move(function));
    if (one == nullptr) return;
    function_ = [one = std::move(one)](const NDArray& array) {
      return std::vector<NDArray>{one(array)};
    };
  }

  bool defined() const { return function_ != nullptr; }
  std::vector<NDArray> operator()(const NDArray& array) const { return function_(array); }

 private:
  std::function<std::vector<NDArray>(const NDArray&)> function_;
};

struct MonitorOptions {
  /// How many batches lie between those that are looked at.
  std::int64_t interval = 1;
  /// Without one: the norm divided by the square root of the size.
  StatFunction stat_func{};
  /// A regular expression that matches names from their beginning on, as re.match in Python.
  std::string pattern = ".*";
  /// Orders the lines of a batch by name.
  bool sort = false;
  /// Also looks at the inputs of every node.
  bool monitor_all = false;
};

/// One line: the number of the batch, from 1 on, the array's name, the statistic as text.
struct Stat {
  std::int64_t step;
  std::string name;
  std::string value;
};

/// Looks into executors while they work, and says for every so-many-th batch how large outputs
/// ("fc1_output"), gradients ("fc1_backward_weight") and arguments ("fc1_weight") are:
///
///     mon::Monitor monitor({.interval = 100, .pattern = ".*weight"});
///     module.fit(train_iter, {.num_epoch = 10, .monitor = monitor});
///
/// Copies are handles of the same monitor. It works as long as one of them lives.
class GLUINO_API Monitor {
 public:
  /// Refers to nothing; stands for "none" in options.
  Monitor() = default;
  /// Throws Error when the interval is below 1 or the pattern is no regular expression.
  explicit Monitor(const MonitorOptions& options);

  bool defined() const { return impl_ != nullptr; }

  /// Watches an executor, too. It takes the place of what watched it before.
  void install(const Executor& executor) const;
  /// No longer tells of the arguments of an executor that has given way to another, until it is
  /// installed again.
  void set_aside(const Executor& executor) const;
  /// True for handles of one monitor.
  bool same_as(const Monitor& other) const { return impl_ == other.impl_; }
  /// Before the forward of each batch.
  void tic() const;
  /// After the update of each batch. Gives what was seen if this batch was to be looked at.
  std::vector<Stat> toc() const;
  /// toc(), written as lines: "Batch:       1 fc1_weight                     0.1".
  void toc_print() const;

 private:
  struct Impl;
  Impl& impl() const;
  std::shared_ptr<Impl> impl_;
};

}  // namespace gluino::mon
