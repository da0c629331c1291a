#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/viz/entries.h>
#include <gluino/viz/font.h>
#include <gluino/viz/plot_network.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <system_error>
#include <unordered_map>

namespace gluino::viz {
namespace {

namespace color {
constexpr const char* kInput = "#8dd3c7";
constexpr const char* kWeighted = "#fb8072";
constexpr const char* kActivation = "#ffffb3";
constexpr const char* kNormalization = "#bebada";
constexpr const char* kPooling = "#80b1d3";
constexpr const char* kArrangement = "#fdb462";
constexpr const char* kOther = "#fccde5";
}  // namespace color

bool looks_like_weight(const std::string& name) {
  for (const char* ending : {"_weight", "_bias", "_beta", "_gamma", "_moving_var", "_moving_mean",
                             "_running_var", "_running_mean"}) {
    if (name.ends_with(ending)) return true;
  }
  return false;
}

// An option as text; what MXNet shows where it is not given.
std::string option(const Node& node, const std::string& key, const std::string& otherwise) {
  const auto found = node.attrs.find(key);
  return found == node.attrs.end() ? otherwise : found->second;
}

std::string sizes(const Node& node, const std::string& key, const std::string& otherwise) {
  const std::string text = joined_by_x(Shape::parse(option(node, key, "()")));
  return text.empty() ? otherwise : text;
}

struct Appearance {
  std::string label;
  const char* fill;
};

Appearance appearance_of(const Node& node) {
  if (node.is_variable()) return {node.name, color::kInput};
  const std::string& op = node.op->name;
  if (op == "Convolution") {
    return {str(op, "\n", sizes(node, "kernel", "[]"), "/", sizes(node, "stride", "1"), ", ",
                option(node, "num_filter", "")),
            color::kWeighted};
  }
  if (op == "FullyConnected") {
    return {op + "\n" + option(node, "num_hidden", ""), color::kWeighted};
  }
  if (op == "BatchNorm") return {node.name, color::kNormalization};
  if (op == "Activation" || op == "LeakyReLU") {
    return {op + "\n" + option(node, "act_type", "Leaky"), color::kActivation};
  }
  if (op == "Pooling") {
    return {str(op, "\n", option(node, "pool_type", "max"), ", ", sizes(node, "kernel", "[]"), "/",
                sizes(node, "stride", "1")),
            color::kPooling};
  }
  if (op == "Concat" || op == "Flatten" || op == "Reshape") return {node.name, color::kArrangement};
  // An operator that the user wrote is shown under the name that the user gave it.
  return {op == "Custom" ? option(node, "op_type", node.name) : node.name, color::kOther};
}

// MXNet's boxes, in inches, and what lies between their edges and text.
constexpr double kWidth = 1.3;
constexpr double kHeight = 0.8034;
constexpr double kSpace = 6.0 / 72;

// Makes a box, or an oval, as large as its label needs: most have their usual size.
void fit(Digraph::Look& look, const std::string& label, double font_size) {
  double text_height = 0;
  double width = 0;
  for (std::size_t begin = 0; begin <= label.size();) {
    const std::size_t end = std::min(label.find('\n', begin), label.size());
    width = std::max(width, text_width(label.substr(begin, end - begin), font_size) / 72);
    text_height += line_pitch(font_size) / 72;
    begin = end + 1;
  }
  const double height = std::max(kHeight, text_height + 4 * kSpace);
  // The corners of the text lie on an oval of that height.
  if (look["shape"] == "oval") width /= std::sqrt(1 - std::pow(text_height / height, 2));
  width += 2 * kSpace;
  if (width > kWidth) look["width"] = fixed(width, 4);
  if (height > kHeight) look["height"] = fixed(height, 4);
}

// Of all nodes, as they are given or else usual; 0 where what they need is not ours to measure.
double font_size_of(const Digraph::Look& given) {
  const auto shape = given.find("shape");
  const bool has_shape = shape != given.end() && shape->second != "box" && shape->second != "oval";
  if (has_shape || given.contains("fontname")) return 0;
  const auto found = given.find("fontsize");
  if (found == given.end()) return Digraph::kFontSize;
  double size = 0;
  const char* end = found->second.data() + found->second.size();
  const auto result = std::from_chars(found->second.data(), end, size);
  return result.ec == std::errc() && result.ptr == end && size > 0 ? size : 0;
}

// Names of nodes; of several that have the same name all but the first get a number.
class Names {
 public:
  explicit Names(const IndexedGraph& graph) {
    for (const auto& item : graph.items) {
      std::string name = item.node->name;
      for (int i = 2; !taken_.insert(name).second; ++i) name = str(item.node->name, " (", i, ")");
      names_[item.node] = name;
    }
  }
  const std::string& operator[](const Node* node) const { return names_.at(node); }

 private:
  std::set<std::string> taken_;
  std::unordered_map<const Node*, std::string> names_;
};

// What edges say.
class EdgeLabels {
 public:
  EdgeLabels(const Symbol& symbol, const PlotOptions& options) {
    const Symbol internals = symbol.get_internals();
    if (!options.shape.empty()) {
      shapes_ = by_entry(internals, internals.infer_shape(options.shape).outputs);
    }
    if (!options.dtype.empty()) {
      types_ = by_entry(internals, internals.infer_type(options.dtype).outputs);
    }
  }

  std::string of(const NodeEntry& entry) const {
    std::string label;
    const std::pair key(entry.node.get(), entry.index);
    if (const auto shape = shapes_.find(key); shape != shapes_.end()) {
      label += sample_shape(shape->second);
    }
    if (const auto type = types_.find(key); type != types_.end()) {
      label += str("(", type->second, ")");
    }
    return label;
  }

 private:
  ByEntry<Shape> shapes_;
  ByEntry<DType> types_;
};

}  // namespace

Digraph plot_network(const Symbol& symbol, const PlotOptions& options) {
  check(symbol.defined(), "plot_network: the symbol refers to nothing");
  const IndexedGraph graph(symbol.entries());
  const Names names(graph);
  const EdgeLabels labels(symbol, options);
  Digraph::Look usual = {{"shape", "box"},
                         {"fixedsize", "true"},
                         {"width", "1.3"},
                         {"height", "0.8034"},
                         {"style", "filled"}};
  const double font_size = font_size_of(options.node_attrs);
  // Letters of which nothing is known are Graphviz's to measure.
  if (font_size == 0) usual["fixedsize"] = "false";
  for (const auto& [name, value] : options.node_attrs) usual[name] = value;

  Digraph drawing(options.title, options.save_format);
  std::set<const Node*> hidden;
  for (const auto& item : graph.items) {
    const Node& node = *item.node;
    if (node.is_variable() && looks_like_weight(node.name)) {
      if (options.hide_weights) {
        hidden.insert(&node);
      } else {
        drawing.node(names[&node], node.name);  // plain, and as wide as its name
      }
      continue;
    }
    const Appearance appearance = appearance_of(node);
    Digraph::Look look = usual;
    look["fillcolor"] = appearance.fill;
    if (node.is_variable()) look["shape"] = "oval";
    if (font_size > 0 && !options.node_attrs.contains("width")) {
      fit(look, appearance.label, font_size);
    }
    drawing.node(names[&node], appearance.label, look);
  }
  for (const auto& item : graph.items) {
    for (const NodeEntry& input : item.node->inputs) {
      if (hidden.contains(input.node.get())) continue;
      drawing.edge(names[item.node], names[input.node.get()], labels.of(input),
                   {{"dir", "back"}, {"arrowtail", "open"}});
    }
  }
  return drawing;
}

}  // namespace gluino::viz
