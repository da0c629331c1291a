#include <gluino/onnx/format/document.h>
#include <gluino/onnx/format/gluino_onnx.pb.h>
#include <gluino/onnx/format/tensor.h>

#include <algorithm>

namespace gluino::onnx {
namespace {

struct Reader {
  const std::string& source;
  const std::string& folder;

  Attribute attribute(const wire::Attribute& from, const std::string& where) const {
    switch (from.type()) {
      case 1:
        return from.f();
      case 2:
        return from.i();
      case 3:
        return from.s();
      case 4:
        return array_of_tensor(from.t(), where, folder);
      case 5:
      case 10:
        return InnerGraph();
      case 6:
        return std::vector<float>(from.floats().begin(), from.floats().end());
      case 7:
        return Ints(from.ints().begin(), from.ints().end());
      case 8:
        return std::vector<std::string>(from.strings().begin(), from.strings().end());
      default:
        fail(where, ": attributes of ONNX' kind ", from.type(), " are not read");
    }
  }

  DocumentNode node(const wire::Node& from) const {
    DocumentNode node{.op_type = from.op_type(), .name = from.name(), .domain = from.domain()};
    node.inputs.assign(from.input().begin(), from.input().end());
    node.outputs.assign(from.output().begin(), from.output().end());
    const std::string where =
        source + ": [" + node.op_type + " " +
        (node.name.empty() && !node.outputs.empty() ? node.outputs[0] : node.name) + "] ";
    for (const wire::Attribute& given : from.attribute()) {
      node.attributes.emplace(given.name(), attribute(given, where + given.name()));
    }
    return node;
  }

  DocumentValue value(const wire::ValueInfo& from) const {
    const std::string where = source + ": " + from.name();
    check(from.type().has_tensor_type(), where, ": expected a tensor");
    const wire::TensorType& type = from.type().tensor_type();
    DocumentValue value{.name = from.name(),
                        .dtype = type_of_code(type.elem_type(), where),
                        .has_shape = type.has_shape()};
    check(type.shape().dim_size() <= Shape::kMaxDims, where, ": expected at most ", Shape::kMaxDims,
          " axes, got ", type.shape().dim_size());
    for (const wire::Dimension& dimension : type.shape().dim()) {
      const bool known = dimension.has_dim_value() && dimension.dim_value() >= 0;
      value.dimensions.push_back(
          {.size = known ? dimension.dim_value() : -1, .name = dimension.dim_param()});
    }
    return value;
  }
};

int opset_of(const wire::Model& model, const std::string& source) {
  for (const wire::OperatorSet& set : model.opset_import()) {
    if (!set.domain().empty() && set.domain() != "ai.onnx") continue;
    check(set.version() >= 1 && set.version() <= 1000, source, ": the operator set is ",
          set.version());
    return static_cast<int>(set.version());
  }
  fail(source, ": does not say which set of ONNX' operators it uses");
}

}  // namespace

Document read_document(const std::string& bytes, const std::string& source,
                       const std::string& folder) {
  wire::Model model;
  check(bytes.size() < (std::size_t{1} << 31) && model.ParseFromString(bytes) && model.has_graph(),
        source, ": this is no ONNX model");
  Document document;
  document.opset = opset_of(model, source);
  check(document.opset >= kFirstOpset && document.opset <= kLastReadOpset, source,
        ": uses ONNX' operator set ", document.opset, ", expected ", kFirstOpset, " to ",
        kLastReadOpset);
  const wire::Graph& graph = model.graph();
  check(graph.sparse_initializer_size() == 0, source, ": sparse initializers are not read");
  document.graph_name = graph.name();
  const Reader reader{source, folder};
  for (const wire::Tensor& tensor : graph.initializer()) {
    const std::string where = source + ": initializer " + tensor.name();
    const auto [place, is_new] =
        document.initializers.emplace(tensor.name(), array_of_tensor(tensor, where, folder));
    check(is_new, where, ": stands there twice");
  }
  for (const wire::Node& node : graph.node()) document.nodes.push_back(reader.node(node));
  for (const wire::ValueInfo& value : graph.input()) document.inputs.push_back(reader.value(value));
  for (const wire::ValueInfo& value : graph.output()) {
    document.outputs.push_back(reader.value(value));
  }
  for (const wire::Pair& pair : model.metadata_props()) {
    document.metadata[pair.key()] = pair.value();
  }
  return document;
}

}  // namespace gluino::onnx
