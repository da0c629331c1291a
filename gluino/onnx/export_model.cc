#include <gluino/base/file.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/onnx/onnx.h>
#include <gluino/onnx/translation/dynamic_shapes.h>
#include <gluino/onnx/translation/graph_writer.h>
#include <gluino/onnx/translation/translations.h>

#include <algorithm>

namespace gluino::onnx {
namespace {

// The values that nodes read, those of graphs inside of nodes among them.
void add_read(const DocumentGraph& graph, std::set<std::string>& read) {
  for (const DocumentNode& node : graph.nodes) {
    read.insert(node.inputs.begin(), node.inputs.end());
    for (const auto& [name, attribute] : node.attributes) {
      if (const auto* inner = std::get_if<InnerGraph>(&attribute)) add_read(*inner->graph, read);
    }
  }
}

class Exporter {
 public:
  Exporter(const Symbol& symbol, const ArrayMap& parameters, const Shapes& inputs,
           const ExportOptions& options)
      : symbol_(symbol),
        graph_(symbol.entries()),
        parameters_(parameters),
        options_(options),
        builder_(document_) {
    check(options.opset >= kFirstOpset && options.opset <= kLastOpset, "onnx: opset: expected ",
          kFirstOpset, " to ", kLastOpset, ", got ", options.opset);
    document_.opset = options.opset;
    document_.graph_name = options.graph_name;
    document_.metadata = options.metadata;
    for (const auto& [name, shape] : inputs) inputs_.emplace(name, dynamic(name, shape));
    infer();
  }

  Document document() {
    std::vector<GraphWriter::Variable> variables;
    for (const int variable : graph_.variables) {
      const std::string& name = graph_.items[static_cast<std::size_t>(variable)].node->name;
      variables.push_back({builder_.unused_name(name), array_of(name)});
    }
    GraphWriter writer(graph_, variables, found_, builder_);
    writer.write();
    write_outputs(writer.outputs());
    write_inputs(variables);
    return std::move(document_);
  }

 private:
  DynamicShape dynamic(const std::string& name, const Shape& given) const {
    DynamicShape dynamic{.shape = given};
    const auto names = options_.dimension_names.find(name);
    for (int i = 0; i < given.ndim(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      std::string word;
      if (names != options_.dimension_names.end() && at < names->second.size()) {
        word = names->second[at];
      }
      if (word.empty()) word = i == 0 ? "batch" : str(name, "_", i);
      dynamic.names.push_back(word);
    }
    return dynamic;
  }

  void infer() {
    Shapes others;
    DTypes types = options_.dtypes;
    for (const auto& name : symbol_.list_inputs()) {
      const auto found = parameters_.find(name);
      if (found == parameters_.end()) continue;
      check(!inputs_.contains(name), "onnx: ", name, " is a parameter and an input");
      others[name] = found->second.shape();
      types[name] = found->second.dtype();
    }
    found_ = infer_twice(graph_, inputs_, others, types);
  }

  const NDArray* array_of(const std::string& variable) const {
    const auto found = parameters_.find(variable);
    return found == parameters_.end() ? nullptr : &found->second;
  }

  void write_outputs(const std::vector<ExportNode::Value>& outputs) {
    const std::vector<std::string> wanted = symbol_.list_outputs();
    std::set<std::string> names;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      std::string name = outputs[i].name;
      const int owner = graph_.owner[static_cast<std::size_t>(graph_.heads[i])];
      const bool is_variable = graph_.items[static_cast<std::size_t>(owner)].node->is_variable();
      check(!name.empty(), "[", wanted[i], "] has no form in ONNX");
      // A value that is given, or given twice, is no output: a copy of it is.
      if (is_variable || !names.insert(name).second || name != wanted[i]) {
        const std::string copy = builder_.unused_name(wanted[i]);
        builder_.add({.op_type = "Identity", .name = copy, .inputs = {name}, .outputs = {copy}});
        name = copy;
        names.insert(name);
      }
      document_.outputs.push_back(described(name, outputs[i]));
    }
  }

  // Those that a node reads: labels of losses are none.
  void write_inputs(const std::vector<GraphWriter::Variable>& variables) {
    std::set<std::string> read;
    add_read(document_, read);
    for (std::size_t i = 0; i < variables.size(); ++i) {
      const auto& item = graph_.items[static_cast<std::size_t>(graph_.variables[i])];
      const auto& [name, array] = variables[i];
      if (!read.contains(name)) continue;
      if (array != nullptr) {
        document_.initializers.emplace(name, *array);
        continue;
      }
      const auto given = inputs_.find(item.node->name);
      check(given != inputs_.end(), "onnx: ", item.node->name,
            " is neither a parameter nor an input whose shape is given");
      DocumentValue value{.name = name,
                          .dtype = found_[0].types[static_cast<std::size_t>(item.first_entry)]};
      for (int axis = 0; axis < given->second.shape.ndim(); ++axis) {
        value.dimensions.push_back({.size = given->second.shape[axis],
                                    .name = given->second.names[static_cast<std::size_t>(axis)]});
      }
      document_.inputs.push_back(std::move(value));
    }
  }

  const Symbol& symbol_;
  IndexedGraph graph_;
  const ArrayMap& parameters_;
  const ExportOptions& options_;
  Document document_;
  DocumentBuilder builder_;
  DynamicShapes inputs_;
  std::array<graph::EntryTypes, 2> found_;
};

}  // namespace

std::string export_bytes(const Symbol& symbol, const ArrayMap& parameters, const Shapes& inputs,
                         const ExportOptions& options) {
  check(symbol.defined(), "onnx: expected a symbol, got one that refers to nothing");
  return document_bytes(Exporter(symbol, parameters, inputs, options).document());
}

void export_model(const std::string& path, const Symbol& symbol, const ArrayMap& parameters,
                  const Shapes& inputs, const ExportOptions& options) {
  write_file(path, export_bytes(symbol, parameters, inputs, options));
}

std::vector<std::string> written_operators() { return Translations::table().written(); }
std::vector<std::string> read_operators() { return Translations::table().read(); }

}  // namespace gluino::onnx
