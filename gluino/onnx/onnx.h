#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/onnx/format/opsets.h>

#include <string>
#include <string_view>
#include <vector>

/// Networks as ONNX files, which other runtimes read and write. What is translated is a table
/// (docs/onnx.md); what has no form on the other side is an Error that names it.
namespace gluino::onnx {

/// A size that is told only when the network runs has a name, or none, and the size -1.
struct ValueInfo {
  std::string name;
  Shape shape;
  DType dtype = float32;
  std::vector<std::string> dimension_names{};
};

struct ExportOptions {
  /// ONNX' set of operators: 13 to 21.
  int opset = 13;
  /// The types of inputs that are not float32.
  DTypes dtypes{};
  /// What unknown sizes are called, by the input and the axis; those of axis 0 are "batch" unless
  /// said otherwise, others "<input>_<axis>".
  std::map<std::string, std::vector<std::string>> dimension_names{};
  /// What stands in the file as metadata.
  std::map<std::string, std::string> metadata{};
  std::string graph_name = "gluino";
};

/// Writes the network for inference: parameters, and auxiliary states among them, become
/// initializers; dropout passes on, losses give their predictions and need no label. `inputs` says
/// the shapes of the arguments that are no parameters; a size of -1 is told when the network runs.
/// The file at `path` is afterwards the new one, whole, or, after an Error, the earlier one. Throws
/// Error, naming node and operator, for what has no form in ONNX, and where shapes do not suffice
/// or fit.
GLUINO_API void export_model(const std::string& path, const Symbol& symbol,
                             const ArrayMap& parameters, const Shapes& inputs,
                             const ExportOptions& options = {});
/// The same, as bytes.
GLUINO_API std::string export_bytes(const Symbol& symbol, const ArrayMap& parameters,
                                    const Shapes& inputs, const ExportOptions& options = {});

struct ImportedModel {
  Symbol symbol;
  ArrayMap arg_params;
  ArrayMap aux_params;
  /// What the network is given and gives, as the file says it.
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::map<std::string, std::string> metadata;
};

/// Reads an ONNX file of operator set 13 to 28. Tensors that lie in files of their own are read
/// from the model's folder alone. Arguments that tell other operators shapes or axes must follow
/// from the file. Throws Error, naming file, node, operator and attribute, for what is broken or
/// has no form here.
GLUINO_API ImportedModel import_model(const std::string& path);
/// The same of a file's bytes, without files beside it. `source` stands for its name in messages.
GLUINO_API ImportedModel import_bytes(std::string_view bytes, const std::string& source = "buffer");

struct ModelMetadata {
  std::vector<ValueInfo> inputs;
  std::vector<ValueInfo> outputs;
  std::map<std::string, std::string> metadata;
};
/// What a file says of its inputs and outputs, whatever operators it has.
GLUINO_API ModelMetadata model_metadata(const std::string& path);

/// The operators of ours that are written, and ONNX' that are read, sorted by name.
GLUINO_API std::vector<std::string> written_operators();
GLUINO_API std::vector<std::string> read_operators();

}  // namespace gluino::onnx
