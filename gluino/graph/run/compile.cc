#include <gluino/amp/amp.h>
#include <gluino/base/error.h>
#include <gluino/graph/passes/passes.h>
#include <gluino/graph/run/plan.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/infer.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string_view>
#include <utility>

namespace gluino::graph {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

// Turns a graph into steps: forward in its order, which is that of the trace where there was one,
// so that states and random numbers are used as without a graph; then the gradient from the last
// node to the first, as autograd goes through what it recorded, so that both add the same numbers
// in the same order.
class Compiler {
 public:
  Compiler(const Symbol& symbol, const IndexedGraph& graph, EntryTypes types)
      : graph_(graph), types_(std::move(types)) {
    plan_.symbol = symbol;
    plan_.externals = {static_cast<int>(graph.variables.size()),
                       static_cast<int>(graph.heads.size())};
  }

  Plan run(const Context& context, const std::vector<GradReq>& requests) {
    plan_.context = context;
    plan_.products = amp::dtype();
    plan_.requests = requests;
    values_.assign(at(graph_.num_entries()), -1);
    find_uses();
    find_wanted();
    place_variables();
    for (const auto& item : graph_.items) {
      if (!item.node->is_variable()) add_forward(item);
    }
    copy_remaining_heads();
    if (wants_any_) add_gradients();
    note_uses();
    plan_memory(plan_);
    return std::move(plan_);
  }

 private:
  // A gradient while its parts are added up; `own`: more may be added in place.
  struct Sum {
    int buffer = -1;
    bool own = false;
  };

  const Shape& shape(int entry) const { return types_.shapes[at(entry)]; }
  DType dtype(int entry) const { return types_.types[at(entry)]; }
  Slot slot(int entry, int buffer) const { return {buffer, shape(entry), dtype(entry)}; }

  int new_buffer(int entry) {
    const auto elements = static_cast<std::size_t>(shape(entry).size());
    plan_.buffers.push_back({elements * size_of(dtype(entry))});
    return static_cast<int>(plan_.buffers.size()) - 1;
  }
  int external_buffer(int entry, int external) {
    const int buffer = new_buffer(entry);
    plan_.buffers[at(buffer)].external = external;
    return buffer;
  }

  SlotRange add_slots(const std::vector<Slot>& slots) {
    const SlotRange range = {static_cast<int>(plan_.slots.size()), static_cast<int>(slots.size())};
    plan_.slots.insert(plan_.slots.end(), slots.begin(), slots.end());
    return range;
  }

  void find_uses() {
    used_.assign(at(graph_.num_entries()), false);
    head_of_.assign(at(graph_.num_entries()), -1);
    for (const auto& item : graph_.items) {
      for (const int entry : item.inputs) used_[at(entry)] = true;
    }
    for (int h = 0; h < plan_.externals.num_outputs; ++h) {
      const int entry = graph_.heads[at(h)];
      const bool variable = graph_.items[at(graph_.owner[at(entry)])].node->is_variable();
      if (!variable && head_of_[at(entry)] < 0) head_of_[at(entry)] = h;
    }
  }

  // Which entries a gradient goes through on its way to the variables that want one.
  void find_wanted() {
    wanted_.assign(at(graph_.num_entries()), false);
    for (std::size_t v = 0; v < graph_.variables.size(); ++v) {
      const auto& item = graph_.items[at(graph_.variables[v])];
      if (plan_.requests[v] == GradReq::null) continue;
      check(is_floating(dtype(item.first_entry)), "variable ", item.node->name, " holds ",
            dtype(item.first_entry), ", which has no gradient; request null for it");
      wanted_[at(item.first_entry)] = true;
      wants_any_ = true;
    }
    for (const auto& item : graph_.items) {
      const Node& node = *item.node;
      if (node.is_variable() || (!node.op->is_view && !node.op->has_gradient())) continue;
      if (!leads_to_wanted(item)) continue;
      for (int i = 0; i < node.num_outputs(); ++i) {
        const int entry = item.first_entry + i;
        wanted_[at(entry)] = is_floating(dtype(entry));
      }
    }
  }

  bool wants_input(const IndexedGraph::Item& item, std::size_t input) const {
    return wanted_[at(item.inputs[input])] &&
           item.node->op->passes_gradient_to(item.node->options.get(), static_cast<int>(input));
  }
  bool leads_to_wanted(const IndexedGraph::Item& item) const {
    for (std::size_t i = 0; i < item.inputs.size(); ++i) {
      if (wants_input(item, i)) return true;
    }
    return false;
  }

