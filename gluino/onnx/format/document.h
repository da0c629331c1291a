#pragma once

#include <gluino/ndarray/ndarray.h>
#include <gluino/onnx/format/opsets.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// What stands in an ONNX file, before any meaning is read into it; the room's own. Nothing else
/// of the room knows of protobuf.
namespace gluino::onnx {

struct DocumentGraph;

/// A graph inside of a node: the body of a loop, a branch.
struct InnerGraph {
  std::shared_ptr<const DocumentGraph> graph{};
};

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
  /// Whether it says a type: of what goes into graphs inside of nodes, and out, it need not.
  bool has_type = true;
};

/// Nodes stand behind those whose values they read. Graphs inside of nodes read the values around
/// them, too.
struct DocumentGraph {
  std::string graph_name{};
  std::vector<DocumentNode> nodes{};
  std::map<std::string, NDArray> initializers{};
  std::vector<DocumentValue> inputs{};
  std::vector<DocumentValue> outputs{};
};

struct Document : DocumentGraph {
  int opset = 0;
  std::map<std::string, std::string> metadata{};
};

/// How many graphs may stand inside of each other.
inline constexpr int kMostDepth = 8;

/// ONNX' number of a type.
std::int32_t type_code(DType dtype);
/// The type of that number. Throws Error, beginning with `where`, for one that arrays cannot have.
DType type_of_code(std::int32_t code, const std::string& where);

/// The document as an ONNX file's bytes. Throws Error where they would be more than 2 GiB, and for
/// graphs that stand deeper inside of each other than is read.
std::string document_bytes(const Document& document);
/// Reads an ONNX file. Tensors in files of their own are looked for in `folder` alone; "": they are
/// refused. Throws Error, naming `source` and what is wrong with it.
Document read_document(const std::string& bytes, const std::string& source,
                       const std::string& folder);

}  // namespace gluino::onnx
