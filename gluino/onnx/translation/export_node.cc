#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/export_node.h>
#include <gluino/ops/core/invoke.h>
#include <gluino/ops/core/op.h>

#include <algorithm>

namespace gluino::onnx {

std::string DocumentBuilder::unused_name(const std::string& stem) {
  if (around_ != nullptr) return around_->unused_name(stem);
  std::string name = stem;
  for (int number = 1; !used_.insert(name).second; ++number) name = str(stem, "_", number);
  return name;
}

void DocumentBuilder::add(DocumentNode node) { graph_.nodes.push_back(std::move(node)); }

std::string DocumentBuilder::constant(const NDArray& array, const std::string& stem) {
  if (around_ != nullptr) return around_->constant(array, stem);
  constexpr std::size_t kSmall = 256;
  std::string key;
  if (array.bytes() <= kSmall) {
    key = str(array.dtype(), array.shape(), " ");
    if (array.bytes() > 0) key.append(static_cast<const char*>(array.data()), array.bytes());
    const auto found = small_constants_.find(key);
    if (found != small_constants_.end()) return found->second;
  }
  std::string name = unused_name(stem);
  graph_.initializers.emplace(name, array);
  if (!key.empty()) small_constants_.emplace(std::move(key), name);
  return name;
}

std::string DocumentBuilder::rename(const std::string& value, const std::string& stem) {
  const auto gives = [&](const DocumentNode& node) {
    return std::find(node.outputs.begin(), node.outputs.end(), value) != node.outputs.end();
  };
  // It stands near the end: a translator has just added it.
  const auto maker = std::find_if(graph_.nodes.rbegin(), graph_.nodes.rend(), gives);
  if (maker == graph_.nodes.rend()) return value;
  const std::string name = unused_name(stem);
  std::replace(maker->outputs.begin(), maker->outputs.end(), value, name);
  if (maker->name == value) maker->name = name;
  for (auto node = graph_.nodes.rbegin(); node != maker; ++node) {
    std::replace(node->inputs.begin(), node->inputs.end(), value, name);
  }
  return name;
}

const ExportNode::Value& ExportNode::value(int i) const {
  check(i >= 0 && i < num_inputs(), where(), "has no input ", i);
  return in_[static_cast<std::size_t>(i)];
}

std::vector<ExportNode::Value> ExportNode::values(const std::vector<int>& inputs) const {
  std::vector<Value> values;
  values.reserve(inputs.size());
  for (const int input : inputs) values.push_back(value(input));
  return values;
}

std::string ExportNode::where() const { return str("[", node_.op->name, " ", node_.name, "] "); }

Names ExportNode::all_inputs() const {
  Names names;
  for (const Value& value : in_) names.push_back(value.name);
  return names;
}

std::int64_t ExportNode::size(int i, int axis) const {
  const std::int64_t size = shape(i)[axis];
  expect(size >= 0, "the size of axis ", axis, " of input ", i,
         " must be known when the file is written");
  return size;
}

bool ExportNode::known_from(int i, int first) const {
  for (int axis = first; axis < ndim(i); ++axis) {
    if (shape(i)[axis] < 0) return false;
  }
  return true;
}

Names ExportNode::add_many(const std::string& op_type, Names inputs, Attributes attributes,
                           int outputs) {
  DocumentNode node{
      .op_type = op_type, .inputs = std::move(inputs), .attributes = std::move(attributes)};
  for (int i = 0; i < outputs; ++i) {
    node.outputs.push_back(builder_.unused_name(node_.name + "_" + op_type));
    made_.insert(node.outputs.back());
  }
  node.name = node.outputs[0];
  Names names = node.outputs;
  builder_.add(std::move(node));
  return names;
}

std::string ExportNode::add(const std::string& op_type, Names inputs, Attributes attributes) {
  return add_many(op_type, std::move(inputs), std::move(attributes), 1)[0];
}

std::string ExportNode::ints(const Ints& values) {
  return tensor(nd::from(values, {static_cast<std::int64_t>(values.size())}, cpu()));
}

std::string ExportNode::number(double value, DType dtype) {
  return tensor(nd::full({}, value, dtype, cpu()));
}

std::string ExportNode::tensor(const NDArray& array) {
  return builder_.constant(array, node_.name + "_constant");
}

std::string ExportNode::cast(const std::string& x, DType to) {
  return add("Cast", {x}, {{"to", std::int64_t{type_code(to)}}});
}

std::string ExportNode::reshape(const std::string& x, const Ints& codes) {
  return add("Reshape", {x, ints(codes)});
}

std::string ExportNode::transpose(const std::string& x, const Ints& axes) {
  return add("Transpose", {x}, {{"perm", axes}});
}

std::string ExportNode::reshape_to(const std::string& x, const Shape& shape) {
  Ints sizes;
  Attributes attributes;
  int unknown = 0;
  for (const std::int64_t size : shape) {
    sizes.push_back(size < 0 ? -1 : size);
    unknown += size < 0;
    if (size == 0) {
      expect(opset() >= 14, "arrays without elements need operator set 14");
      attributes["allowzero"] = std::int64_t{1};
    }
  }
  expect(shape.ndim_known() && unknown < 2 && (unknown == 0 || attributes.empty()), "the shape ",
         shape, " must be known when the file is written, but for one size");
  return add("Reshape", {x, ints(sizes)}, std::move(attributes));
}

void ExportNode::give_under_shape(const std::string& value, int ndim, int output) {
  const int wanted = out_shape(output).ndim();
  give(ndim == 0 && wanted == 1 ? unsqueeze(value, {0}) : value, output);
}

std::vector<NDArray> ExportNode::evaluated(std::span<const NDArray> in) const {
  std::vector<NDArray> found = apply_all(*node_.op, node_.options.get(), in);
  for (NDArray& array : found) array = array.as_in_context(cpu());
  return found;
}

const std::string& ExportNode::op_name() const { return node_.op->name; }

std::string ExportNode::option_text(const char* name) const {
  for (const Field& field : node_.op->fields) {
    if (field.name == name) return field.write(node_.options.get());
  }
  fail(where(), "has no option ", name);
}

std::string ExportNode::squeeze(const std::string& x, const Ints& axes) {
  return axes.empty() ? x : add("Squeeze", {x, ints(axes)});
}

std::string ExportNode::unsqueeze(const std::string& x, const Ints& axes) {
  return axes.empty() ? x : add("Unsqueeze", {x, ints(axes)});
}

std::string ExportNode::slice(const std::string& x, const Ints& begin, const Ints& end,
                              const Ints& axes, const Ints& steps) {
  Names inputs{x, ints(begin), ints(end), ints(axes)};
  if (!steps.empty()) inputs.push_back(ints(steps));
  return add("Slice", std::move(inputs));
}

std::string ExportNode::reduce(const std::string& op_type, const std::string& x, const Ints& axes,
                               bool keepdims) {
  Attributes attributes{{"keepdims", std::int64_t{keepdims}}};
  Names inputs{x};
  // Axes have become an input: of the sum in operator set 13, of the others in 18.
  if (!axes.empty()) {
    if (op_type == "ReduceSum" || opset() >= 18) {
      inputs.push_back(ints(axes));
    } else {
      attributes.emplace("axes", axes);
    }
  }
  return add(op_type, std::move(inputs), std::move(attributes));
}

}  // namespace gluino::onnx
