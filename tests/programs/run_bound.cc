#include <map>
#include <optional>
#include <utility>

#include "programs/analysis.h"
#include "programs/ways.h"

namespace gluino::programs {
namespace {

bool wants_gradient(const Node& node) {
  return is_variable(node.kind) && node.kind != Kind::state && node.variable.req != GradReq::null;
}

// Executors run in training mode what they take back, and need no scopes.
bool is_bindable(const Program& program) {
  if (learns(program) || shares_data(program)) return false;
  for (const Step& step : program.script) {
    if (step.backwards > 0 && !step.training) return false;
  }
  return is_symbolic(program) && (is_in_graph_order(program) || !depends_on_order(program));
}

class BoundRun {
 public:
  BoundRun(const Program& program, const Symbol& symbol, const ArrayMap& values)
      : program_(program), flow_(flow_of(program)) {
    const auto arguments = symbol.list_arguments();
    const auto states = symbol.list_auxiliary_states();
    std::map<std::string, GradReq> requests;
    ArrayMap args, gradients, aux;
    for (const std::string& name : arguments) args[name] = values.at(name);
    for (const std::string& name : states) aux[name] = values.at(name);
    for (int i = 0; i < program.size(); ++i) {
      const Node& node = program.nodes[static_cast<std::size_t>(i)];
      if (!args.contains(name_of(i)) || !wants_gradient(node)) continue;
      requests[name_of(i)] = node.variable.req;
      gradients[name_of(i)] = rubbish(program, i, node.shape);
    }
    first_ = symbol.bind(place(), args, gradients, requests, aux);
    executors_.emplace(0, *first_);
  }

  Outcome run() {
    for (std::size_t s = 0; s < program_.script.size(); ++s) {
      if (!step(s)) break;
    }
    return std::move(outcome_);
  }

 private:
  const Executor& executor_for(const Step& step) {
    const auto found = executors_.find(step.rows);
    if (found != executors_.end()) return found->second;
    Shapes shapes;
    for (const auto& [name, value] : first_->arg_dict()) {
      const int i = node_of(name);
      const bool changes = program_.nodes[static_cast<std::size_t>(i)].kind == Kind::data;
      shapes[name] = changes ? draw(program_, i, step).shape() : value.shape();
    }
    const Executor made =
        first_->reshape(shapes, {.partial_shaping = true, .allow_up_sizing = true});
    return executors_.emplace(step.rows, made).first->second;
  }

  void spoil_gradients(const Executor& executor) {
    for (int i = 0; i < program_.size(); ++i) {
      const auto found = executor.grad_dict().find(name_of(i));
      if (found == executor.grad_dict().end()) continue;
      const Node& node = program_.nodes[static_cast<std::size_t>(i)];
      if (node.kind == Kind::data || node.variable.req == GradReq::write) {
        found->second.assign(rubbish(program_, i, found->second.shape()));
      }
    }
  }

  bool step(std::size_t s) {
    const Step& step = program_.script[s];
    const Executor& executor = executor_for(step);
    ArrayMap data;
    for (const int i : nodes_of(program_, Kind::data)) {
      if (executor.arg_dict().contains(name_of(i))) data[name_of(i)] = draw(program_, i, step);
    }
    spoil_gradients(executor);
    if (is_random(program_)) random::seed(static_cast<int>(40 + s));
    const auto heads = [&] {
      const Products products(step);
      return executor.forward(step.training, data);
    }();
    for (std::size_t h = 0; h < heads.size(); ++h) see_output(outcome_, s, h, heads[h]);
    for (int b = 0; b < step.backwards; ++b) {
      if (!backward(executor, s, b)) return false;
    }
    for (const auto& [name, value] : executor.aux_dict()) {
      see_value(outcome_, s, node_of(name), value);
    }
    return true;
  }

  bool backward(const Executor& executor, std::size_t s, int number) {
    const auto& heads = executor.outputs();
    auto gradients = head_gradients(program_.script[s], heads);
    bool any = false;
    for (std::size_t h = 0; h < heads.size(); ++h) {
      any = any || flow_.differentiable[h];
      // Of an output that is not differentiable an eager run asks no gradient.
      if (flow_.differentiable[h]) continue;
      gradients[h] = NDArray(heads[h].shape(), heads[h].dtype(), place());
      gradients[h].assign(0.0);
    }
    if (!any) return true;
    try {
      executor.backward(gradients);
    } catch (const Error&) {
      if (number > 0) return false;  // may be refused, if it is told
      throw;
    }
    for (int i = 0; i < program_.size(); ++i) {
      const auto found = executor.grad_dict().find(name_of(i));
      if (found == executor.grad_dict().end() || !flow_.reached[static_cast<std::size_t>(i)]) {
        continue;
      }
      see_gradient(outcome_, s, number, i, found->second);
    }
    return true;
  }

  const Program& program_;
  Flow flow_;
  std::optional<Executor> first_;
  std::map<std::int64_t, Executor> executors_;
  Outcome outcome_;
};

ArrayMap values_of(const Program& program) {
  ArrayMap values;
  for (int i = 0; i < program.size(); ++i) {
    if (is_variable(program.nodes[static_cast<std::size_t>(i)].kind)) {
      values[name_of(i)] = draw(program, i);
    }
  }
  return values;
}

Outcome run_bound(const Program& program) {
  return BoundRun(program, to_symbol(program), values_of(program)).run();
}

// The graph and its arrays as they come back from what files hold.
Outcome run_saved(const Program& program) {
  const Symbol symbol = sym::load_json(to_symbol(program).tojson());
  const ArrayMap values = values_of(program);
  const nd::NamedArrays named(values.begin(), values.end());
  ArrayMap loaded;
  for (const auto& [name, value] : nd::load_frombuffer(nd::save_tobuffer(named))) {
    loaded[name] = value.as_in_context(place());
  }
  return BoundRun(program, symbol, loaded).run();
}

}  // namespace

Way bound_way() {
  return {.name = "bound", .in_graph_order = true, .takes = is_bindable, .run = run_bound};
}
Way saved_way() {
  return {.name = "saved", .in_graph_order = true, .takes = is_bindable, .run = run_saved};
}

}  // namespace gluino::programs
