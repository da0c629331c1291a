#include <gluino/autograd/autograd.h>
#include <gluino/base/dtype.h>
#include <gluino/base/error.h>
#include <gluino/base/log.h>
#include <gluino/base/name_pattern.h>
#include <gluino/module/monitor.h>
#include <gluino/ops/elementwise/arithmetic.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace gluino::mon {
namespace {

std::vector<NDArray> norm_of_an_element(const NDArray& array) {
  // Labels and indices may be whole numbers, which have no norm of their type.
  const NDArray real = is_floating(array.dtype()) ? array : array.astype(float64);
  return {real.norm() / std::sqrt(static_cast<double>(array.size()))};
}

// The values as NumPy prints them: of one, the number alone.
std::string text_of(const NDArray& array) {
  const std::string text = (array.shape() == Shape({1}) ? array.view({}) : array).to_string();
  // Without the empty line before and the line "<NDArray ...>" after.
  return text.substr(1, text.rfind('\n') - 1);
}

std::string line_of(const Stat& stat) {
  std::string step = std::to_string(stat.step);
  step.insert(0, step.size() < 7 ? 7 - step.size() : 0, ' ');
  std::string name = stat.name;
  name.append(name.size() < 30 ? 30 - name.size() : 0, ' ');
  return "Batch: " + step + " " + name + " " + stat.value;
}

}  // namespace

struct Monitor::Impl {
  explicit Impl(const MonitorOptions& given) : options(given), pattern(given.pattern, "Monitor") {}

  void look_at(const std::string& name, const NDArray& array) {
    if (!active || !pattern.matches(name)) return;
    const autograd::Scope scope = autograd::pause();
    std::string text;
    for (const NDArray& value :
         options.stat_func.defined() ? options.stat_func(array) : norm_of_an_element(array)) {
      check(value.defined(), "Monitor: the statistic of ", name, " refers to no array");
      text += text_of(value) + "\t";
    }
    seen.push_back({step, name, std::move(text)});
  }

  MonitorOptions options;
  NamePattern pattern;
  std::vector<Executor> executors;
  std::vector<Stat> seen;
  std::int64_t step = 0;
  bool active = false;
};

Monitor::Monitor(const MonitorOptions& options) {
  check(options.interval >= 1, "Monitor: interval: expected at least 1, got ", options.interval);
  impl_ = std::make_shared<Impl>(options);
}

Monitor::Impl& Monitor::impl() const {
  check(impl_ != nullptr, "this Monitor handle refers to no monitor");
  return *impl_;
}

void Monitor::install(const Executor& executor) const {
  // Not held by the executor, which the monitor holds.
  const auto watch = [monitor = std::weak_ptr<Impl>(impl_)](const std::string& name,
                                                            const NDArray& array) {
    if (const auto alive = monitor.lock()) alive->look_at(name, array);
  };
  set_aside(executor);
  impl().executors.push_back(executor);
  executor.set_monitor_callback(watch, impl().options.monitor_all);
}

void Monitor::set_aside(const Executor& executor) const {
  std::erase_if(impl().executors, [&](const Executor& known) { return known.same_as(executor); });
}

void Monitor::tic() const {
  Impl& self = impl();
  if (self.step % self.options.interval == 0) {
    self.seen.clear();
    self.active = true;
  }
  ++self.step;
}

std::vector<Stat> Monitor::toc() const {
  Impl& self = impl();
  if (!self.active) return {};
  for (const Executor& executor : self.executors) {
    const auto look_at_all = [&](const std::vector<std::string>& names,
                                 const std::vector<NDArray>& arrays) {
      for (std::size_t i = 0; i < names.size(); ++i) self.look_at(names[i], arrays[i]);
    };
    look_at_all(executor.symbol().list_arguments(), executor.arg_arrays());
    look_at_all(executor.symbol().list_auxiliary_states(), executor.aux_arrays());
  }
  self.active = false;
  std::vector<Stat> stats = std::exchange(self.seen, {});
  if (self.options.sort) {
    std::stable_sort(stats.begin(), stats.end(),
                     [](const Stat& a, const Stat& b) { return a.name < b.name; });
  }
  return stats;
}

void Monitor::toc_print() const {
  for (const Stat& stat : toc()) log_line(line_of(stat));
}

}  // namespace gluino::mon
