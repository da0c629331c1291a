#pragma once

#include <gluino/base/context.h>
#include <gluino/base/error.h>
#include <gluino/graph/symbol/symbol.h>
#include <gluino/io/iterators/data_iter.h>
#include <gluino/metric/metric.h>
#include <gluino/optimizer/core/optimizer.h>

#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// What the options of Module and FeedForward take in several forms, as MXNet's arguments do.
namespace gluino::mod {

/// One context or several: `.context = cpu()`, `.context = {cpu(0), cpu(1)}`.
class Contexts {
 public:
  // NOLINTBEGIN(google-explicit-constructor): each is a way to write an option
  Contexts(const Context& context = current_context()) : list_{context} {}
  Contexts(std::initializer_list<Context> contexts) : list_(contexts) {}
  Contexts(std::vector<Context> contexts) : list_(std::move(contexts)) {}
  // NOLINTEND(google-explicit-constructor)

  const std::vector<Context>& list() const { return list_; }

 private:
  std::vector<Context> list_;
};

/// An iterator that the caller keeps, or none.
class IterRef {
 public:
  IterRef() = default;
  IterRef(io::DataIter& iter) : iter_(&iter) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return iter_ != nullptr; }
  io::DataIter& operator*() const { return *iter_; }

 private:
  io::DataIter* iter_ = nullptr;
};

/// A metric: by name, several names, a metric that the caller keeps, or a shared one. Default-made:
/// not given.
class GLUINO_API MetricRef {
 public:
  MetricRef() = default;
  // NOLINTBEGIN(google-explicit-constructor): each is a way to write an option
  MetricRef(const char* name) : names_{name} {}
  MetricRef(const std::string& name) : names_{name} {}
  MetricRef(std::vector<std::string> names) : names_(std::move(names)) {}
  MetricRef(std::initializer_list<std::string> names) : names_(names) {}
  MetricRef(metric::EvalMetric& metric) : metric_(&metric, [](metric::EvalMetric*) {}) {}
  template <std::derived_from<metric::EvalMetric> Metric>
  MetricRef(std::shared_ptr<Metric> metric) : metric_(std::move(metric)) {}
  // NOLINTEND(google-explicit-constructor)

  bool given() const { return metric_ != nullptr || !names_.empty(); }
  /// The metric given; for names a new one each time. Throws Error for unknown names.
  std::shared_ptr<metric::EvalMetric> get() const;

 private:
  std::vector<std::string> names_;
  std::shared_ptr<metric::EvalMetric> metric_;
};

/// An optimizer by name, to be made with the options beside it, or an optimizer itself.
class OptimizerRef {
 public:
  // NOLINTBEGIN(google-explicit-constructor): each is a way to write an option
  OptimizerRef(const char* name) : name_(name) {}
  OptimizerRef(std::string name) : name_(std::move(name)) {}
  template <std::derived_from<optimizer::Optimizer> Optimizer>
  OptimizerRef(std::shared_ptr<Optimizer> optimizer) : optimizer_(std::move(optimizer)) {}
  // NOLINTEND(google-explicit-constructor)

  const std::string& name() const { return name_; }
  /// Null when the optimizer is given by name.
  const std::shared_ptr<optimizer::Optimizer>& object() const { return optimizer_; }

 private:
  std::string name_;
  std::shared_ptr<optimizer::Optimizer> optimizer_;
};

/// A function or several that are called one after the other; empty ones are left out.
template <class... Args>
class CallbackList {
 public:
  using Function = std::function<void(Args...)>;

  CallbackList() = default;
  // NOLINTBEGIN(google-explicit-constructor): each is a way to write an option
  template <class F>
  requires(std::is_invocable_v<F&, Args...> && !std::same_as<std::remove_cvref_t<F>, CallbackList>)
      CallbackList(F function)
      : functions_{Function(std::move(function))} {}
  CallbackList(std::initializer_list<Function> functions) : functions_(functions) {}
  CallbackList(std::vector<Function> functions) : functions_(std::move(functions)) {}
  // NOLINTEND(google-explicit-constructor)

  bool empty() const { return functions_.empty(); }
  void operator()(Args... args) const {
    for (const Function& function : functions_) {
      if (function) function(args...);
    }
  }

 private:
  std::vector<Function> functions_;
};

}  // namespace gluino::mod

namespace gluino::callback {

/// How progress lines look. `ranges`: as MXNet writes them since 1.4, "Batch [100-200]" with what
/// was counted in these batches. `running`: as 0.x wrote them, "Batch [200]" with what was counted
/// since the epoch began. Module asks for the first, FeedForward for the second.
enum class LogStyle { ranges, running };

/// What callbacks at the end of a batch, and of an evaluation, are told.
struct BatchEndParam {
  int epoch = 0;
  /// The number of this batch in the epoch: from 0 in Module, from 1 in FeedForward. At the end of
  /// an evaluation the count of its batches.
  std::int64_t nbatch = 0;
  /// Null when nothing is measured.
  metric::EvalMetric* eval_metric = nullptr;
  LogStyle style = LogStyle::ranges;
};

using BatchEndCallbacks = mod::CallbackList<const BatchEndParam&>;
/// Told the epoch, counted from 0, the network and its parameters after it.
using EpochEndCallbacks =
    mod::CallbackList<int, const Symbol&, const ArrayMap& /*arg*/, const ArrayMap& /*aux*/>;

}  // namespace gluino::callback
