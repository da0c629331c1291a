#include <gluino/onnx/format/document.h>
#include <gluino/onnx/format/gluino_onnx.pb.h>

#include <limits>

namespace gluino::onnx {
namespace {

// The revision of the file format that came with a set of operators.
int ir_version(int opset) {
  if (opset >= 21) return 10;
  if (opset >= 19) return 9;
  return opset >= 15 ? 8 : 7;
}

void write_tensor(const NDArray& array, wire::Tensor& tensor) {
  for (const std::int64_t size : array.shape()) tensor.add_dims(size);
  tensor.set_data_type(type_code(array.dtype()));
  const NDArray here = array.as_in_context(cpu());
  tensor.set_raw_data(here.bytes() == 0 ? std::string()
                                        : std::string(static_cast<const char*>(here.data()),
                                                      static_cast<std::size_t>(here.bytes())));
}

constexpr std::size_t kMostBytes = std::numeric_limits<std::int32_t>::max();
constexpr const char* kTooLarge = "an ONNX file holds at most 2 GiB, the network has ";

void write_graph(const DocumentGraph& from, wire::Graph& to, int depth);

// Numbers of AttributeProto.AttributeType.
struct AttributeWriter {
  wire::Attribute& to;
  /// How many graphs the attribute's node stands inside of.
  int depth;
  void operator()(std::int64_t value) const {
    to.set_type(2);
    to.set_i(value);
  }
  void operator()(float value) const {
    to.set_type(1);
    to.set_f(value);
  }
  void operator()(const std::string& value) const {
    to.set_type(3);
    to.set_s(value);
  }
  void operator()(const Ints& values) const {
    to.set_type(7);
    for (const std::int64_t value : values) to.add_ints(value);
  }
  void operator()(const std::vector<float>& values) const {
    to.set_type(6);
    for (const float value : values) to.add_floats(value);
  }
  void operator()(const std::vector<std::string>& values) const {
    to.set_type(8);
    for (const std::string& value : values) to.add_strings(value);
  }
  void operator()(const NDArray& value) const {
    to.set_type(4);
    write_tensor(value, *to.mutable_t());
  }
  void operator()(const InnerGraph& value) const {
    check(depth < kMostDepth, "onnx: graphs inside of nodes are written to a depth of ",
          kMostDepth);
    to.set_type(5);
    wire::Graph graph;
    write_graph(*value.graph, graph, depth + 1);
    check(graph.ByteSizeLong() <= kMostBytes, kTooLarge, graph.ByteSizeLong(), " bytes");
    graph.SerializeToString(to.mutable_g());
  }
};

void write_node(const DocumentNode& node, wire::Node& to, int depth) {
  for (const std::string& input : node.inputs) to.add_input(input);
  for (const std::string& output : node.outputs) to.add_output(output);
  to.set_name(node.name);
  to.set_op_type(node.op_type);
  if (!node.domain.empty()) to.set_domain(node.domain);
  for (const auto& [name, attribute] : node.attributes) {
    wire::Attribute& written = *to.add_attribute();
    written.set_name(name);
    std::visit(AttributeWriter{written, depth}, attribute);
  }
}

void write_value(const DocumentValue& value, wire::ValueInfo& to) {
  to.set_name(value.name);
  if (!value.has_type) return;
  wire::TensorType& type = *to.mutable_type()->mutable_tensor_type();
  type.set_elem_type(type_code(value.dtype));
  if (!value.has_shape) return;
  wire::TensorShape& shape = *type.mutable_shape();
  for (const Dimension& dimension : value.dimensions) {
    wire::Dimension& written = *shape.add_dim();
    if (dimension.size >= 0) {
      written.set_dim_value(dimension.size);
    } else if (!dimension.name.empty()) {
      written.set_dim_param(dimension.name);
    }
  }
}

void write_graph(const DocumentGraph& from, wire::Graph& to, int depth) {
  to.set_name(from.graph_name);
  for (const DocumentNode& node : from.nodes) write_node(node, *to.add_node(), depth);
  for (const auto& [name, array] : from.initializers) {
    wire::Tensor& tensor = *to.add_initializer();
    tensor.set_name(name);
    write_tensor(array, tensor);
  }
  for (const DocumentValue& value : from.inputs) write_value(value, *to.add_input());
  for (const DocumentValue& value : from.outputs) write_value(value, *to.add_output());
}

}  // namespace

std::string document_bytes(const Document& document) {
  wire::Model model;
  model.set_ir_version(ir_version(document.opset));
  model.set_producer_name("Gluino");
  wire::OperatorSet& operators = *model.add_opset_import();
  operators.set_domain("");
  operators.set_version(document.opset);
  for (const auto& [key, value] : document.metadata) {
    wire::Pair& pair = *model.add_metadata_props();
    pair.set_key(key);
    pair.set_value(value);
  }
  write_graph(document, *model.mutable_graph(), 0);
  const std::size_t bytes = model.ByteSizeLong();
  check(bytes <= kMostBytes, kTooLarge, bytes, " bytes");
  std::string text;
  model.SerializeToString(&text);
  return text;
}

}  // namespace gluino::onnx
