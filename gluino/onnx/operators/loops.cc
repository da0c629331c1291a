#include <gluino/graph/symbol/callable.h>
#include <gluino/graph/symbol/cut_subgraph.h>
#include <gluino/graph/symbol/naming.h>
#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/control/control_flow.h>
#include <gluino/ops/elementwise/cast.h>

#include <algorithm>
#include <limits>

// Loop and Scan as loops of ours. The body is read on values of the first step, as if it stood in
// the graph around, so that shapes follow; then it is cut out, and those values are its inputs.
namespace gluino::onnx {
namespace {

using GraphValue = ImportNode::GraphValue;

/// A loop without an end has one here, behind more steps than anybody waits for.
constexpr std::int64_t kMostSteps = std::numeric_limits<std::int32_t>::max();

/// What the body has for one step, and what that is outside: before the first, or of all.
struct StepValue {
  Symbol whole;
  Symbol now;
};
using StepValues = std::vector<StepValue>;

bool is_same(const Symbol& a, const Symbol& b) {
  const NodeEntry &x = a.entries().at(0), &y = b.entries().at(0);
  return x.node == y.node && x.index == y.index;
}

bool is_read(const StepValue& value, const Symbols& outputs) {
  const Symbol all = sym::Group(outputs);
  const IndexedGraph graph(all.entries());
  const Node* const node = value.now.entries().at(0).node.get();
  return std::any_of(graph.items.begin(), graph.items.end(),
                     [&](const auto& item) { return item.node == node; });
}

// What a loop's condition and body read, each of it once.
class NodeInputs {
 public:
  explicit NodeInputs(const StepValues& states) : states_(states) {}

  Locations places(const Symbols& inputs) {
    Locations locations;
    for (const Symbol& input : inputs) locations.at.push_back(place(input));
    return locations;
  }
  const Symbols& row() const { return row_; }

 private:
  int place(const Symbol& input) {
    const auto is_input = [&](const Symbol& one) { return is_same(one, input); };
    const auto known = std::find_if(inside_.begin(), inside_.end(), is_input);
    if (known != inside_.end()) return static_cast<int>(known - inside_.begin());
    inside_.push_back(input);
    const auto state = std::find_if(states_.begin(), states_.end(), [&](const StepValue& value) {
      return is_same(value.now, input);
    });
    row_.push_back(state == states_.end() ? input : state->whole);
    return static_cast<int>(row_.size()) - 1;
  }

  const StepValues& states_;
  Symbols inside_, row_;
};

class Body {
 public:
  explicit Body(const ImportNode& n) : n_(n), c_(n), mark_(n.graph_mark("body")) {}

  /// While it lives, what is made belongs to the body.
  sym::AttrScope inside() const { return marked(mark_); }
  sym::AttrScope inside_condition() const { return marked(condition_mark()); }

  StepValue state(const Symbol& first) const { return {first, n_.step_value(first)}; }
  /// All steps' data lie along axis 0. Of one axis our loops leave (1,) of a step.
  StepValue slice(const Symbol& data) const {
    const int ndim = n_.shape(data).ndim();
    const Symbol first = c_.slice(data, 0, 0, 1);
    return {data, n_.step_value(ndim == 1 ? first : c_.squeeze(first, 0))};
  }

  std::vector<GraphValue> read(const std::vector<GraphValue>& inputs) const {
    const sym::AttrScope scope = inside();
    return n_.read_graph("body", inputs);
  }

  /// A step for each of the data, as long as the states say. Gives the states, then what the steps
  /// gave.
  Symbols over_data(const StepValues& data, const StepValues& states, const Symbols& next,
                    const Symbols& given) const {
    Symbols outputs = joined(given, next);
    StepValues read;
    for (const StepValue& one : data) {
      if (is_read(one, outputs)) read.push_back(one);
    }
    if (read.empty()) read.push_back(data.at(0));  // it tells the number of steps
    StepValues needed = read;
    needed.insert(needed.end(), states.begin(), states.end());
    const graph::CutSubgraph cut = cut_out(outputs, needed);
    ForeachOptions o;
    o.num_outputs = static_cast<int>(outputs.size());
    o.num_out_data = static_cast<int>(given.size());
    Symbols inputs;
    std::vector<bool> is_left(cut.inputs.size(), true);
    for (std::size_t i = 0; i < needed.size(); ++i) {
      const int place = place_in(cut, needed[i]);
      (i < read.size() ? o.in_data_locs : o.in_state_locs).at.push_back(place);
      inputs.push_back(needed[i].whole);
      is_left[static_cast<std::size_t>(place)] = false;
    }
    for (std::size_t i = 0; i < cut.inputs.size(); ++i) {
      if (!is_left[i]) continue;
      o.remain_locs.at.push_back(static_cast<int>(i));
      inputs.push_back(cut.inputs[i]);
    }
    o.subgraphs = std::make_shared<const Subgraphs>(std::vector{graph::make_callable(cut.symbol)});
    return states_first(n_.make_for(Op::get<ForeachOptions>("_foreach"), &o, inputs), given.size());
  }

