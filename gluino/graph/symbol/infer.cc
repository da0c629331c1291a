#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/graph/symbol/infer.h>
#include <gluino/ops/core/data_inputs.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace gluino {
namespace {

using Types = std::vector<std::optional<DType>>;

std::size_t entry_of(const IndexedGraph& graph, int item) {
  return static_cast<std::size_t>(graph.items[static_cast<std::size_t>(item)].first_entry);
}

const Node& node_of(const IndexedGraph& graph, int item) {
  return *graph.items[static_cast<std::size_t>(item)].node;
}

template <class Map>
void check_names(const IndexedGraph& graph, const Map& given, const char* what) {
  std::vector<std::string> names;
  names.reserve(graph.variables.size());
  for (const int i : graph.variables) names.push_back(node_of(graph, i).name);
  for (const auto& [name, value] : given) {
    check(std::find(names.begin(), names.end(), name) != names.end(), what,
          ": there is no argument \"", name, "\"; there are ", join(names));
  }
}

template <class T>
T parsed_attribute(const Node& node, const char* key) {
  T value{};
  try {
    parse_value(node.attrs.at(key), value);
  } catch (const Error& error) {
    fail("variable ", node.name, ": attribute ", key, ": ", error.what());
  }
  return value;
}

// What is said of a variable: by the caller, or by its own attribute, in which 0 is an unknown
// size.
Shape given_shape(const Node& node, const Shapes& shapes) {
  const auto found = shapes.find(node.name);
  if (found != shapes.end()) return found->second;
  if (!node.attrs.contains("__shape__")) return Shape::unknown();
  Shape shape = parsed_attribute<Shape>(node, "__shape__");
  for (int i = 0; i < shape.ndim(); ++i) {
    if (shape[i] == 0) shape[i] = -1;
  }
  return shape;
}

std::optional<DType> given_type(const Node& node, const DTypes& types) {
  const auto found = types.find(node.name);
  if (found != types.end()) return found->second;
  if (!node.attrs.contains("__dtype__") || node.attrs.at("__dtype__") == "-1") return std::nullopt;
  return dtype_from_code(parsed_attribute<int>(node, "__dtype__"));
}

// One step of the walk through types: what a node says of those around it. True when it said
// something new.
bool infer_types_at(const IndexedGraph::Item& item, Types& known) {
  const Node& node = *item.node;
  Types in, out;
  for (const int entry : item.inputs) in.push_back(known[static_cast<std::size_t>(entry)]);
  for (int i = 0; i < node.num_outputs(); ++i) {
    out.push_back(known[static_cast<std::size_t>(item.first_entry + i)]);
  }
  const auto has = [](const auto& type) { return type.has_value(); };
  if (node.op->mixed_types) {
    if (!in.empty() && in[0]) std::fill(out.begin(), out.end(), in[0]);
    if (node.op->infer_types) node.op->infer_types(node.options.get(), in, out);
  } else {
    auto any = std::find_if(in.begin(), in.end(), has);
    if (any == in.end() && !out.empty() && out[0]) any = out.begin();
    if (any == in.end()) return false;
    const DType type = **any;
    std::replace_if(in.begin(), in.end(), std::not_fn(has), type);
    std::replace_if(out.begin(), out.end(), std::not_fn(has), type);
  }
  bool changed = false;
  const auto learn = [&](int entry, const std::optional<DType>& type) {
    auto& place = known[static_cast<std::size_t>(entry)];
    if (place || !type) return;
    place = type;
    changed = true;
  };
  for (std::size_t i = 0; i < in.size(); ++i) learn(item.inputs[i], in[i]);
  for (std::size_t i = 0; i < out.size(); ++i)
    learn(item.first_entry + static_cast<int>(i), out[i]);
  return changed;
}

Types known_types(const IndexedGraph& graph, const DTypes& given) {
  check_names(graph, given, "infer_type");
  Types known(static_cast<std::size_t>(graph.num_entries()));
  for (const int i : graph.variables)
    known[entry_of(graph, i)] = given_type(node_of(graph, i), given);
  bool changed = true;
  while (changed) {
    changed = false;
    for (const auto& item : graph.items) {
      if (!item.node->is_variable()) changed = infer_types_at(item, known) || changed;
    }
  }
  return known;
}

std::vector<DType> infer_types(const IndexedGraph& graph, const DTypes& given) {
  std::vector<DType> types;
  for (const auto& type : known_types(graph, given)) types.push_back(type.value_or(float32));
  return types;
}

// Of _zeros and its kin: the shape that the options say, in which a size of 0 is not known yet.
std::optional<Shape> open_shape(const Node& node) {
  if (node.is_variable() || !node.op->given_shape) return std::nullopt;
  Shape shape = node.op->given_shape(node.options.get());
  if (!shape.known() || shape.size() > 0) return std::nullopt;
  for (int i = 0; i < shape.ndim(); ++i) {
    if (shape[i] == 0) shape[i] = -1;
  }
  return shape;
}

std::size_t num_data_of(const IndexedGraph::Item& item) {
  const Node& node = *item.node;
  const int count = static_cast<int>(item.inputs.size());
  return static_cast<std::size_t>(num_data_of(*node.op, node.options.get(), count));
}

bool data_known(const IndexedGraph::Item& item, const std::vector<Shape>& shapes) {
  if (open_shape(*item.node)) return false;
  const std::size_t count = num_data_of(item);
  for (std::size_t i = 0; i < std::min(count, item.inputs.size()); ++i) {
    if (!shapes[static_cast<std::size_t>(item.inputs[i])].known()) return false;
  }
  return true;
}

// Infers one node whose data is known. True when something new was found.
bool infer_shapes_at(const IndexedGraph::Item& item, graph::EntryTypes& found, bool types_matter) {
  const Node& node = *item.node;
  const auto outputs = static_cast<std::size_t>(node.num_outputs());
  std::vector<Shape> in, out(outputs, Shape::unknown());
  std::vector<DType> in_types, out_types(outputs, float32);
  for (const int entry : item.inputs) {
    in.push_back(found.shapes[static_cast<std::size_t>(entry)]);
    in_types.push_back(found.types[static_cast<std::size_t>(entry)]);
  }
  node.op->check_options(node.options.get());
  infer_node(*node.op, node.options.get(), node.name, in, out, in_types, out_types, types_matter);
  bool changed = false;
  const auto learn = [&](int entry, const Shape& shape) {
    Shape& place = found.shapes[static_cast<std::size_t>(entry)];
    changed = changed || !(place == shape);
    place = shape;
  };
  for (std::size_t i = 0; i < in.size(); ++i) learn(item.inputs[i], in[i]);
  for (std::size_t i = 0; i < outputs; ++i) {
    learn(item.first_entry + static_cast<int>(i), out[i]);
    found.types[static_cast<std::size_t>(item.first_entry) + i] = out_types[i];
  }
  return changed;
}

// The shape of a node's only output for such inputs; unknown when its inference refuses them.
Shape output_for(const Node& node, std::vector<Shape> in) {
  std::vector<Shape> out(1, Shape::unknown());
  std::vector<DType> in_types(in.size(), float32), out_types(1, float32);
  try {
    infer_node(*node.op, node.options.get(), node.name, in, out, in_types, out_types, false);
  } catch (const Error&) {
    return Shape::unknown();
  }
  return out[0];
}

// Whether all inputs and the only output have one shape: what adds or scales elements, and does not
// broadcast. Asked of a shape with an axis of 1, of one without, so that what drops, joins or sums
// axes is told apart, and of one with each axis in turn longer than any part that the options name.
// Some rules list the places of an axis, so where a part is very long, nothing is said.
bool has_one_shape(const Node& node, std::size_t inputs) {
  const Op& op = *node.op;
  if (op.runs_user_code || op.subgraphs) return false;  // they are not asked for nothing
  if (node.num_outputs() != 1 || inputs == 0) return false;
  const int count = static_cast<int>(inputs);
  if (num_data_of(op, node.options.get(), count) != count) return false;
  // What is only looked up, as the shape of slice_like's other array, need not be the data's.
  for (int i = 0; i < count; ++i) {
    if (op.looks_up(node.options.get(), i)) return false;
  }
  const std::int64_t named = graph::largest_named(node);
  if (named > graph::kLongestAxis) return false;
  const std::int64_t longer = 2 * named + 1009;
  const Shape one{2, 1, 5};
  for (const Shape& probe :
       {one, Shape{3, 4, 5}, Shape{longer, 2, 3}, Shape{2, longer, 3}, Shape{2, 3, longer}}) {
    if (!(output_for(node, std::vector<Shape>(inputs, probe)) == probe)) return false;
  }
  // What gives three axes, whatever it gets: Reshape to (0, 0, -1).
  const Shape four{2, 3, 1, 5};
  const Shape of_four = output_for(node, std::vector<Shape>(inputs, four));
  if (of_four.ndim_known() && !(of_four == four)) return false;
  if (inputs == 1) return true;
  std::vector<Shape> broadcast(inputs, one), rows(inputs, one);
  broadcast.back() = {2, 3, 5};
  rows.front() = {2};  // a condition per row
  return !output_for(node, broadcast).ndim_known() && !output_for(node, rows).ndim_known();
}

// Goes the other way where data are not known: from outputs and other inputs to inputs. True when
// something new was found.
bool spread_shapes_at(const IndexedGraph::Item& item, std::vector<Shape>& shapes) {
  const Node& node = *item.node;
  const auto place = [&](int entry) -> Shape& { return shapes[static_cast<std::size_t>(entry)]; };
  bool changed = false;
  const auto learn = [&](int entry, const Shape& shape) {
    changed = changed || !(place(entry) == shape);
    place(entry) = shape;
  };
  const Op& op = *node.op;
  std::vector<int> alike;
  alike.reserve(op.shaped_as_output.size());
  for (const int input : op.shaped_as_output) {
    alike.push_back(item.inputs[static_cast<std::size_t>(input)]);
  }
  if (alike.empty() && has_one_shape(node, item.inputs.size())) alike = item.inputs;
  if (!alike.empty()) {
    Shape all = place(item.first_entry);
    for (const int entry : alike) {
      const Shape before = all;
      check(graph::merge(all, place(entry)), "[", op.name, " ", node.name,
            "] expected one shape, got ", before, " and ", place(entry));
    }
    for (const int entry : alike) learn(entry, all);
    learn(item.first_entry, all);
    return changed;
  }
  if (!op.row_wise || item.inputs.empty() || (!op.variadic && op.num_data != 1)) return false;
  const std::size_t data = num_data_of(item);
  std::int64_t rows = -1;
  const auto note = [&](const Shape& shape) {
    if (rows == -1 && shape.ndim_known() && shape.ndim() > 0) rows = shape[0];
  };
  // Hidden outputs have what rows have in common.
  for (int i = 0; i < node.num_visible_outputs(); ++i) note(place(item.first_entry + i));
  for (std::size_t i = 0; i < data; ++i) note(place(item.inputs[i]));
  for (std::size_t i = 0; rows != -1 && i < data; ++i) {
    Shape shape = place(item.inputs[i]);
    if (!shape.ndim_known() || shape.ndim() == 0 || shape[0] != -1) continue;
    if (!op.row_wise(node.options.get(), shape)) continue;
    shape[0] = rows;
    learn(item.inputs[i], shape);
  }
  return changed;
}

// A size of 0 that nothing else knows is 0. True where there was one; one after the other, for the
// others may follow.
bool close_shape(const IndexedGraph& graph, std::vector<Shape>& shapes) {
  for (const auto& item : graph.items) {
    Shape& shape = shapes[static_cast<std::size_t>(item.first_entry)];
    if (shape.known() || !open_shape(*item.node)) continue;
    for (int i = 0; i < shape.ndim(); ++i) shape[i] = std::max<std::int64_t>(shape[i], 0);
    return true;
  }
  return false;
}

void check_complete(const IndexedGraph& graph, const std::vector<Shape>& shapes) {
  std::vector<std::string> missing;
  for (const int i : graph.variables) {
    const Shape& shape = shapes[entry_of(graph, i)];
    const std::string& name = node_of(graph, i).name;
    if (!shape.known()) missing.push_back(shape.ndim_known() ? str(name, " ", shape) : name);
  }
  check(missing.empty(),
        "infer_shape: the shapes given do not suffice; not known: ", join(missing));
}

graph::EntryTypes walk(const IndexedGraph& graph, const Shapes& shapes, const DTypes& types,
                       bool partial, bool types_matter) {
  check_names(graph, shapes, "infer_shape");
  graph::EntryTypes found;
  found.types = infer_types(graph, types);
  found.shapes.assign(static_cast<std::size_t>(graph.num_entries()), Shape::unknown());
  for (const int i : graph.variables) {
    found.shapes[entry_of(graph, i)] = given_shape(node_of(graph, i), shapes);
  }
  for (const auto& item : graph.items) {
    if (const auto shape = open_shape(*item.node)) {
      found.shapes[static_cast<std::size_t>(item.first_entry)] = *shape;
    }
  }
  // A weight that is found late may be data to a node passed earlier, so go on while it helps.
  bool changed = true;
  while (changed) {
    changed = false;
    for (const auto& item : graph.items) {
      if (item.node->is_variable() || !data_known(item, found.shapes)) continue;
      changed = infer_shapes_at(item, found, types_matter) || changed;
    }
    if (changed) continue;
    for (const auto& item : graph.items) {
      if (item.node->is_variable() || data_known(item, found.shapes)) continue;
      changed = spread_shapes_at(item, found.shapes) || changed;
    }
    for (const auto& item : graph.items) {
      if (changed || item.node->is_variable() || open_shape(*item.node)) continue;
      changed =
          graph::infer_data_at(item, found.shapes) || graph::infer_factor_at(item, found.shapes);
    }
    if (!changed) changed = close_shape(graph, found.shapes);
    if (changed || !partial) continue;
    for (const auto& item : graph.items) {
      if (item.node->is_variable() || data_known(item, found.shapes)) continue;
      if (!open_shape(*item.node)) changed = graph::infer_sizes_at(item, found.shapes) || changed;
      changed = graph::infer_broadcast_at(item, found.shapes) || changed;
    }
  }
  if (!partial) check_complete(graph, found.shapes);
  return found;
}

}  // namespace

