#include "programs/compare.h"

#include <gluino/base/parallel.h>
#include <gluino/graph/run/plan.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "programs/analysis.h"

namespace gluino::programs {
namespace {

// The settings of a trial, while it runs.
class Settings {
 public:
  explicit Settings(const Trial& trial)
      : passes_(std::exchange(graph::passes_enabled(), trial.passes)),
        place_(std::exchange(place(), cpu(trial.device))) {
    // Costs more than a program: it is left as it is for the next one.
    if (num_threads() != trial.threads) set_num_threads(trial.threads);
  }
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;
  ~Settings() {
    graph::passes_enabled() = passes_;
    place() = place_;
  }

 private:
  bool passes_;
  Context place_;
};

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double value : values) {
    if (std::isfinite(value)) most = std::max(most, std::abs(value));
  }
  return most;
}

// The largest difference of two arrays' elements; infinite where one of them is no number, and the
// other another one or none.
double distance(const NDArray& a, const NDArray& b) {
  const auto x = a.to_vector<double>();
  const auto y = b.to_vector<double>();
  double most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool same = x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]));
    if (same) continue;
    const double d = std::abs(x[i] - y[i]);
    most = std::isfinite(d) ? std::max(most, d) : INFINITY;
  }
  return most;
}

std::string shown(const NDArray& value) {
  std::string text = str(value.dtype(), " ", value.shape(), " {");
  const auto numbers = value.to_vector<double>();
  for (std::size_t i = 0; i < std::min<std::size_t>(numbers.size(), 8); ++i) {
    text += str(i > 0 ? ", " : "", numbers[i]);
  }
  return text + (numbers.size() > 8 ? ", ...}" : "}");
}

std::string told(const Seen& expected, const Seen& got) {
  return str(expected.what, ": expected ", shown(expected.value), ", got ", shown(got.value),
             ", which is ", distance(expected.value, got.value), " apart");
}

// How far off numbers around 1 may be when they are computed in another order.
double tolerance_of(DType type) { return type == float64 ? 1e-9 : type == float16 ? 3e-2 : 1e-4; }

// How far rounding may take each number: what becomes of it when the data and parameters are
// changed a little, several times.
class Rounding {
 public:
  Rounding(const Program& program, double shake) : program_(program), shake_(shake) {
    if (shake == 0) shake_ = tolerance_of(program.dtype) / 50;
  }

  double of(std::size_t i) {
    if (spread_.empty()) measure();
    return i < spread_.size() ? spread_[i] : 0;
  }

 private:
  class Shaken final : public Network {
   public:
    Shaken(const Program& program, unsigned seed, double eps)
        : program_(program), eps_(eps), generator_(seed) {}
    std::vector<NDArray> forward(const std::vector<NDArray>& variables) override {
      for (const NDArray& variable : variables) {
        if (variable.defined()) shake(variable);
      }
      return heads_of(program_, replay(program_, variables));
    }

   private:
    // Whole numbers stay what they are: labels and indices.
    void shake(const NDArray& variable) {
      if (!is_floating(variable.dtype())) return;
      auto values = variable.to_vector<double>();
      bool whole = true;
      for (const double value : values) whole = whole && value == std::floor(value);
      if (whole) return;
      for (double& value : values) value += eps_ * unit_(generator_);
      const autograd::Scope scope = autograd::pause();
      variable.assign(nd::from(values, variable.shape()).as_in_context(variable.context()));
    }

    const Program& program_;
    double eps_;
    std::mt19937 generator_;
    std::uniform_real_distribution<double> unit_{-1, 1};
  };

  void measure() {
    const Outcome exact = reference_of(program_, num_threads());
    spread_.resize(exact.size() + 1);
    for (unsigned seed = 1; seed <= 4; ++seed) {
      Shaken network(program_, seed, shake_);
      const Outcome other = run_arrays(program_, network);
      for (std::size_t i = 0; i < exact.size(); ++i) {
        const double d = distance(exact[i].value, other[i].value);
        spread_[i] = std::max(spread_[i], d);
      }
    }
  }

  const Program& program_;
  double shake_;
  std::vector<double> spread_;
};

std::string compare(const Program& program, const Way& way, const Outcome& expected,
                    const Outcome& got, bool exact) {
  Rounding rounding(program, way.shake);
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < expected.size(); ++i) places[expected[i].what] = i;
  const bool rounds = std::any_of(program.script.begin(), program.script.end(),
                                  [](const Step& step) { return step.bfloat16_products; });
  const double relative = std::max(way.tolerance, rounds ? 3e-2 : tolerance_of(program.dtype));
  for (const Seen& seen : got) {
    const auto found = places.find(seen.what);
    if (found == places.end()) continue;
    const Seen& right = expected[found->second];
    const bool same_form =
        seen.value.shape() == right.value.shape() && seen.value.dtype() == right.value.dtype();
    const NDArray a = seen.value.tostype(StorageType::dense);
    const NDArray b = right.value.tostype(StorageType::dense);
    if (same_form && testing::same_bits(a, b)) continue;
    if (!same_form) return told(right, seen);
    if (exact) {
      // The bits of what is no number mean nothing.
      if (distance(right.value, seen.value) != 0) return told(right, seen);
      continue;
    }
    const double allowed = relative * (1 + largest(right.value.to_vector<double>()));
    const double d = distance(right.value, seen.value);
    if (d > allowed && d > 30 * rounding.of(found->second)) return told(right, seen);
  }
  return {};
}

// An operator that says itself where its output is cannot be taken elsewhere.
bool has_places(const Program& program) {
  return std::any_of(program.nodes.begin(), program.nodes.end(),
                     [](const Node& node) { return node.op != nullptr && node.op->context_of; });
}

}  // namespace

bool may_refuse_eagerly(const Program& program) {
  return has_assigns(program) || program.dtype == float16;
}

Outcome reference_of(const Program& program, int threads) {
  const Settings settings({.threads = threads});
  return ways()[0].run(program);
}

bool takes(const Trial& trial, const Program& program) {
  if (trial.device != 0 && has_places(program)) return false;
  if (trial.way == "differences") return has_slopes(program);
  return way_of(trial.way).takes(program);
}

std::string difference(const Program& program, const Trial& trial) {
  try {
    return difference(program, trial, reference_of(program));
  } catch (const std::exception& error) {
    return may_refuse_eagerly(program) ? "" : str("the eager run throws: ", error.what());
  }
}

std::string difference(const Program& program, const Trial& trial, const Outcome& reference) {
  if (!takes(trial, program)) return {};
  const Settings settings(trial);
  if (trial.way == "differences") return difference_from_slopes(program);
  const Way& way = way_of(trial.way);
  try {
    // Gradients are summed in the order of the nodes.
    const bool same_order = !way.in_graph_order || is_in_graph_order(program);
    const bool exact = way.exact && same_order && !trial.passes;
    return compare(program, way, reference, way.run(program), exact);
  } catch (const Error& error) {
    return way.may_refuse(program) ? "" : str(trial.way, " throws: ", error.what());
  } catch (const std::exception& error) {
    return str(trial.way, " throws what is no Error: ", error.what());
  }
}

}  // namespace gluino::programs