  /// At most so many steps, as long as `holds`, made of the states as the condition.
  Symbols as_long_as(const Symbol& holds, std::int64_t most, const StepValues& states,
                     const Symbols& next, const Symbols& given) const {
    const graph::CutSubgraph condition = graph::cut_subgraph({holds}, {}, condition_mark());
    const graph::CutSubgraph body = cut_out(joined(given, next), states);
    NodeInputs inputs(states);
    WhileLoopOptions o;
    o.num_outputs = static_cast<int>(given.size() + next.size());
    o.num_out_data = static_cast<int>(given.size());
    o.max_iterations = most;
    o.cond_input_locs = inputs.places(condition.inputs);
    o.func_input_locs = inputs.places(body.inputs);
    for (const StepValue& state : states) o.func_var_locs.at.push_back(place_in(body, state));
    o.subgraphs = std::make_shared<const Subgraphs>(
        std::vector{graph::make_callable(condition.symbol), graph::make_callable(body.symbol)});
    return states_first(n_.make_for(Op::get<WhileLoopOptions>("_while_loop"), &o, inputs.row()),
                        given.size());
  }

 private:
  static sym::AttrScope marked(const std::string& mark) {
    return sym::AttrScope({{graph::kSubgraphAttribute, mark}});
  }
  std::string condition_mark() const { return mark_ + "_condition"; }

  static Symbols joined(Symbols first, const Symbols& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
  }

  // An output, with a value that has no part in it: our loops have no input that nobody reads.
  Symbol reading(const Symbol& output, const Symbol& value) const {
    const sym::AttrScope scope = inside();
    const Symbol zeros = c_.of("zeros_like", c_.cast(value, float32));
    const Symbol always = c_.opposite(n_.make_by_text("_np_sum", {}, {zeros}));
    return c_.where(always, output, output);
  }

  graph::CutSubgraph cut_out(Symbols outputs, const StepValues& needed) const {
    n_.expect(!outputs.empty(), "body: the graph gives nothing");
    for (const StepValue& value : needed) {
      if (!is_read(value, outputs)) outputs[0] = reading(outputs[0], value.now);
    }
    return graph::cut_subgraph(outputs, {}, mark_);
  }

  int place_in(const graph::CutSubgraph& cut, const StepValue& value) const {
    for (std::size_t i = 0; i < cut.inputs.size(); ++i) {
      if (is_same(cut.inputs[i], value.now)) return static_cast<int>(i);
    }
    n_.refuse("body: does not read all that it is given");
  }

  // Shapes are looked at, so that what contradicts itself is told here.
  Symbols states_first(const Symbol& node, std::size_t given) const {
    Symbols outputs;
    for (std::size_t i = 0; i < node.num_outputs(); ++i) {
      outputs.push_back(node[(i + given) % node.num_outputs()]);
      n_.shape(outputs.back());
    }
    return outputs;
  }