std::vector<std::optional<DType>> graph::infer_known_types(const IndexedGraph& graph,
                                                           const DTypes& types) {
  return ::gluino::known_types(graph, types);
}

graph::EntryTypes graph::infer_entries(const IndexedGraph& graph, const Shapes& shapes,
                                       const DTypes& types, bool partial) {
  return walk(graph, shapes, types, partial, true);
}

std::vector<Shape> graph::infer_entry_shapes(const IndexedGraph& graph, const Shapes& shapes,
                                             bool partial) {
  return walk(graph, shapes, {}, partial, false).shapes;
}

namespace {

template <class T, class Pick>
void fill(const IndexedGraph& graph, std::vector<T>& arguments, std::vector<T>& outputs,
          std::vector<T>& states, Pick pick) {
  for (const int i : graph.arguments) arguments.push_back(pick(entry_of(graph, i)));
  for (const int head : graph.heads) outputs.push_back(pick(static_cast<std::size_t>(head)));
  for (const int i : graph.states) states.push_back(pick(entry_of(graph, i)));
}

// As a run would say; here for those who only ask.
void check_one_type(const IndexedGraph& graph, const std::vector<DType>& types) {
  for (const auto& item : graph.items) {
    if (item.node->is_variable() || item.node->op->mixed_types) continue;
    for (const int entry : item.inputs) {
      const DType first = types[static_cast<std::size_t>(item.inputs[0])];
      const DType type = types[static_cast<std::size_t>(entry)];
      check(type == first, "[", item.node->op->name, " ", item.node->name,
            "] expected inputs of one type, got ", first, " and ", type);
    }
  }
}

Symbol::InferredShapes inferred(const Symbol& symbol, const Shapes& known, bool partial) {
  check(symbol.defined(), "infer_shape: the symbol refers to nothing");
  const IndexedGraph graph(symbol.entries());
  const auto found = graph::infer_entry_shapes(graph, known, partial);
  Symbol::InferredShapes shapes;
  fill(graph, shapes.arguments, shapes.outputs, shapes.auxiliary_states,
       [&](std::size_t entry) { return found[entry]; });
  return shapes;
}

}  // namespace

Symbol::InferredShapes Symbol::infer_shape(const Shapes& known) const {
  return inferred(*this, known, false);
}

Symbol::InferredShapes Symbol::infer_shape_partial(const Shapes& known) const {
  return inferred(*this, known, true);
}

graph::KnownTypes graph::known_types(const Symbol& symbol, const DTypes& types) {
  const IndexedGraph graph(symbol.entries());
  const auto found = infer_known_types(graph, types);
  KnownTypes known;
  fill(graph, known.arguments, known.outputs, known.auxiliary_states,
       [&](std::size_t entry) { return found[entry]; });
  return known;
}

Symbol::InferredTypes Symbol::infer_type(const DTypes& known) const {
  check(defined(), "infer_type: the symbol refers to nothing");
  const IndexedGraph graph(outputs_);
  const auto found = infer_types(graph, known);
  check_one_type(graph, found);
  InferredTypes types;
  fill(graph, types.arguments, types.outputs, types.auxiliary_states,
       [&](std::size_t entry) { return found[entry]; });
  return types;
}

}  // namespace gluino