  void place_variables() {
    for (std::size_t v = 0; v < graph_.variables.size(); ++v) {
      const int entry = graph_.items[at(graph_.variables[v])].first_entry;
      values_[at(entry)] = external_buffer(entry, plan_.externals.variable(static_cast<int>(v)));
      plan_.variables.push_back(slot(entry, values_[at(entry)]));
    }
    for (int h = 0; h < plan_.externals.num_outputs; ++h) {
      const int entry = graph_.heads[at(h)];
      plan_.outputs.push_back(slot(entry, external_buffer(entry, plan_.externals.output(h))));
    }
  }

  void add_forward(const IndexedGraph::Item& item) {
    const Node& node = *item.node;
    Step step{Step::Kind::forward, &node, {}, {}, {}, {}};
    // A view of what it views; an output is given out, so it is copied.
    const bool view = node.op->is_view && head_of_[at(item.first_entry)] < 0;
    std::vector<Slot> in, out;
    for (const int entry : item.inputs) in.push_back(slot(entry, values_[at(entry)]));
    bool wanted = false;
    for (int i = 0; i < node.num_visible_outputs(); ++i) {
      wanted = wanted || wanted_[at(item.first_entry + i)];
    }
    for (int i = 0; i < node.num_outputs(); ++i) {
      const int entry = item.first_entry + i;
      int& value = values_[at(entry)];
      const bool hidden = i >= node.num_visible_outputs();
      if (view) {
        value = in[0].buffer;
      } else if (head_of_[at(entry)] >= 0) {
        value = plan_.outputs[at(head_of_[at(entry)])].buffer;
      } else if (!hidden || used_[at(entry)] || wanted) {
        value = new_buffer(entry);
      }
      out.push_back(slot(entry, value));
    }
    if (view) step.kind = Step::Kind::view;
    step.in = add_slots(in);
    step.out = add_slots(out);
    plan_.forward.push_back(step);
  }

  // Outputs that are variables, or are listed twice.
  void copy_remaining_heads() {
    for (int h = 0; h < plan_.externals.num_outputs; ++h) {
      const int entry = graph_.heads[at(h)];
      if (head_of_[at(entry)] == h) continue;
      add_step(plan_.forward, Step::Kind::copy, {slot(entry, values_[at(entry)])},
               plan_.outputs[at(h)]);
    }
  }

  void add_step(std::vector<Step>& steps, Step::Kind kind, const std::vector<Slot>& in,
                const Slot& out) {
    Step step{kind, nullptr, {}, {}, {}, {}};
    step.in = add_slots(in);
    step.out = add_slots({out});
    steps.push_back(step);
  }

  void add_gradients() {
    sums_.assign(at(graph_.num_entries()), {});
    for (int h = 0; h < plan_.externals.num_outputs; ++h) {
      const int entry = graph_.heads[at(h)];
      add_part(entry, {external_buffer(entry, plan_.externals.out_grad(h)), false});
    }
    for (auto item = graph_.items.rbegin(); item != graph_.items.rend(); ++item) {
      if (!item->node->is_variable()) add_gradient(*item);
    }
    for (std::size_t v = 0; v < graph_.variables.size(); ++v) deliver(static_cast<int>(v));
  }

  void add_part(int entry, Sum part) {
    if (!wanted_[at(entry)]) return;
    Sum& sum = sums_[at(entry)];
    if (sum.buffer < 0) {
      sum = part;
      return;
    }
    const Sum total = sum.own ? sum : Sum{new_buffer(entry), true};
    add_step(plan_.backward, Step::Kind::add, {slot(entry, sum.buffer), slot(entry, part.buffer)},
             slot(entry, total.buffer));
    sum = total;
  }

