#include <utility>

#include "programs/analysis.h"
#include "programs/ways.h"

namespace gluino::programs {

NDArray Network::hold(int node, const NDArray& value, GradReq req) {
  requests_[node] = req;
  if (req != GradReq::null) value.attach_grad(req);
  return value;
}

void Network::tune(const Step& step, const NDArray& variable) {
  lr_mult_[step.tuned] = step.lr_mult;
  // The same request once more leaves the gradient as it is.
  if (!step.grad_req || requests_[step.tuned] == *step.grad_req) return;
  requests_[step.tuned] = *step.grad_req;
  variable.attach_grad(*step.grad_req);
}

void Network::learn(const Step& step, const std::vector<int>& nodes,
                    const std::vector<NDArray>& variables) {
  const autograd::Scope scope = autograd::pause();
  for (const int i : nodes) {
    const NDArray& weight = variables[static_cast<std::size_t>(i)];
    const auto found = lr_mult_.find(i);
    const double mult = found == lr_mult_.end() ? 1 : found->second;
    weight.assign(weight - weight.grad() * (step.learning_rate * mult));
  }
}

namespace {

class ArrayRun {
 public:
  ArrayRun(const Program& program, Network& network)
      : program_(program),
        network_(network),
        flow_(flow_of(program)),
        alive_(alive_nodes(program)) {
    variables_.resize(program.nodes.size());
    for (int i = 0; i < program.size(); ++i) {
      const Node& node = this->node(i);
      if (!is_variable(node.kind) || node.kind == Kind::data) continue;
      variable(i) = network.hold(i, draw(program, i), node.variable.req);
      if (variable(i).grad().defined()) spoil(i);
    }
  }

  Outcome run() {
    for (std::size_t s = 0; s < program_.script.size(); ++s) {
      if (s > 0) network_.between(s, variables_);
      const Step& step = program_.script[s];
      if (step.tuned >= 0) network_.tune(step, variable(step.tuned));
      if (!run_step(s)) break;
    }
    return std::move(outcome_);
  }

 private:
  const Node& node(int i) const { return program_.nodes[static_cast<std::size_t>(i)]; }
  NDArray& variable(int i) { return variables_[static_cast<std::size_t>(i)]; }
  void spoil(int i) { variable(i).grad().assign(rubbish(program_, i, variable(i).shape())); }

  // Data of the same shape are written into the array that was there, others are a new one.
  void give_data(const Step& step) {
    for (const int i : nodes_of(program_, Kind::data)) {
      if (step.one_array && share_data(i)) continue;
      NDArray value = draw(program_, i, step);
      const bool fits = variable(i).defined() && variable(i).shape() == value.shape() &&
                        variable(i).context() == value.context();
      if (fits && !shares_data_) {
        variable(i).assign(value);
      } else {
        variable(i) = value;
        if (node(i).variable.req != GradReq::null) value.attach_grad(node(i).variable.req);
      }
    }
    shares_data_ = step.one_array;
  }

  static bool alike_fills(const Fill& a, const Fill& b) {
    return a.kind == b.kind && a.low == b.low && a.high == b.high;
  }

  // True when an earlier variable's array serves.
  bool share_data(int i) {
    for (const int k : nodes_of(program_, Kind::data)) {
      if (k == i) return false;
      const bool alike = node(k).shape == node(i).shape &&
                         node(k).variable.batched == node(i).variable.batched &&
                         node(k).variable.req == node(i).variable.req &&
                         alike_fills(node(k).variable.fill, node(i).variable.fill);
      if (!alike) continue;
      variable(i) = variable(k);
      return true;
    }
    return false;
  }

  // What is to be overwritten must not be seen again; the gradients of data begin anew.
  void spoil_gradients() {
    for (int i = 0; i < program_.size(); ++i) {
      if (!is_variable(node(i).kind) || !variable(i).grad().defined()) continue;
      if (node(i).kind == Kind::data || node(i).variable.req == GradReq::write) spoil(i);
    }
  }

  bool run_step(std::size_t s) {
    const Step& step = program_.script[s];
    give_data(step);
    spoil_gradients();
    if (is_random(program_)) random::seed(static_cast<int>(40 + s));
    std::vector<NDArray> heads;
    {
      const autograd::Scope scope =
          step.backwards > 0 ? autograd::record(step.training) : autograd::pause(step.training);
      const Products products(step);
      heads = network_.forward(variables_);
    }
    for (std::size_t h = 0; h < heads.size(); ++h) see_output(outcome_, s, h, heads[h]);
    for (int b = 0; b < step.backwards; ++b) {
      if (!backward(s, b, heads)) return false;
    }
    // A graph leaves out what leads to no head, and so leaves its states alone.
    for (const int i : nodes_of(program_, Kind::state)) {
      if (alive_[static_cast<std::size_t>(i)]) see_value(outcome_, s, i, variable(i));
    }
    if (step.backwards > 0 && step.learning_rate != 0) learn(s);
    return true;
  }

  void learn(std::size_t s) {
    std::vector<int> nodes;
    for (const int i : nodes_of(program_, Kind::parameter)) {
      const bool learns =
          flow_.reached[static_cast<std::size_t>(i)] && variable(i).grad().defined();
      if (learns) nodes.push_back(i);
    }
    network_.learn(program_.script[s], nodes, variables_);
    for (const int i : nodes) see_value(outcome_, s, i, variable(i));
  }

  // False when it was refused, and may be.
  bool backward(std::size_t s, int number, const std::vector<NDArray>& heads) {
    const Step& step = program_.script[s];
    const auto gradients = head_gradients(step, heads);
    std::vector<NDArray> recorded, recorded_gradients;
    for (std::size_t h = 0; h < heads.size(); ++h) {
      if (!flow_.differentiable[h]) continue;
      recorded.push_back(heads[h]);
      recorded_gradients.push_back(gradients[h]);
    }
    if (recorded.empty()) return true;
    try {
      autograd::backward(recorded, recorded_gradients,
                         {.retain_graph = number + 1 < step.backwards});
    } catch (const Error&) {
      if (number > 0 && network_.may_refuse_second_backward()) return false;
      throw;
    }
    for (int i = 0; i < program_.size(); ++i) {
      const bool wanted = is_variable(node(i).kind) && flow_.reached[static_cast<std::size_t>(i)];
      if (wanted && variable(i).grad().defined())
        see_gradient(outcome_, s, number, i, variable(i).grad());
    }
    return true;
  }

  const Program& program_;
  Network& network_;
  Flow flow_;
  std::vector<bool> alive_;
  std::vector<NDArray> variables_;
  bool shares_data_ = false;
  Outcome outcome_;
};

class Eager final : public Network {
 public:
  explicit Eager(const Program& program) : program_(program) {}
  std::vector<NDArray> forward(const std::vector<NDArray>& variables) override {
    return heads_of(program_, replay(program_, variables));
  }

 private:
  const Program& program_;
};

}  // namespace

Outcome run_arrays(const Program& program, Network& network) {
  return ArrayRun(program, network).run();
}

Way eager_way() {
  return {.name = "eager",
          .takes = [](const Program& /*program*/) { return true; },
          .run =
              [](const Program& program) {
                Eager network(program);
                return run_arrays(program, network);
              }};
}

}  // namespace gluino::programs
