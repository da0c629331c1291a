#pragma once

#include <gluino/ndarray/ndarray.h>
#include <gluino/onnx/format/opsets.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// What stands in an ONNX file, before any meaning is read into it; the room's own. Nothing else
/// of the room knows of protobuf.
namespace gluino::onnx {

/// A graph inside of a node, which is not read.
struct InnerGraph {};

using Ints = std::vector<std::int64_t>;
using Attribute = std::variant<std::int64_t, float, std::string, Ints, std::vector<float>,
                               std::vector<std::string>, NDArray, InnerGraph>;

struct DocumentNode {
  std::string op_type;
  std::string name{};
  std::string domain{};
  /// Names of values; "" is an input that is left out.
  std::vector<std::string> inputs{};
  std::vector<std::string> outputs{};
  std::map<std::string, Attribute> attributes{};
};

/// A size that is not known when the file is written has a name instead.
struct Dimension {
  std::int64_t size = -1;
  std::string name{};
};

struct DocumentValue {
  std::string name;
  DType dtype = float32;
  std::vector<Dimension> dimensions{};
  /// Whether the file says a shape at all.
  bool has_shape = true;
};

struct Document {
  int opset = 0;
  std::string graph_name{};
  std::vector<DocumentNode> nodes{};
  std::map<std::string, NDArray> initializers{};
  std::vector<DocumentValue> inputs{};
  std::vector<DocumentValue> outputs{};
  std::map<std::string, std::string> metadata{};
};

/// ONNX' number of a type.
std::int32_t type_code(DType dtype);
/// The type of that number. Throws Error, beginning with `where`, for one that arrays cannot have.
DType type_of_code(std::int32_t code, const std::string& where);

/// The document as an ONNX file's bytes. Throws Error where they would be more than 2 GiB.
std::string document_bytes(const Document& document);
/// Reads an ONNX file. Tensors in files of their own are looked for in `folder` alone; "": they are
/// refused. Throws Error, naming `source` and what is wrong with it.
Document read_document(const std::string& bytes, const std::string& source,
                       const std::string& folder);

}  // namespace gluino::onnx
