#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/onnx/format/document.h>
#include <gluino/onnx/translation/value_table.h>
#include <gluino/ops/core/invoke.h>

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// What a translator of one ONNX operator works with when a file is read; the room's own.
namespace gluino::onnx {

/// One ONNX node that is being read: its inputs as symbols or constants, its attributes, and ways
/// to make operators of ours.
class ImportNode {
 public:
  ImportNode(const DocumentNode& node, ValueTable& values, int opset)
      : node_(node), values_(values), opset_(opset) {}

  int opset() const { return opset_; }
  const std::string& op_type() const { return node_.op_type; }
  int num_inputs() const { return static_cast<int>(node_.inputs.size()); }
  int num_outputs() const { return static_cast<int>(node_.outputs.size()); }
  bool has(int i) const {
    read_inputs_.insert(i);
    return i < num_inputs() && !node_.inputs[static_cast<std::size_t>(i)].empty();
  }
  /// Whether anybody may read output i.
  bool wants(int i) const {
    return i < num_outputs() && !node_.outputs[static_cast<std::size_t>(i)].empty();
  }
  Symbol in(int i = 0) const;
  Symbols all_inputs() const;
  /// The elements of an input that the file holds, else null.
  const NDArray* constant_if(int i) const;
  /// The same. Throws Error where only a run knows them.
  const NDArray& constant(int i) const;
  /// An input whose number of rows nobody knows; else null.
  const Unsized* unsized(int i) const {
    return has(i) ? values_.unsized(node_.inputs[static_cast<std::size_t>(i)]) : nullptr;
  }
  Ints ints(int i) const;
  /// The same where some numbers are sizes that only a run knows.
  std::vector<Size> sizes(int i) const;
  double number(int i) const;
  /// Of an input; unknown sizes are -1, and the shape may be unknown as a whole.
  Shape shape(int i = 0) const { return values_.shape_of(in(i)); }
  /// The sizes of input 0; none where its number of axes is not known.
  std::vector<Size> data_sizes() const { return values_.sizes_of(in()); }
  /// The number of axes of an input. Throws Error where it does not follow from the file.
  int ndim(int i = 0) const;
  DType dtype(int i = 0) const { return values_.dtype_of(in(i)); }
  DType dtype(const Symbol& symbol) const { return values_.dtype_of(symbol); }
  Shape shape(const Symbol& symbol) const { return values_.shape_of(symbol); }

  // Attributes, by name. Throw Error where one has another type.
  bool has(const char* name) const {
    read_attributes_.insert(name);
    return node_.attributes.contains(name);
  }
  std::int64_t integer(const char* name, std::optional<std::int64_t> otherwise = {}) const;
  double real(const char* name, double otherwise) const;
  std::string text(const char* name, const std::string& otherwise) const;
  Ints ints(const char* name, const Ints& otherwise = {}) const;
  std::vector<std::string> texts(const char* name) const;
  std::vector<float> reals(const char* name) const;
  const NDArray* array(const char* name) const;
  const DocumentGraph& graph(const char* name) const;
  /// A value that goes into a graph inside of the node, or comes out of it: the array where it
  /// follows from the file, and the symbol in any case but of an input that is an array.
  struct GraphValue {
    Symbol symbol{};
    NDArray constant{};
  };
  /// What such a graph gives for its inputs, as a part of the network around it.
  std::vector<GraphValue> read_graph(const char* name, const std::vector<GraphValue>& inputs) const;
  /// A value of one step of a loop, like a symbol, to be read by its graph: nothing but shape and
  /// type follows from it.
  Symbol step_value(const Symbol& like) const;
  /// What nodes that belong to the graph are marked with while it is read.
  std::string graph_mark(const char* name) const;
  /// They change nothing that is computed here, whatever they are.
  void pass_over(std::initializer_list<const char*> names) const {
    read_attributes_.insert(names.begin(), names.end());
  }
  /// Throws Error where the node has an attribute or an input that the translator has not read: it
  /// would compute something else, and nobody would know.
  void check_all_is_read() const;

  /// A node of one of our operators.
  template <class O>
  Symbol make(const char* op, const O& options, const Symbols& inputs) const {
    return made(apply(Op::get<O>(op), &options, std::span<const Symbol>(inputs), next_name(op)),
                inputs.size());
  }
  Symbol make(const char* op, const Symbols& inputs) const { return make(op, NoOptions(), inputs); }
  /// The same by name with options as text, for operators whose options are a type of their file.
  Symbol make_by_text(const char* op, const gluino::Attributes& options,
                      const Symbols& inputs) const {
    return made(sym::invoke(op, inputs, options, next_name(op)), inputs.size());
  }
  /// The same of options that a translator has put together for a node of any number of inputs.
  Symbol make_for(const Op& op, const void* options, const Symbols& inputs) const {
    return made(apply(op, options, std::span<const Symbol>(inputs), next_name(op.name.c_str())),
                inputs.size());
  }
  /// A value whose number of rows only the data tell.
  Symbol made_unsized(Unsized value) const;
  /// What a symbol gives that follows from the file alone.
  NDArray computed(const Symbol& symbol) const { return values_.computed(symbol); }
  bool follows_from_file(const Symbol& symbol) const { return values_.follows_from_shapes(symbol); }
  /// The node is called as the file's from now on, if it was made here.
  void name_as_file(const Symbol& symbol) const;
  /// A constant of the translator's.
  Symbol parameter(const NDArray& array) const;

  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail(where(), parts...);
  }
  template <class... Parts>
  void expect(bool ok, const Parts&... parts) const {
    if (!ok) fail(where(), parts...);
  }
  /// "model.onnx: [Conv conv1] ".
  std::string where() const;
  /// What nodes are called: the file's name of it, or that of its first output.
  std::string stem() const;

 private:
  template <class T>
  const T* attribute_if(const char* name) const {
    read_attributes_.insert(name);
    const auto found = node_.attributes.find(name);
    if (found == node_.attributes.end()) return nullptr;
    const T* value = std::get_if<T>(&found->second);
    expect(value != nullptr, name, ": the attribute is of another kind than ONNX says");
    return value;
  }
  std::string next_name(const char* op) const;
  // What a call leaves out would become a variable, which a file's network has not.
  Symbol made(const Symbol& symbol, std::size_t inputs) const;

  const DocumentNode& node_;
  ValueTable& values_;
  int opset_;
  mutable std::vector<const Node*> made_;
  mutable std::set<std::string, std::less<>> read_attributes_;
  mutable std::set<int> read_inputs_;
};

}  // namespace gluino::onnx
