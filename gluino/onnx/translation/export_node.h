#pragma once

#include <gluino/graph/symbol/node.h>
#include <gluino/onnx/format/document.h>
#include <gluino/ops/control/subgraphs.h>
#include <gluino/ops/core/field.h>

#include <array>
#include <functional>
#include <initializer_list>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// What a translator of one operator works with when a network is written; the room's own.
namespace gluino::onnx {

using Attributes = std::map<std::string, Attribute>;
using Names = std::vector<std::string>;

/// The file as it grows, or a graph inside of one of its nodes, and the names of values that it has
/// used.
class DocumentBuilder {
 public:
  explicit DocumentBuilder(Document& document) : document_(document), graph_(document) {}
  /// Of a graph inside of a node. Names and constants are those of the whole file.
  DocumentBuilder(DocumentBuilder& around, DocumentGraph& graph)
      : around_(&around), document_(around.document_), graph_(graph) {}

  int opset() const { return document_.opset; }
  /// `stem`, or `stem`_1 and so on where it is taken.
  std::string unused_name(const std::string& stem);
  void add(DocumentNode node);
  /// The value is an initializer from now on; one of the same numbers is not made twice.
  std::string constant(const NDArray& array, const std::string& stem);
  /// An operator's output is called `stem` from now on, or `stem`_1 and so on; gives that name.
  /// What is no operator's output keeps its name.
  std::string rename(const std::string& value, const std::string& stem);

 private:
  DocumentBuilder* around_ = nullptr;
  const Document& document_;
  DocumentGraph& graph_;
  std::set<std::string> used_{};
  std::map<std::string, std::string> small_constants_{};
};

/// One node of a symbol that is being written: what is known of its inputs and outputs, and ways to
/// add ONNX nodes. Values go by names.
class ExportNode {
 public:
  struct Value {
    std::string name;
    Shape shape{};
    DType dtype = float32;
    /// Of a parameter.
    const NDArray* array = nullptr;
    /// The shape for two choices of the sizes that are not known.
    std::array<Shape, 2> choices{};
  };
  ExportNode(const Node& node, DocumentBuilder& builder, std::vector<Value> in,
             std::vector<Value> out)
      : node_(node), builder_(builder), in_(std::move(in)), out_(std::move(out)) {}

  /// The same node, adding to a graph inside of it.
  ExportNode(const ExportNode& around, DocumentBuilder& builder)
      : ExportNode(around.node_, builder, around.in_, around.out_) {}

  int opset() const { return builder_.opset(); }
  DocumentBuilder& builder() const { return builder_; }
  int num_inputs() const { return static_cast<int>(in_.size()); }
  int num_outputs() const { return static_cast<int>(out_.size()); }
  const std::string& in(int i = 0) const { return value(i).name; }
  Names all_inputs() const;
  /// Sizes that are known only when the network runs are -1.
  const Shape& shape(int i = 0) const { return value(i).shape; }
  int ndim(int i = 0) const { return shape(i).ndim(); }
  DType dtype(int i = 0) const { return value(i).dtype; }
  const Shape& out_shape(int i = 0) const { return out_.at(static_cast<std::size_t>(i)).shape; }
  DType out_dtype(int i = 0) const { return out_.at(static_cast<std::size_t>(i)).dtype; }
  /// The size of an axis. Throws Error where only a run knows it.
  std::int64_t size(int i, int axis) const;
  /// Whether all sizes of the axes from `first` on are known.
  bool known_from(int i, int first) const;
  /// The elements of input i where it is a parameter, else null.
  const NDArray* array(int i) const { return value(i).array; }

  const Value& value(int i) const;
  std::vector<Value> values(const std::vector<int>& inputs) const;
  /// Writes a graph of ours, whose inputs are these; gives what it gives.
  std::vector<Value> write(const Callable& graph, const std::vector<Value>& inputs);

  /// An ONNX node with one output, which this gives.
  std::string add(const std::string& op_type, Names inputs, Attributes attributes = {});
  Names add_many(const std::string& op_type, Names inputs, Attributes attributes, int outputs);
  /// Constants: a row of whole numbers, one number without axes, any array.
  std::string ints(const Ints& values);
  std::string number(double value, DType dtype);
  std::string number(double value) { return number(value, dtype()); }
  std::string tensor(const NDArray& array);

  // What many families write.
  std::string cast(const std::string& x, DType to);
  std::string reshape(const std::string& x, const Ints& codes);
  std::string transpose(const std::string& x, const Ints& axes);
  std::string squeeze(const std::string& x, const Ints& axes);
  std::string unsqueeze(const std::string& x, const Ints& axes);
  std::string slice(const std::string& x, const Ints& begin, const Ints& end, const Ints& axes,
                    const Ints& steps = {});
  /// A reduction by name; no axes: all.
  std::string reduce(const std::string& op_type, const std::string& x, const Ints& axes,
                     bool keepdims);
  /// x under the known sizes of `shape`, or with one that only a run knows.
  std::string reshape_to(const std::string& x, const Shape& shape);
  /// What the node gives where MXNet has an axis of size 1 that ONNX has not: of reductions of all.
  void give_under_shape(const std::string& value, int ndim, int output = 0);
  /// The shape of x when the network runs, one row of int64.
  std::string shape_of(const std::string& x) { return add("Shape", {x}); }

  /// Says what value an output of the node is.
  void give(const std::string& value, int output = 0) { given_.emplace_back(output, value); }
  const std::vector<std::pair<int, std::string>>& given() const { return given_; }
  /// Whether a value is an output of an ONNX node that was added here.
  bool has_made(const std::string& value) const { return made_.contains(value); }

  /// An option by its name, for operators whose options are a type of their file.
  template <class T>
  T option(const char* name) const {
    T value{};
    parse_value(option_text(name), value);
    return value;
  }

  /// What the operator gives for arrays; one without inputs needs none.
  std::vector<NDArray> evaluated(std::span<const NDArray> in = {}) const;
  bool is(std::string_view op) const { return op_name() == op; }

  /// Throws Error: "[Pooling pool0] has no form in ONNX: ...".
  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail(where(), "has no form in ONNX", parts...);
  }
  template <class... Parts>
  void expect(bool ok, const Parts&... parts) const {
    if (!ok) refuse(": ", parts...);
  }
  /// "[Pooling pool0] ".
  std::string where() const;

 private:
  std::string option_text(const char* name) const;
  const std::string& op_name() const;

  const Node& node_;
  DocumentBuilder& builder_;
  std::vector<Value> in_;
  std::vector<Value> out_;
  std::vector<std::pair<int, std::string>> given_;
  std::set<std::string> made_;
};

}  // namespace gluino::onnx
