#include <gluino/base/file.h>
#include <gluino/graph/sym.h>
#include <gluino/onnx/onnx.h>
#include <gluino/onnx/translation/read_graph.h>

#include <algorithm>
#include <filesystem>

namespace gluino::onnx {
namespace {

ValueInfo info_of(const DocumentValue& value) {
  ValueInfo info{.name = value.name, .shape = Shape::unknown(), .dtype = value.dtype};
  if (!value.has_shape) return info;
  info.shape = Shape();
  for (const Dimension& dimension : value.dimensions) {
    info.shape.push_back(dimension.size);
    info.dimension_names.push_back(dimension.name);
  }
  return info;
}

class Importer {
 public:
  Importer(const Document& document, const std::string& source)
      : document_(document), values_(source) {}

  ImportedModel model() {
    ImportedModel model;
    for (const DocumentValue& input : document_.inputs) {
      // Files of old had all initializers among the inputs.
      if (document_.initializers.contains(input.name)) continue;
      check(!input.name.empty(), values_.source(), ": an input has no name");
      const ValueInfo& info = model.inputs.emplace_back(info_of(input));
      check(!values_.has(info.name), values_.source(), ": there are two inputs \"", info.name,
            "\"");
      values_.set_input(info.name, {.shape = info.shape, .names = info.dimension_names},
                        info.dtype);
    }
    for (const auto& [name, array] : document_.initializers) values_.set_constant(name, array);
    read_nodes(document_, values_, document_.opset);
    Symbols outputs;
    for (const DocumentValue& output : document_.outputs) {
      model.outputs.push_back(info_of(output));
      check(values_.has(output.name), values_.source(), ": there is no value for the output \"",
            output.name, "\"");
      outputs.push_back(values_.symbol(output.name));
    }
    check(!outputs.empty(), values_.source(), ": the graph has no outputs");
    model.symbol = sym::Group(outputs);
    sort_parameters(model);
    model.metadata = document_.metadata;
    return model;
  }

 private:
  void sort_parameters(ImportedModel& model) const {
    const auto states = model.symbol.list_auxiliary_states();
    for (const std::string& name : model.symbol.list_inputs()) {
      const auto found = values_.parameters().find(name);
      if (found == values_.parameters().end()) continue;
      const bool is_state = std::find(states.begin(), states.end(), name) != states.end();
      (is_state ? model.aux_params : model.arg_params).insert(*found);
    }
  }

  const Document& document_;
  ValueTable values_;
};

Document document_at(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  return read_document(read_file(path, std::uint64_t{1} << 31), path,
                       folder.empty() ? "." : folder.string());
}

}  // namespace

ImportedModel import_model(const std::string& path) {
  const Document document = document_at(path);
  return Importer(document, path).model();
}

ImportedModel import_bytes(std::string_view bytes, const std::string& source) {
  const Document document = read_document(std::string(bytes), source, "");
  return Importer(document, source).model();
}

ModelMetadata model_metadata(const std::string& path) {
  const Document document = document_at(path);
  ModelMetadata metadata;
  metadata.metadata = document.metadata;
  for (const DocumentValue& input : document.inputs) {
    if (!document.initializers.contains(input.name)) metadata.inputs.push_back(info_of(input));
  }
  for (const DocumentValue& output : document.outputs) {
    metadata.outputs.push_back(info_of(output));
  }
  return metadata;
}

}  // namespace gluino::onnx
