#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/value_table.h>
#include <gluino/ops/core/invoke.h>

#include <algorithm>

namespace gluino::onnx {
namespace {

// Constants that follow from constants: a shape may ask for any size, a file is never so large.
constexpr std::int64_t kMostElements = std::int64_t{1} << 26;

// All of them: so many, and as many again for a few copies of what the file holds (transposed, of
// another type), as each node of a small file may ask for the most.
constexpr std::int64_t kMostMade = 2 * kMostElements;
constexpr std::int64_t kMostCopies = 4;

bool tells_shape(const Node& node) { return node.op != nullptr && node.op->name == "shape_array"; }

}  // namespace

ValueTable::ValueTable(std::string source)
    : network_(std::make_shared<Network>(Network{.source = std::move(source)})) {}

ValueTable::ValueTable(ValueTable& around) : network_(around.network_), around_(&around) {}

void ValueTable::set_input(const std::string& name, const DynamicShape& shape, DType dtype) {
  symbols_[name] = sym::var(name);
  if (shape.shape.ndim_known()) network_->shapes[name] = shape;
  network_->dtypes[name] = dtype;
}

void ValueTable::set(const std::string& name, const Symbol& symbol) { symbols_[name] = symbol; }

void ValueTable::set_constant(const std::string& name, const NDArray& array) {
  network_->given += array.size();
  constants_[name] = array;
}

void ValueTable::set_made_constant(const std::string& name, const NDArray& array) {
  network_->made += array.size();
  check(network_->made <= kMostMade + kMostCopies * network_->given, "constants of ",
        network_->made, " numbers follow from ", network_->given,
        " in the file, which is too many");
  constants_[name] = array;
}

// Graphs beside each other may have values of one name; those of the file's own keep theirs.
std::string ValueTable::unused_name(const std::string& stem) const {
  const ValueTable* file = this;
  while (file->around_ != nullptr) file = file->around_;
  std::string name = stem;
  const auto is_taken = [&] {
    return network_->dtypes.contains(name) || (file != this && file->has(name));
  };
  for (int number = 1; is_taken(); ++number) name = str(stem, "_", number);
  return name;
}

Symbol ValueTable::set_unsized(const std::string& name, Unsized value) {
  const std::string variable = unused_name(name);
  // Of whatever type: nobody computes with it.
  network_->dtypes[variable] = float32;
  network_->unsized[variable] = std::move(value);
  return sym::var(variable);
}

const Unsized* ValueTable::unsized(const std::string& name) const {
  const auto found = symbols_.find(name);
  if (found == symbols_.end()) {
    return around_ == nullptr || has(name) ? nullptr : around_->unsized(name);
  }
  const auto value = network_->unsized.find(found->second.entries().at(0).node->name);
  return value == network_->unsized.end() ? nullptr : &value->second;
}

Symbol ValueTable::symbol(const std::string& name) {
  const Unsized* const value = unsized(name);
  check(value == nullptr, source(), ": ", value == nullptr ? "" : value->where, "how many rows \"",
        name, "\" has only the data tell");
  const auto found = symbols_.find(name);
  if (found != symbols_.end()) return found->second;
  const auto constant = constants_.find(name);
  if (constant == constants_.end() && around_ != nullptr) return around_->symbol(name);
  check(constant != constants_.end(), source(), ": there is no value \"", name, "\"");
  const std::string variable = unused_name(name);
  network_->parameters[variable] = constant->second;
  network_->dtypes[variable] = constant->second.dtype();
  return symbols_[name] = sym::var(variable);
}

const NDArray* ValueTable::constant(const std::string& name) const {
  const auto found = constants_.find(name);
  if (found != constants_.end()) return &found->second;
  return around_ == nullptr || has(name) ? nullptr : around_->constant(name);
}

const std::vector<Size>* ValueTable::sizes(const std::string& name) const {
  const auto found = sizes_.find(name);
  if (found != sizes_.end()) return &found->second;
  return around_ == nullptr || has(name) ? nullptr : around_->sizes(name);
}

void ValueTable::hide(const Symbol& symbol) {
  const auto& node = symbol.entries().at(0).node;
  network_->hidden.emplace(node.get(), node);
}

// Loops and branches are not computed while a file is read, either: they may take forever.
bool ValueTable::is_hidden(const Node& node) const {
  return network_->hidden.contains(&node) || (node.op != nullptr && node.op->subgraphs);
}

bool ValueTable::has(const std::string& name) const {
  return symbols_.contains(name) || constants_.contains(name);
}

struct ValueTable::Known {
  DynamicShapes inputs;
  Shapes others;
  DTypes dtypes;
};

// What is known of the variables of a graph.
ValueTable::Known ValueTable::known_of(const IndexedGraph& graph) const {
  Known known;
  for (const int variable : graph.variables) {
    const std::string& name = graph.items[static_cast<std::size_t>(variable)].node->name;
    if (const auto found = network_->shapes.find(name); found != network_->shapes.end())
      known.inputs.insert(*found);
    if (const auto found = network_->parameters.find(name); found != network_->parameters.end()) {
      known.others[name] = found->second.shape();
    }
    if (const auto found = network_->dtypes.find(name); found != network_->dtypes.end())
      known.dtypes.insert(*found);
  }
  return known;
}

Shape ValueTable::shape_of(const Symbol& symbol) const {
  const IndexedGraph graph(symbol.entries());
  const Known known = known_of(graph);
  const auto found = infer_dynamic(graph, known.inputs, known.others, known.dtypes, true);
  return found.shapes[static_cast<std::size_t>(graph.heads.at(0))];
}

std::vector<Size> ValueTable::sizes_of(const Symbol& symbol) const {
  const IndexedGraph graph(symbol.entries());
  const Known known = known_of(graph);
  const auto types = infer_twice(graph, known.inputs, known.others, known.dtypes, true);
  const auto head = static_cast<std::size_t>(graph.heads.at(0));
  const Shape& first = types[0].shapes[head];
  const Shape& second = types[1].shapes[head];
  std::vector<Size> sizes;
  for (int axis = 0; first.ndim() == second.ndim() && axis < first.ndim(); ++axis) {
    sizes.push_back({first[axis], second[axis]});
  }
  return sizes;
}

DType ValueTable::dtype_of(const Symbol& symbol) const {
  const IndexedGraph graph(symbol.entries());
  const auto types = graph::infer_known_types(graph, known_of(graph).dtypes);
  return types[static_cast<std::size_t>(graph.heads.at(0))].value_or(float32);
}

bool ValueTable::follows_from_shapes(const Symbol& symbol) const {
  const IndexedGraph graph(symbol.entries());
  std::vector<bool> seen(graph.items.size());
  std::vector<int> waiting(graph.heads.begin(), graph.heads.end());
  while (!waiting.empty()) {
    const int owner = graph.owner[static_cast<std::size_t>(waiting.back())];
    waiting.pop_back();
    if (seen[static_cast<std::size_t>(owner)]) continue;
    seen[static_cast<std::size_t>(owner)] = true;
    const auto& item = graph.items[static_cast<std::size_t>(owner)];
    if (tells_shape(*item.node)) continue;
    if (is_hidden(*item.node)) return false;
    if (item.node->is_variable() && !parameters().contains(item.node->name)) return false;
    waiting.insert(waiting.end(), item.inputs.begin(), item.inputs.end());
  }
  return true;
}

// What an entry holds when the shapes are those; items stand before their users.
NDArray ValueTable::evaluate(const IndexedGraph& graph, int entry,
                             const graph::EntryTypes& types) const {
  std::vector<NDArray> values(static_cast<std::size_t>(graph.num_entries()));
  const int last = graph.owner[static_cast<std::size_t>(entry)];
  for (int i = 0; i <= last; ++i) {
    const auto& item = graph.items[static_cast<std::size_t>(i)];
    const auto first = static_cast<std::size_t>(item.first_entry);
    if (item.node->is_variable()) {
      const auto found = parameters().find(item.node->name);
      if (found != parameters().end()) values[first] = found->second;
      continue;
    }
    if (tells_shape(*item.node)) {
      const Shape& shape = types.shapes[static_cast<std::size_t>(item.inputs.at(0))];
      if (!shape.known()) continue;
      const std::vector<std::int64_t> sizes(shape.begin(), shape.end());
      values[first] = nd::from(sizes, {static_cast<std::int64_t>(sizes.size())}, cpu());
      continue;
    }
    if (is_hidden(*item.node)) continue;
    std::vector<NDArray> in;
    in.reserve(item.inputs.size());
    for (const int input : item.inputs) in.push_back(values[static_cast<std::size_t>(input)]);
    // What the network is given leads there.
    if (std::any_of(in.begin(), in.end(), [](const NDArray& a) { return !a.defined(); })) continue;
    for (int output = 0; output < item.node->num_outputs(); ++output) {
      const Shape& shape = types.shapes[first + static_cast<std::size_t>(output)];
      check(!shape.known() || shape.size() <= kMostElements, source(), ": a constant of the shape ",
            shape, " is too large");
    }
    const auto out = apply_all(*item.node->op, item.node->options.get(), in);
    std::copy(out.begin(), out.end(), values.begin() + static_cast<std::ptrdiff_t>(first));
  }
  return values[static_cast<std::size_t>(entry)];
}

NDArray ValueTable::computed(const Symbol& symbol) const {
  const IndexedGraph graph(symbol.entries());
  const Known known = known_of(graph);
  const auto types = infer_twice(graph, known.inputs, known.others, known.dtypes, true);
  return evaluate(graph, graph.heads.at(0), types[0]);
}

void ValueTable::keep(const std::string& name, const Symbol& symbol) {
  const IndexedGraph graph(symbol.entries());
  const Known known = known_of(graph);
  const auto types = infer_twice(graph, known.inputs, known.others, known.dtypes, true);
  const int head = graph.heads.at(0);
  const NDArray first = evaluate(graph, head, types[0]);
  const NDArray second = evaluate(graph, head, types[1]);
  const bool comparable = first.defined() && second.defined() && first.shape() == second.shape();
  if (!comparable) return set(name, symbol);
  const auto a = first.to_vector<double>(), b = second.to_vector<double>();
  const auto same = [](double x, double y) { return x == y || (x != x && y != y); };
  if (std::equal(a.begin(), a.end(), b.begin(), same)) {
    // A constant under another name is none that was made.
    if (symbol.entries().at(0).node->is_variable()) {
      constants_[name] = first;
      return;
    }
    return set_made_constant(name, first);
  }
  set(name, symbol);
  if (first.dtype() != int64 || first.ndim() > 1) return;
  std::vector<Size>& sizes = sizes_[name];
  for (std::size_t i = 0; i < a.size(); ++i) {
    sizes.push_back({static_cast<std::int64_t>(a[i]), static_cast<std::int64_t>(b[i])});
  }
}

}  // namespace gluino::onnx
