#include <apps/digits/models/checkpoint.h>
#include <apps/digits/models/description.h>
#include <apps/digits/models/onnx_file.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/symbol_block.h>
#include <gluino/onnx/onnx.h>

#include <memory>
#include <vector>

namespace digits {
namespace {

using gluino::check;
using gluino::str;

// Where the description stands in the file's metadata.
constexpr const char* kDescription = "digits";

// The arguments that there are no arrays for; labels of losses are none of them.
std::vector<std::string> inputs_of(const gluino::Symbol& symbol, const gluino::ArrayMap& arrays) {
  std::vector<std::string> inputs;
  for (const std::string& name : symbol.list_arguments()) {
    if (!arrays.contains(name) && !name.ends_with("label")) inputs.push_back(name);
  }
  return inputs;
}

}  // namespace

bool is_onnx_file(const std::string& path) { return path.ends_with(".onnx"); }

Model load_onnx(const std::string& path) {
  const gluino::onnx::ImportedModel file = gluino::onnx::import_model(path);
  check(file.inputs.size() == 1 && file.outputs.size() == 1, path,
        ": expected a network with one input and one output, found ", file.inputs.size(), " and ",
        file.outputs.size());
  auto net = std::make_shared<gluino::gluon::SymbolBlock>(
      without_softmax(file.symbol), std::vector<std::string>{file.inputs[0].name});
  gluino::ArrayMap arrays = file.arg_params;
  arrays.insert(file.aux_params.begin(), file.aux_params.end());
  for (const gluino::gluon::Parameter& parameter : net->collect_params()) {
    parameter.load(arrays.at(parameter.name()), {gluino::cpu(0)});
  }
  Model model{.net = net, .info = std::nullopt, .description = str("the network of ", path)};
  const auto description = file.metadata.find(kDescription);
  if (description != file.metadata.end()) {
    model.images = parse_description(description->second, path).info.network.images;
  }
  return model;
}

Parameters read_onnx_parameters(const std::string& path) {
  const gluino::onnx::ImportedModel file = gluino::onnx::import_model(path);
  Parameters parameters{.path = path, .arrays = {}, .symbol = file.symbol};
  for (const auto& [name, array] : file.arg_params) {
    parameters.arrays.emplace_back("arg:" + name, array);
  }
  for (const auto& [name, array] : file.aux_params) {
    parameters.arrays.emplace_back("aux:" + name, array);
  }
  return parameters;
}

void save_onnx(const std::string& path, const gluino::Symbol& symbol,
               const gluino::nd::NamedArrays& arrays, const ImageKind& images) {
  gluino::ArrayMap parameters;
  for (const auto& [name, array] : arrays) parameters[without_kind(name)] = array;
  const auto inputs = inputs_of(symbol, parameters);
  check(inputs.size() == 1, path, ": expected a network with one input, found ",
        inputs.empty() ? "none" : gluino::join(inputs));
  gluino::Shape shape = shape_of_one(images);
  shape[0] = -1;
  ModelInfo info;
  info.network.images = images;
  gluino::onnx::export_model(
      path, symbol, parameters, {{inputs[0], shape}},
      {.metadata = {{kDescription, describe(info, "")}}, .graph_name = "digits"});
}

}  // namespace digits
