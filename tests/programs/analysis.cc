#include "programs/analysis.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace gluino::programs {

Effective effective(const std::vector<Mode>& modes, Effective mode) {
  for (const Mode scope : modes) {
    if (scope == Mode::record) mode = {true, true};
    if (scope == Mode::pause) mode = {false, false};
    if (scope == Mode::train) mode.training = true;
    if (scope == Mode::predict) mode.training = false;
  }
  return mode;
}

bool depends_on_mode(const Node& node) {
  if (node.kind != Kind::call) return false;
  if (node.op->random) return true;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.op->is_state(node.options.get(), static_cast<int>(i))) return true;
  }
  return false;
}

Flow flow_of(const Program& program) {
  Flow flow;
  const auto count = program.nodes.size();
  const auto at = [](Value value) { return static_cast<std::size_t>(value.node); };
  flow.recorded.resize(count);
  flow.reached.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Node& node = program.nodes[i];
    if (is_variable(node.kind)) {
      flow.recorded[i] = node.variable.req != GradReq::null;
      continue;
    }
    const bool passes = node.kind != Kind::detach && node.kind != Kind::assign &&
                        effective(node.modes, {}).recording;
    flow.recorded[i] =
        passes && std::any_of(node.inputs.begin(), node.inputs.end(),
                              [&](const Value& input) { return flow.recorded[at(input)]; });
  }
  for (const Value& head : program.heads) {
    flow.differentiable.push_back(flow.recorded[at(head)]);
    if (flow.recorded[at(head)]) flow.reached[at(head)] = true;
  }
  for (std::size_t i = count; i-- > 0;) {
    if (!flow.reached[i]) continue;
    for (const Value& input : program.nodes[i].inputs) {
      if (flow.recorded[at(input)]) flow.reached[at(input)] = true;
    }
  }
  return flow;
}

std::vector<bool> alive_nodes(const Program& program) {
  std::vector<bool> alive(program.nodes.size());
  for (const Value& head : program.heads) alive[static_cast<std::size_t>(head.node)] = true;
  for (std::size_t i = program.nodes.size(); i-- > 0;) {
    if (program.nodes[i].kind == Kind::assign) alive[i] = true;
    if (!alive[i]) continue;
    for (const Value& input : program.nodes[i].inputs) {
      alive[static_cast<std::size_t>(input.node)] = true;
    }
  }
  return alive;
}

namespace {

// The nodes of these numbers, which must be all that they read, in this order.
Program with_nodes_in(const Program& program, const std::vector<int>& order) {
  Program result(program.dtype);
  std::vector<int> moved(program.nodes.size(), -1);
  const auto at_new_place = [&](Value value) {
    return Value{moved[static_cast<std::size_t>(value.node)], value.output};
  };
  for (const int i : order) {
    Node node = program.nodes[static_cast<std::size_t>(i)];
    for (Value& input : node.inputs) input = at_new_place(input);
    moved[static_cast<std::size_t>(i)] = result.add(std::move(node)).node;
  }
  for (const Value& head : program.heads) result.heads.push_back(at_new_place(head));
  result.script = program.script;
  for (Step& step : result.script) {
    if (step.tuned >= 0) step.tuned = moved[static_cast<std::size_t>(step.tuned)];
  }
  return result;
}

std::vector<int> graph_order(const Program& program) {
  std::vector<int> order;
  std::vector<bool> seen(program.nodes.size());
  const std::function<void(int)> visit = [&](int i) {
    if (seen[static_cast<std::size_t>(i)]) return;
    seen[static_cast<std::size_t>(i)] = true;
    for (const Value& input : program.nodes[static_cast<std::size_t>(i)].inputs) visit(input.node);
    order.push_back(i);
  };
  for (const Value& head : program.heads) visit(head.node);
  return order;
}

}  // namespace

Program with_nodes(const Program& program, const std::vector<bool>& kept) {
  std::vector<int> order;
  for (int i = 0; i < program.size(); ++i) {
    if (kept[static_cast<std::size_t>(i)]) order.push_back(i);
  }
  return with_nodes_in(program, order);
}

Program in_graph_order(const Program& program) {
  return with_nodes_in(program, graph_order(program));
}

// Variables may come earlier than at their first use.
bool is_in_graph_order(const Program& program) {
  std::vector<int> order = graph_order(program);
  std::erase_if(
      order, [&](int i) { return is_variable(program.nodes[static_cast<std::size_t>(i)].kind); });
  return std::is_sorted(order.begin(), order.end());
}

bool shares_states(const Program& program) {
  std::vector<int> states;
  for (const Node& node : program.nodes) {
    for (const Value& input : node.inputs) {
      if (program.node(input).kind == Kind::state) states.push_back(input.node);
    }
  }
  std::sort(states.begin(), states.end());
  return std::adjacent_find(states.begin(), states.end()) != states.end();
}

bool depends_on_order(const Program& program) {
  return is_random(program) || shares_states(program);
}

Program without_dead_nodes(const Program& program) {
  return with_nodes(program, alive_nodes(program));
}

bool is_random(const Program& program) {
  return std::any_of(program.nodes.begin(), program.nodes.end(),
                     [](const Node& node) { return node.kind == Kind::call && node.op->random; });
}

bool has_scopes(const Program& program) {
  return std::any_of(program.nodes.begin(), program.nodes.end(),
                     [](const Node& node) { return !node.modes.empty(); });
}

bool has_assigns(const Program& program) { return !nodes_of(program, Kind::assign).empty(); }

bool shares_data(const Program& program) {
  return std::any_of(program.script.begin(), program.script.end(),
                     [](const Step& step) { return step.one_array; });
}

bool learns(const Program& program) {
  return std::any_of(program.script.begin(), program.script.end(),
                     [](const Step& step) { return step.learning_rate != 0 || step.tuned >= 0; });
}

}  // namespace gluino::programs