  void add_gradient(const IndexedGraph::Item& item) {
    const Node& node = *item.node;
    bool any = false;
    for (int i = 0; i < node.num_outputs(); ++i) {
      any = any || sums_[at(item.first_entry + i)].buffer >= 0;
    }
    if (!any || !leads_to_wanted(item)) return;
    if (node.op->is_view) {
      add_view_gradient(item);
      return;
    }
    Step step{Step::Kind::gradient, &node, {}, {}, {}, {}};
    step.out_grad = add_slots(out_gradients(item));
    const unsigned reads = node.op->reads_of(node.options.get());
    step.in = add_slots(kept(item.inputs, (reads & Op::inputs) != 0));
    std::vector<int> outputs(at(node.num_outputs()));
    std::iota(outputs.begin(), outputs.end(), item.first_entry);
    step.out = add_slots(kept(outputs, (reads & Op::outputs) != 0));
    std::vector<Slot> places;
    places.reserve(item.inputs.size());
    for (std::size_t i = 0; i < item.inputs.size(); ++i) {
      places.push_back(slot(item.inputs[i], wants_input(item, i) ? place(item, i) : -1));
    }
    step.in_grad = add_slots(places);
    plan_.backward.push_back(step);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i].buffer >= 0) add_part(item.inputs[i], {places[i].buffer, true});
      if (is_label(item, i)) add_label_gradient(item, i);
    }
  }

  // A variable that its only reader looks up, though its gradient is asked for.
  bool is_label(const IndexedGraph::Item& item, std::size_t input) const {
    const int entry = item.inputs[input];
    const int variable = variable_of(entry);
    if (variable < 0 || plan_.requests[at(variable)] != GradReq::write) return false;
    if (wants_input(item, input) || sums_[at(entry)].buffer >= 0) return false;
    return std::count_if(graph_.items.begin(), graph_.items.end(), [&](const auto& other) {
             return std::count(other.inputs.begin(), other.inputs.end(), entry) > 0;
           }) == 1;
  }

  // Its gradient, 0, is a step of its node, so that a monitor sees it.
  void add_label_gradient(const IndexedGraph::Item& item, std::size_t input) {
    std::vector<Slot> places;
    places.reserve(item.inputs.size());
    for (const int entry : item.inputs) places.push_back(slot(entry, -1));
    Slot& place = places[input];
    place.buffer = external_buffer(item.inputs[input],
                                   plan_.externals.in_grad(variable_of(item.inputs[input])));
    add_part(item.inputs[input], {place.buffer, true});
    Step step{Step::Kind::zero, item.node, {}, {}, {}, {}};
    step.out = add_slots({place});
    step.in_grad = add_slots(places);
    plan_.backward.push_back(step);
  }

  void add_view_gradient(const IndexedGraph::Item& item) {
    const int gradient = sums_[at(item.first_entry)].buffer;
    Step step{Step::Kind::view, item.node, {}, {}, {}, {}};
    step.out_grad = add_slots({slot(item.first_entry, gradient)});
    step.in_grad = add_slots({slot(item.inputs[0], gradient)});
    plan_.backward.push_back(step);
    add_part(item.inputs[0], {gradient, false});
  }

  std::vector<Slot> out_gradients(const IndexedGraph::Item& item) {
    std::vector<Slot> slots;
    for (int i = 0; i < item.node->num_outputs(); ++i) {
      const int entry = item.first_entry + i;
      int buffer = sums_[at(entry)].buffer;
      if (buffer < 0 && i < item.node->num_visible_outputs()) {
        buffer = new_buffer(entry);
        add_step(plan_.backward, Step::Kind::zero, {}, slot(entry, buffer));
      }
      slots.push_back(slot(entry, buffer));
    }
    return slots;
  }

  // What the gradient reads; of the rest it sees shapes only.
  std::vector<Slot> kept(const std::vector<int>& entries, bool reads) const {
    std::vector<Slot> slots;
    slots.reserve(entries.size());
    for (const int entry : entries) slots.push_back(slot(entry, reads ? values_[at(entry)] : -1));
    return slots;
  }

  // Where a step writes the gradient of an input: the variable's own place when this is the first
  // part of it and nothing is to be added to what stands there.
  int place(const IndexedGraph::Item& item, std::size_t input) {
    const int entry = item.inputs[input];
    const auto first = std::find(item.inputs.begin(), item.inputs.end(), entry);
    const bool only = first - item.inputs.begin() == static_cast<std::ptrdiff_t>(input) &&
                      sums_[at(entry)].buffer < 0;
    const int variable = variable_of(entry);
    if (only && variable >= 0 && plan_.requests[at(variable)] == GradReq::write) {
      return external_buffer(entry, plan_.externals.in_grad(variable));
    }
    return new_buffer(entry);
  }

  // What becomes of the arrays that are given from outside.
  void note_uses() {
    plan_.uses.resize(at(plan_.externals.count()));
    const auto each = [&](const SlotRange& range, auto note) {
      for (int s = range.begin; s < range.begin + range.count; ++s) {
        const int buffer = plan_.slots[at(s)].buffer;
        const int external = buffer < 0 ? -1 : plan_.buffers[at(buffer)].external;
        if (external >= 0) note(plan_.uses[at(external)], s - range.begin);
      }
    };
    for (const Step& step : plan_.forward) {
      // A view is what it views: nothing is written.
      if (step.kind == Step::Kind::view) continue;
      each(step.out, [](ExternalUse& use, int /*i*/) { use.changed_by_forward = true; });
      if (step.node == nullptr) continue;
      const Op& op = *step.node->op;
      const void* options = step.node->options.get();
      const bool user_code = op.runs_user_code && op.runs_user_code(options);
      plan_.runs_user_code = plan_.runs_user_code || user_code;
      plan_.repeatable = plan_.repeatable && !user_code && !draws_numbers(*step.node);
      each(step.in, [&](ExternalUse& use, int i) {
        const bool state = op.is_state(options, i);
        use.changed_by_forward = use.changed_by_forward || state;
      });
      for (int i = 0; i < step.in.count; ++i) {
        plan_.repeatable = plan_.repeatable && !op.is_state(options, i);
      }
    }
    for (const Step& step : plan_.backward) {
      each(step.in, [](ExternalUse& use, int /*i*/) { use.read_by_gradient = true; });
      each(step.out, [&](ExternalUse& use, int /*i*/) {
        (step.node != nullptr ? use.read_by_gradient : use.changed_by_gradient) = true;
      });
      each(step.in_grad, [](ExternalUse& use, int /*i*/) { use.changed_by_gradient = true; });
    }
    // Gradients are its own affair.
    for (int number = plan_.externals.out_grad(0); number < plan_.externals.count(); ++number) {
      plan_.uses[at(number)].read_by_gradient = false;
    }
  }

  int variable_of(int entry) const {
    const int item = graph_.owner[at(entry)];
    const auto found = std::lower_bound(graph_.variables.begin(), graph_.variables.end(), item);
    if (found == graph_.variables.end() || *found != item) return -1;
    return static_cast<int>(found - graph_.variables.begin());
  }

  void deliver(int variable) {
    const GradReq request = plan_.requests[at(variable)];
    if (request == GradReq::null) return;
    const int entry = graph_.items[at(graph_.variables[at(variable)])].first_entry;
    const int external = plan_.externals.in_grad(variable);
    const Sum sum = sums_[at(entry)];
    if (sum.buffer >= 0 && plan_.buffers[at(sum.buffer)].external == external) return;
    const Slot target = slot(entry, external_buffer(entry, external));
    if (request == GradReq::add) {
      if (sum.buffer < 0) return;
      add_step(plan_.backward, Step::Kind::add, {target, slot(entry, sum.buffer)}, target);
    } else if (sum.buffer < 0) {
      add_step(plan_.backward, Step::Kind::zero, {}, target);
    } else {
      add_step(plan_.backward, Step::Kind::copy, {slot(entry, sum.buffer)}, target);
    }
  }

  const IndexedGraph& graph_;
  EntryTypes types_;
  Plan plan_;
  std::vector<int> values_;   // per entry, the buffer of its value
  std::vector<bool> used_;    // per entry, read by a node
  std::vector<int> head_of_;  // per entry, the output that it is, of variables -1
  std::vector<bool> wanted_;  // per entry
  bool wants_any_ = false;
  std::vector<Sum> sums_;  // per entry
};

}  // namespace

