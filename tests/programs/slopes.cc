#include <algorithm>
#include <cmath>
#include <random>

#include "programs/analysis.h"
#include "programs/compare.h"

/// Gradients against finite differences: the slope of the weighted sum of all heads along a random
/// direction in one variable after the other.
namespace gluino::programs {
namespace {

constexpr double kEps = 1e-5;

const Step* first_backward(const Program& program) {
  const auto found = std::find_if(program.script.begin(), program.script.end(),
                                  [](const Step& step) { return step.backwards > 0; });
  return found == program.script.end() ? nullptr : &*found;
}

class Slopes {
 public:
  explicit Slopes(const Program& program)
      : program_(program), step_(*first_backward(program)), flow_(flow_of(program)) {
    variables_.resize(program.nodes.size());
    for (int i = 0; i < program.size(); ++i) {
      const Node& node = program.nodes[static_cast<std::size_t>(i)];
      if (!is_variable(node.kind)) continue;
      const NDArray value = draw(program, i, step_);
      if (node.variable.req != GradReq::null) value.attach_grad();
      variables_[static_cast<std::size_t>(i)] = value;
    }
  }

  std::string difference() {
    base_ = run_recorded();
    if (has_ties()) return {};
    for (int i = 0; i < program_.size(); ++i) {
      const bool wanted = is_variable(program_.nodes[static_cast<std::size_t>(i)].kind) &&
                          flow_.reached[static_cast<std::size_t>(i)];
      if (!wanted || is_index(i)) continue;
      const std::string found = difference_of(i);
      if (!found.empty()) return found;
    }
    return {};
  }

 private:
  // Where an operator is tried with distinct values only, two alike, or one at zero, are a kink:
  // the slope is another on each side.
  bool has_ties() const {
    for (const Node& node : program_.nodes) {
      if (node.kind != Kind::call) continue;
      for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        if (wants_distinct(*node.op, i) && is_tied(base_at(node.inputs[i]))) return true;
      }
    }
    return false;
  }

  static bool wants_distinct(const Op& op, std::size_t input) {
    return std::any_of(op.samples.begin(), op.samples.end(), [&](const Sample& sample) {
      return input < sample.inputs.size() && sample.inputs[input].fill.kind == Fill::Kind::distinct;
    });
  }

  static bool is_tied(const NDArray& array) {
    auto values = array.to_vector<double>();
    values.push_back(0);
    std::sort(values.begin(), values.end());
    const auto close = [](double a, double b) { return b - a < 10 * kEps; };
    return std::adjacent_find(values.begin(), values.end(), close) != values.end();
  }

  const NDArray& base_at(Value value) const {
    return base_[static_cast<std::size_t>(value.node)][static_cast<std::size_t>(value.output)];
  }

  NDArray& variable(int i) { return variables_[static_cast<std::size_t>(i)]; }
  bool is_index(int i) const {
    return program_.nodes[static_cast<std::size_t>(i)].variable.fill.kind == Fill::Kind::integers;
  }

  // The states begin anew in every run.
  std::vector<NDArray> states() {
    std::vector<NDArray> all = variables_;
    for (const int i : nodes_of(program_, Kind::state)) {
      all[static_cast<std::size_t>(i)] = draw(program_, i, step_);
    }
    return all;
  }

  std::vector<NDArray> weights_for(const std::vector<NDArray>& heads) const {
    auto weights = head_gradients(step_, heads);
    for (std::size_t h = 0; h < heads.size(); ++h) {
      if (!weights[h].defined()) {
        weights[h] = NDArray(heads[h].shape(), heads[h].dtype(), place());
        weights[h].assign(1.0);
      }
    }
    return weights;
  }

