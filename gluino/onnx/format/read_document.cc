#include <gluino/onnx/format/document.h>
#include <gluino/onnx/format/gluino_onnx.pb.h>
#include <gluino/onnx/format/tensor.h>

#include <algorithm>

namespace gluino::onnx {
namespace {

class Reader {
 public:
  Reader(const std::string& source, const std::string& folder) : source_(source), folder_(folder) {}

  // `where` is the attribute that the graph is; of the file's own graph the file.
  void graph(const wire::Graph& from, const std::string& where, DocumentGraph& to) {
    check(from.sparse_initializer_size() == 0, where, ": sparse initializers are not read");
    to.graph_name = from.name();
    for (const wire::Tensor& tensor : from.initializer()) {
      const std::string which = where + ": initializer " + tensor.name();
      const auto [place, is_new] =
          to.initializers.emplace(tensor.name(), array_of_tensor(tensor, which, folder_));
      check(is_new, which, ": stands there twice");
    }
    for (const wire::Node& node : from.node()) to.nodes.push_back(this->node(node));
    for (const wire::ValueInfo& value : from.input()) to.inputs.push_back(this->value(value));
    for (const wire::ValueInfo& value : from.output()) to.outputs.push_back(this->value(value));
  }

 private:
  // They are bytes to the parser: so we alone recurse, and count.
  InnerGraph inner_graph(const std::string& bytes, const std::string& where) {
    if (depth_ == 0) outermost_ = where;
    check(depth_ < kMostDepth, outermost_, ": graphs inside of nodes are read to a depth of ",
          kMostDepth);
    wire::Graph from;
    check(from.ParseFromString(bytes), where, ": this is no graph");
    const auto graph = std::make_shared<DocumentGraph>();
    ++depth_;
    this->graph(from, where, *graph);
    --depth_;
    return {graph};
  }

  Attribute attribute(const wire::Attribute& from, const std::string& where) {
    switch (from.type()) {
      case 1:
        return from.f();
      case 2:
        return from.i();
      case 3:
        return from.s();
      case 4:
        return array_of_tensor(from.t(), where, folder_);
      case 5:
        return inner_graph(from.g(), where);
      case 6:
        return std::vector<float>(from.floats().begin(), from.floats().end());
      case 7:
        return Ints(from.ints().begin(), from.ints().end());
      case 8:
        return std::vector<std::string>(from.strings().begin(), from.strings().end());
      default:
        // Files of old do not say of which kind one is.
        if (from.type() == 0 && from.has_g()) return inner_graph(from.g(), where);
        fail(where, ": attributes of ONNX' kind ", from.type(), " are not read");
    }
  }

  DocumentNode node(const wire::Node& from) {
    DocumentNode node{.op_type = from.op_type(), .name = from.name(), .domain = from.domain()};
    node.inputs.assign(from.input().begin(), from.input().end());
    node.outputs.assign(from.output().begin(), from.output().end());
    const std::string where =
        source_ + ": [" + node.op_type + " " +
        (node.name.empty() && !node.outputs.empty() ? node.outputs[0] : node.name) + "] ";
    for (const wire::Attribute& given : from.attribute()) {
      node.attributes.emplace(given.name(), attribute(given, where + given.name()));
    }
    return node;
  }

  DocumentValue value(const wire::ValueInfo& from) const {
    const std::string where = source_ + ": " + from.name();
    if (depth_ > 0 && !from.has_type()) {
      return {.name = from.name(), .has_shape = false, .has_type = false};
    }
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

  const std::string& source_;
  const std::string& folder_;
  int depth_ = 0;
  /// The attribute in the file's own graph that is being read.
  std::string outermost_;
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
  Reader(source, folder).graph(model.graph(), source, document);
  for (const wire::Pair& pair : model.metadata_props()) {
    document.metadata[pair.key()] = pair.value();
  }
  return document;
}

}  // namespace gluino::onnx
