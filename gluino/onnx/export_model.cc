#include <gluino/base/file.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/onnx/onnx.h>
#include <gluino/onnx/translation/dynamic_shapes.h>
#include <gluino/onnx/translation/translations.h>

#include <algorithm>

namespace gluino::onnx {
namespace {

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
    names_.resize(found_.shapes.size());
    for (const auto& item : graph_.items) {
      if (item.node->is_variable()) name_variable(item);
    }
    for (const auto& item : graph_.items) {
      if (!item.node->is_variable()) write(item);
    }
    write_outputs();
    write_inputs();
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
    found_ = infer_dynamic(graph_, inputs_, others, types);
  }

  void name_variable(const IndexedGraph::Item& item) {
    names_[static_cast<std::size_t>(item.first_entry)] = builder_.unused_name(item.node->name);
  }

  // The elements of a parameter, as the operators that read it take them.
  const NDArray* array_of(int entry) const {
    const auto& item =
        graph_.items[static_cast<std::size_t>(graph_.owner[static_cast<std::size_t>(entry)])];
    if (!item.node->is_variable()) return nullptr;
    const auto found = parameters_.find(item.node->name);
    return found == parameters_.end() ? nullptr : &found->second;
  }

  ExportNode::Value value_of(int entry) const {
    const auto at = static_cast<std::size_t>(entry);
    return {.name = names_[at],
            .shape = found_.shapes[at],
            .dtype = found_.types[at],
            .array = array_of(entry)};
  }

  void write(const IndexedGraph::Item& item) {
    const Node& node = *item.node;
    const Translations::Writer* writer = Translations::table().writer(*node.op);
    check(writer != nullptr, "[", node.op->name, " ", node.name, "] has no form in ONNX");
    std::vector<ExportNode::Value> in, out;
    for (const int entry : item.inputs) in.push_back(value_of(entry));
    for (int i = 0; i < node.num_outputs(); ++i) out.push_back(value_of(item.first_entry + i));
    ExportNode exported(node, builder_, std::move(in), std::move(out));
    (*writer)(exported, node.options.get());
    for (const auto& [output, value] : exported.given()) {
      // What was made here is called as here; what is handed on keeps its name.
      names_[static_cast<std::size_t>(item.first_entry + output)] =
          exported.has_made(value) ? builder_.rename(value, node.output_name(output)) : value;
    }
  }

  void write_outputs() {
    const std::vector<std::string> wanted = symbol_.list_outputs();
    std::set<std::string> names;
    for (std::size_t i = 0; i < graph_.heads.size(); ++i) {
      const auto entry = static_cast<std::size_t>(graph_.heads[i]);
      std::string name = names_[entry];
      const int owner = graph_.owner[entry];
      const bool is_variable = graph_.items[static_cast<std::size_t>(owner)].node->is_variable();
      check(!name.empty(), "[", wanted[i], "] has no form in ONNX");
      // A value that is given, or given twice, is no output: a copy of it is.
      if (is_variable || !names.insert(name).second || name != wanted[i]) {
        const std::string copy = builder_.unused_name(wanted[i]);
        builder_.add({.op_type = "Identity", .name = copy, .inputs = {name}, .outputs = {copy}});
        name = copy;
        names.insert(name);
      }
      DocumentValue value{.name = name, .dtype = found_.types[entry]};
      for (const std::int64_t size : found_.shapes[entry])
        value.dimensions.push_back({.size = size});
      document_.outputs.push_back(std::move(value));
    }
  }

  // Those that a node reads: labels of losses are none.
  void write_inputs() {
    std::set<std::string> read;
    for (const DocumentNode& node : document_.nodes) {
      read.insert(node.inputs.begin(), node.inputs.end());
    }
    for (const int variable : graph_.variables) {
      const auto& item = graph_.items[static_cast<std::size_t>(variable)];
      const auto entry = static_cast<std::size_t>(item.first_entry);
      if (!read.contains(names_[entry])) continue;
      if (const NDArray* array = array_of(item.first_entry)) {
        document_.initializers.emplace(names_[entry], *array);
        continue;
      }
      const auto given = inputs_.find(item.node->name);
      check(given != inputs_.end(), "onnx: ", item.node->name,
            " is neither a parameter nor an input whose shape is given");
      DocumentValue value{.name = names_[entry], .dtype = found_.types[entry]};
      for (int i = 0; i < given->second.shape.ndim(); ++i) {
        value.dimensions.push_back({.size = given->second.shape[i],
                                    .name = given->second.names[static_cast<std::size_t>(i)]});
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
  graph::EntryTypes found_;
  /// Per entry what the value is called in the file; empty for outputs that ONNX has not.
  std::vector<std::string> names_;
};

}  // namespace

std::string export_bytes(const Symbol& symbol, const ArrayMap& parameters, const Shapes& inputs,
                         const ExportOptions& options) {
  return document_bytes(Exporter(symbol, parameters, inputs, options).document());
}

void export_model(const std::string& path, const Symbol& symbol, const ArrayMap& parameters,
                  const Shapes& inputs, const ExportOptions& options) {
  write_file(path, export_bytes(symbol, parameters, inputs, options));
}

std::vector<std::string> written_operators() { return Translations::table().written(); }
std::vector<std::string> read_operators() { return Translations::table().read(); }

}  // namespace gluino::onnx