  const ImportNode& n_;
  Composer c_;
  std::string mark_;
};

Symbols symbols_of(const std::vector<GraphValue>& values, std::size_t begin, std::size_t end) {
  Symbols symbols;
  for (std::size_t i = begin; i < end; ++i) symbols.push_back(values[i].symbol);
  return symbols;
}

void expect_outputs(const ImportNode& n, std::size_t got, std::size_t least) {
  n.expect(got >= least, "body: expected a graph of at least ", least, " outputs, got one of ",
           got);
}

// Nothing where only a run knows it.
std::optional<bool> told(const ImportNode& n, const NDArray* condition) {
  if (condition == nullptr || !condition->defined()) return std::nullopt;
  n.expect(condition->size() == 1, "expected one value as the condition, got the shape ",
           condition->shape());
  return condition->asscalar<double>() != 0;
}

std::int64_t told_steps(const ImportNode& n) {
  const NDArray* const count = n.constant_if(0);
  if (count == nullptr) return kMostSteps;
  n.expect(count->size() == 1, "M: expected one number, got the shape ", count->shape());
  return std::clamp<std::int64_t>(count->asscalar<std::int64_t>(), 0, kMostSteps);
}

Symbols read_loop(const ImportNode& n) {
  const Composer c(n);
  const auto count = static_cast<std::size_t>(std::max(n.num_inputs() - 2, 0));
  const bool counts = n.has(0) && n.constant_if(0) == nullptr;
  std::optional<bool> begins = n.has(1) ? told(n, n.constant_if(1)) : true;
  std::int64_t most = told_steps(n);
  const Body body(n);
  const StepValue number = body.state(c.number(0, int64));
  StepValues states;
  // A step begins where the condition holds.
  std::vector<GraphValue> inputs{{.symbol = number.now}, {.constant = nd::ones({}, boolean)}};
  for (std::size_t i = 0; i < count; ++i) {
    states.push_back(body.state(n.in(static_cast<int>(i) + 2)));
    inputs.push_back({.symbol = states.back().now});
  }
  const std::vector<GraphValue> outputs = body.read(inputs);
  expect_outputs(n, outputs.size(), count + 1);
  const std::optional<bool> goes_on = told(n, &outputs[0].constant);
  if (begins == false) most = 0;
  if (goes_on == false) most = std::min<std::int64_t>(most, 1);
  const bool asks = !begins || !goes_on;
  Symbols next = symbols_of(outputs, 1, count + 1);
  const Symbols given = symbols_of(outputs, count + 1, outputs.size());
  n.expect(given.empty() || (n.has(0) && !counts && !asks),
           "how many steps give something only the data tell");

  StepValue goes;
  Symbols all = given;
  all.insert(all.end(), next.begin(), next.end());
  {
    const sym::AttrScope scope = body.inside();
    if (counts || states.empty() || is_read(number, all)) {
      states.push_back(number);
      next.push_back(c.plus(number.now, 1));
    }
  }
  if (asks) {
    // Of its type where nobody says those of inputs, too.
    const Symbol first = begins ? c.number(1, boolean) : c.reshape_to(n.in(1), {});
    goes = body.state(n.make("Cast", CastOptions{.dtype = boolean}, {first}));
    const sym::AttrScope scope = body.inside();
    states.push_back(goes);
    next.push_back(c.reshape_to(outputs[0].symbol, {}));
  }
  Symbol holds;
  {
    const Symbol limit = counts ? n.in(0) : Symbol();
    const Symbol always = c.number(1, float32);
    const sym::AttrScope scope = body.inside_condition();
    holds = asks ? c.cast(goes.now, float32) : always;
    if (counts) {
      const Symbol left = c.sub(c.reshape_to(limit, {}), number.now);
      holds = c.mul(holds, c.cast(c.with("_greater_scalar", left, 0), float32));
    }
  }
  Symbols result = body.as_long_as(holds, most, states, next, given);
  // States of ours that the file does not know.
  result.erase(result.begin() + static_cast<std::ptrdiff_t>(count),
               result.begin() + static_cast<std::ptrdiff_t>(states.size()));
  return result;
}

// An attribute with a number per scanned value; nothing: 0.
Ints per_value(const ImportNode& n, const char* name, std::size_t count) {
  const Ints values = n.ints(name, Ints(count, 0));
  n.expect(values.size() == count, name, ": expected ", count, " numbers, got ", values.size());
  return values;
}

bool is_backward(const ImportNode& n, const char* name, std::int64_t direction) {
  n.expect(direction == 0 || direction == 1, name, ": expected 0 or 1, got ", direction);
  return direction == 1;
}

Symbols read_scan(const ImportNode& n) {
  const Composer c(n);
  const std::int64_t scanned = n.integer("num_scan_inputs");
  n.expect(scanned >= 1 && scanned <= n.num_inputs(), "num_scan_inputs: expected 1 to ",
           n.num_inputs(), ", got ", scanned);
  const auto count = static_cast<std::size_t>(scanned);
  const std::size_t num_states = static_cast<std::size_t>(n.num_inputs()) - count;
  const Ints axes = per_value(n, "scan_input_axes", count);
  const Ints directions = per_value(n, "scan_input_directions", count);
  const Body body(n);
  StepValues states, data;
  std::vector<GraphValue> inputs;
  for (std::size_t i = 0; i < num_states; ++i) {
    states.push_back(body.state(n.in(static_cast<int>(i))));
    inputs.push_back({.symbol = states.back().now});
  }
  for (std::size_t i = 0; i < count; ++i) {
    const int input = static_cast<int>(num_states + i);
    const int ndim = n.ndim(input);
    n.expect(ndim > 0, "input ", input, " has no axis to be scanned along");
    Symbol x = c.move_axis(n.in(input), ndim, normalize_axis(axes[i], ndim), 0);
    if (is_backward(n, "scan_input_directions", directions[i])) x = c.flip(x, 0);
    data.push_back(body.slice(x));
    const sym::AttrScope scope = body.inside();
    inputs.push_back({.symbol = ndim == 1 ? c.reshape_to(data.back().now, {}) : data.back().now});
  }
  const std::vector<GraphValue> outputs = body.read(inputs);
  expect_outputs(n, outputs.size(), num_states);
  const std::size_t num_given = outputs.size() - num_states;
  const Ints out_axes = per_value(n, "scan_output_axes", num_given);
  const Ints out_directions = per_value(n, "scan_output_directions", num_given);
  Symbols result = body.over_data(data, states, symbols_of(outputs, 0, num_states),
                                  symbols_of(outputs, num_states, outputs.size()));
  for (std::size_t i = 0; i < num_given; ++i) {
    Symbol& y = result[num_states + i];
    if (is_backward(n, "scan_output_directions", out_directions[i])) y = c.flip(y, 0);
    if (out_axes[i] == 0) continue;
    const int ndim = n.shape(y).ndim();
    n.expect(n.shape(y).ndim_known(), "the number of axes of output ", num_states + i,
             " does not follow from the file");
    y = c.move_axis(y, ndim, 0, normalize_axis(out_axes[i], ndim));
  }
  return result;
}

const bool registered =
    translate([](Translations& t) { t.reads("Loop", read_loop).reads("Scan", read_scan); });

}  // namespace
}  // namespace gluino::onnx