namespace {

// The symbol after all passes, which may not change what is given from outside.
Symbol optimized(Symbol symbol, const Shapes& shapes, const DTypes& types, Device device) {
  const auto variables = symbol.list_inputs();
  for (const Pass& pass : passes()) {
    if (pass.device != device) continue;
    const IndexedGraph graph(symbol.entries());
    const EntryTypes entries = infer_entries(graph, shapes, types);
    symbol = pass.run(PassGraph(symbol, entries));
    check(symbol.list_inputs() == variables, "the pass ", pass.name, " changed the variables");
  }
  return symbol;
}

void check_runs_at(const IndexedGraph& graph, const Context& context) {
  for (const auto& item : graph.items) {
    if (item.node->is_variable()) continue;
    const Op& op = *item.node->op;
    const bool moves =
        op.context_of && !item.inputs.empty() && op.context_of(item.node->options.get()) != context;
    check(!moves, "[", op.name, " ", item.node->name,
          "] leads to another place, but a graph runs at one: ", context);
    check(op.is_view || op.kernels_for(context.device).forward != nullptr, "[", op.name, " ",
          item.node->name, "] is not available on ", context);
  }
}

}  // namespace

Plan compile(const Symbol& symbol, const CompileOptions& options) {
  Shapes shapes;
  DTypes types;
  const auto names = symbol.list_inputs();
  for (std::size_t v = 0; v < names.size(); ++v) {
    check(shapes.emplace(names[v], options.shapes[v]).second, "two arguments are named ", names[v],
          "; a bound graph needs names of their own");
    types.emplace(names[v], options.types[v]);
  }
  check_runs_at(IndexedGraph(symbol.entries()), options.context);
  const Symbol final_symbol =
      options.passes ? optimized(symbol, shapes, types, options.context.device) : symbol;
  const IndexedGraph graph(final_symbol.entries(), IndexedGraph::Order::recorded);
  auto entries = infer_entries(graph, shapes, types);
  return Compiler(final_symbol, graph, std::move(entries)).run(options.context, options.requests);
}

bool& passes_enabled() {
  static bool enabled = [] {
    const char* setting = std::getenv("GLUINO_GRAPH_PASSES");
    return setting == nullptr || std::string_view(setting) != "0";
  }();
  return enabled;
}

}  // namespace gluino::graph