  Values run_recorded() {
    if (is_random(program_)) random::seed(7);
    Values values;
    std::vector<NDArray> heads;
    {
      const autograd::Scope scope = autograd::record(step_.training);
      values = replay(program_, states());
      heads = heads_of(program_, values);
    }
    const auto weights = weights_for(heads);
    std::vector<NDArray> recorded, recorded_weights;
    for (std::size_t h = 0; h < heads.size(); ++h) {
      if (!flow_.differentiable[h]) continue;
      recorded.push_back(heads[h]);
      recorded_weights.push_back(weights[h]);
    }
    autograd::backward(recorded, recorded_weights);
    // Views have the memory of variables, which will move.
    for (auto& outputs : values) {
      for (NDArray& output : outputs) output = output.copy();
    }
    return values;
  }

  // What gradients do not pass through keeps the values of the recorded run.
  double sum_of_heads() {
    if (is_random(program_)) random::seed(7);
    const autograd::Scope scope = autograd::pause(step_.training);
    const auto heads = heads_of(program_, replay(program_, states(), &base_, flow_.recorded));
    const auto weights = weights_for(heads);
    double sum = 0;
    for (std::size_t h = 0; h < heads.size(); ++h) {
      if (!flow_.differentiable[h]) continue;
      const auto y = heads[h].to_vector<double>();
      const auto w = weights[h].to_vector<double>();
      for (std::size_t j = 0; j < y.size(); ++j) sum += y[j] * w[j];
    }
    return sum;
  }

  double at(int i, const std::vector<double>& x, const std::vector<double>& direction,
            double distance) {
    std::vector<double> moved = x;
    for (std::size_t j = 0; j < moved.size(); ++j) moved[j] += distance * direction[j];
    std::copy(moved.begin(), moved.end(), static_cast<double*>(variable(i).data()));
    return sum_of_heads();
  }

  std::string difference_of(int i) {
    const auto gradient = variable(i).grad().to_vector<double>();
    const auto x = variable(i).to_vector<double>();
    std::mt19937 generator(static_cast<unsigned>(i));
    std::uniform_real_distribution<double> unit(0.2, 1);
    std::vector<double> direction(x.size());
    double expected = 0;
    double weight = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      direction[j] = unit(generator) * (generator() % 2 == 0 ? 1 : -1);
      expected += gradient[j] * direction[j];
      weight += std::abs(gradient[j] * direction[j]);
    }
    const double middle = at(i, x, direction, 0);
    const double right = (at(i, x, direction, kEps) - middle) / kEps;
    const double left = (middle - at(i, x, direction, -kEps)) / kEps;
    const double half_right = (at(i, x, direction, kEps / 2) - middle) / (kEps / 2);
    const double half_left = (middle - at(i, x, direction, -kEps / 2)) / (kEps / 2);
    std::copy(x.begin(), x.end(), static_cast<double*>(variable(i).data()));
    const double slope = (half_right + half_left) / 2;
    const double scale = 1 + std::abs(slope) + weight + std::abs(middle);
    // At a kink, or where the curve is too bent for the step, there is nothing to compare with.
    const double bend = std::max(
        {std::abs(right - left), std::abs(right - half_right), std::abs(left - half_left)});
    if (!(bend < 1e-3 * scale)) return {};
    if (std::abs(slope - expected) <= 3e-3 * scale) return {};
    return str("gradient of ", name_of(i), ": finite differences give ", slope,
               " along a direction, the gradient ", expected);
  }

  const Program& program_;
  const Step& step_;
  Flow flow_;
  std::vector<NDArray> variables_;
  Values base_;
};

}  // namespace

// Losses have other gradients than their outputs' slopes; what is whole jumps.
bool has_slopes(const Program& program) {
  if (program.dtype != float64 || first_backward(program) == nullptr ||
      first_backward(program)->bfloat16_products) {
    return false;
  }
  if (has_assigns(program) || shares_data(program) || shares_states(program)) return false;
  const Flow flow = flow_of(program);
  for (std::size_t i = 0; i < program.nodes.size(); ++i) {
    const Node& node = program.nodes[i];
    if (node.kind == Kind::call && node.op->is_loss && flow.reached[i]) return false;
  }
  return true;
}

std::string difference_from_slopes(const Program& program) { return Slopes(program).difference(); }

}  // namespace gluino::programs
