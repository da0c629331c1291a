#include <gluino/base/error.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/viz/entries.h>
#include <gluino/viz/print_summary.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iostream>
#include <set>

namespace gluino::viz {
namespace {

constexpr std::size_t kColumns = 4;
constexpr int kMaxLength = 10000;
constexpr const char* kTooMany = "print_summary: there are more parameters than 64 bits can count";
using Row = std::array<std::string, kColumns>;

// The first `length` characters, or the text with spaces behind it. What continues a character in
// UTF-8 is not counted.
std::string fitted(const std::string& text, int length) {
  std::size_t end = 0;
  for (int count = 0; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
    if (begins && count++ == length) return text.substr(0, end);
  }
  int count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return text + std::string(static_cast<std::size_t>(length - count), ' ');
}

// Lays out rows: each column begins where the one before ends, and is cut there.
class Table {
 public:
  explicit Table(const SummaryOptions& options) : length_(options.line_length) {
    check(length_ >= 1 && length_ <= kMaxLength, "print_summary: line_length: expected 1 to ",
          kMaxLength, ", got ", length_);
    check(options.positions.size() == kColumns, "print_summary: positions: expected ", kColumns,
          " numbers, got ", options.positions.size());
    const bool shares = options.positions.back() <= 1;
    for (std::size_t i = 0; i < kColumns; ++i) {
      const double place = options.positions[i] * (shares ? length_ : 1);
      check(place >= (i == 0 ? 0 : ends_[i - 1]) && place <= kMaxLength,
            "print_summary: positions: expected numbers that do not fall, up to ", kMaxLength,
            " characters, got ", options.positions[i]);
      ends_[i] = static_cast<int>(place);
    }
  }

  void add(const Row& row) {
    std::string line;
    for (std::size_t i = 0; i < kColumns; ++i) line = fitted(line + row[i], ends_[i]);
    text += line + "\n";
  }
  void rule(char c) { text += std::string(static_cast<std::size_t>(length_), c) + "\n"; }

  std::string text;

 private:
  int length_;
  std::array<int, kColumns> ends_{};
};

// Counts the elements of parameters.
class ParameterCount {
 public:
  explicit ParameterCount(const ByEntry<Shape>& shapes) : shapes_(shapes) {}

  // Those that a node reads.
  std::int64_t of(const Node& node) {
    if (node.is_variable()) return 0;
    static const std::set<std::string> parameters = {"weight", "bias", "gamma", "beta"};
    const auto names =
        node.op->input_names(node.options.get(), static_cast<int>(node.inputs.size()));
    std::int64_t count = 0;
    for (std::size_t i = 0; i < names.size() && i < node.inputs.size(); ++i) {
      const Node* variable = node.inputs[i].node.get();
      if (!variable->is_variable() || !parameters.contains(names[i])) continue;
      const std::int64_t elements = size(node, names[i], variable);
      add(count, elements);
      if (counted_.insert(variable).second) add(total, elements);
    }
    return count;
  }

  std::int64_t total = 0;

 private:
  static void add(std::int64_t& count, std::int64_t elements) {
    check(!__builtin_add_overflow(count, elements, &count), kTooMany);
  }

  std::int64_t size(const Node& node, const std::string& input, const Node* variable) const {
    const Shape& shape = shapes_.at({variable, 0});
    if (shape.known()) return shape.size();
    // What the operator's options say of it.
    const auto option = [&](const char* name) {
      const auto found = node.attrs.find(name);
      return found == node.attrs.end() ? 0 : Shape::parse(found->second).size();
    };
    if (input == "bias") return std::max(option("num_hidden"), option("num_filter"));
    if (input != "weight") return 0;
    std::int64_t elements = 0;
    check(!__builtin_mul_overflow(option("input_dim"), option("output_dim"), &elements), kTooMany);
    return elements;
  }

  const ByEntry<Shape>& shapes_;
  std::set<const Node*> counted_;
};

// The names of the nodes that lead to one; variables only if they come first of all, as data does.
std::vector<std::string> previous_layers(const Node& node, const Node* first) {
  std::vector<std::string> names;
  for (const NodeEntry& input : node.inputs) {
    if (!input.node->is_variable() || input.node.get() == first) names.push_back(input.node->name);
  }
  return names;
}

}  // namespace

std::string summary(const Symbol& symbol, const Shapes& shape, const SummaryOptions& options) {
  check(symbol.defined(), "print_summary: the symbol refers to nothing");
  Table table(options);
  const Symbol internals = symbol.get_internals();
  const auto inferred =
      shape.empty() ? internals.infer_shape_partial({}) : internals.infer_shape(shape);
  const auto shapes = by_entry(internals, inferred.outputs);
  ParameterCount parameters(shapes);

  table.rule('_');
  table.add({"Layer (type)", "Output Shape", "Param #", "Previous Layer"});
  table.rule('=');
  const IndexedGraph graph(symbol.entries());
  const Node* first = graph.items.front().node;
  for (const auto& item : graph.items) {
    const Node& node = *item.node;
    if (node.is_variable() && &node != first) continue;
    // Of several outputs MXNet shows none.
    const bool shown = !shape.empty() && node.num_visible_outputs() == 1;
    auto previous = previous_layers(node, first);
    if (previous.empty()) previous.emplace_back();
    table.add({node.name + "(" + (node.is_variable() ? "null" : node.op->name) + ")",
               shown ? sample_shape(shapes.at({&node, 0})) : "",
               std::to_string(parameters.of(node)), previous[0]});
    for (std::size_t i = 1; i < previous.size(); ++i) table.add({"", "", "", previous[i]});
    table.rule(&item == &graph.items.back() ? '=' : '_');
  }
  table.text += str("Total params: ", parameters.total, "\n");
  table.rule('_');
  return table.text;
}

void print_summary(const Symbol& symbol, const Shapes& shape, const SummaryOptions& options) {
  std::cout << summary(symbol, shape, options);
}

}  // namespace gluino::viz
