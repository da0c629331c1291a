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

// Numbers of AttributeProto.AttributeType.
struct AttributeWriter {
  wire::Attribute& to;
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
  void operator()(const InnerGraph& /*graph*/) const {
    fail("an attribute that is a graph is not written");
  }
};

void write_node(const DocumentNode& node, wire::Node& to) {
  for (const std::string& input : node.inputs) to.add_input(input);
  for (const std::string& output : node.outputs) to.add_output(output);
  to.set_name(node.name);
  to.set_op_type(node.op_type);
  if (!node.domain.empty()) to.set_domain(node.domain);
  for (const auto& [name, attribute] : node.attributes) {
    wire::Attribute& written = *to.add_attribute();
    written.set_name(name);
    std::visit(AttributeWriter{written}, attribute);
  }
}

void write_value(const DocumentValue& value, wire::ValueInfo& to) {
  to.set_name(value.name);
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
  wire::Graph& graph = *model.mutable_graph();
  graph.set_name(document.graph_name);
  for (const DocumentNode& node : document.nodes) write_node(node, *graph.add_node());
  for (const auto& [name, array] : document.initializers) {
    wire::Tensor& tensor = *graph.add_initializer();
    tensor.set_name(name);
    write_tensor(array, tensor);
  }
  for (const DocumentValue& value : document.inputs) write_value(value, *graph.add_input());
  for (const DocumentValue& value : document.outputs) write_value(value, *graph.add_output());
  const std::size_t bytes = model.ByteSizeLong();
  check(bytes <= std::numeric_limits<std::int32_t>::max(),
        "an ONNX file holds at most 2 GiB, the network has ", bytes, " bytes");
  std::string text;
  model.SerializeToString(&text);
  return text;
}

}  // namespace gluino::onnx
