#include <gluino/onnx/translation/import_node.h>

#include <algorithm>

namespace gluino::onnx {

void ImportNode::check_all_is_read() const {
  for (const auto& [name, value] : node_.attributes) {
    expect(read_attributes_.contains(name), "the attribute ", name, " is not read");
  }
  for (int i = 0; i < num_inputs(); ++i) {
    const bool is_there = !node_.inputs[static_cast<std::size_t>(i)].empty();
    expect(!is_there || read_inputs_.contains(i), "input ", i, " is not read");
  }
}

std::string ImportNode::stem() const {
  if (!node_.name.empty()) return node_.name;
  return node_.outputs.empty() ? node_.op_type : node_.outputs[0];
}

std::string ImportNode::where() const {
  return str(values_.source(), ": [", node_.op_type, " ", stem(), "] ");
}

std::string ImportNode::next_name(const char* op) const {
  return str(stem(), "_", op, made_.size());
}

Symbol ImportNode::made(const Symbol& symbol, std::size_t inputs) const {
  const Node& node = *symbol.entries().at(0).node;
  expect(node.inputs.size() == inputs, "expected ", node.inputs.size(), " inputs, got ", inputs);
  made_.push_back(&node);
  return symbol;
}

void ImportNode::name_as_file(const Symbol& symbol) const {
  const auto& node = symbol.entries().at(0).node;
  if (node->is_variable()) return;
  if (std::find(made_.begin(), made_.end(), node.get()) != made_.end()) node->name = stem();
}

Symbol ImportNode::parameter(const NDArray& array) const {
  std::string name = str(stem(), "_constant", made_.size());
  while (values_.has(name)) name += '_';
  if (node_.op_type == "Constant") {
    values_.set_constant(name, array);
  } else {
    values_.set_made_constant(name, array);
  }
  return made(values_.symbol(name), 0);
}

Symbol ImportNode::step_value(const Symbol& like) const {
  const Symbol value = make("_copy", {like});
  values_.hide(value);
  return value;
}

std::string ImportNode::graph_mark(const char* name) const {
  return str(stem(), "_", name, "_", values_.depth());
}

Symbol ImportNode::made_unsized(Unsized value) const {
  value.where = str("[", node_.op_type, " ", stem(), "] ");
  return values_.set_unsized(stem() + "_rows", std::move(value));
}

Symbol ImportNode::in(int i) const {
  expect(has(i), "input ", i, " is missing");
  return values_.symbol(node_.inputs[static_cast<std::size_t>(i)]);
}

Symbols ImportNode::all_inputs() const {
  Symbols symbols;
  for (int i = 0; i < num_inputs(); ++i) symbols.push_back(in(i));
  return symbols;
}

const NDArray* ImportNode::constant_if(int i) const {
  return has(i) ? values_.constant(node_.inputs[static_cast<std::size_t>(i)]) : nullptr;
}

const NDArray& ImportNode::constant(int i) const {
  expect(has(i), "input ", i, " is missing");
  const NDArray* array = constant_if(i);
  expect(array != nullptr, "input ", i, " (", node_.inputs[static_cast<std::size_t>(i)],
         ") must follow from the file alone, not from what the network is given");
  return *array;
}

Ints ImportNode::ints(int i) const {
  const NDArray& array = constant(i);
  expect(array.ndim() <= 1 && !is_floating(array.dtype()), "input ", i,
         ": expected a row of whole numbers, got ", array.dtype(), " of the shape ", array.shape());
  return array.to_vector<std::int64_t>();
}

std::vector<Size> ImportNode::sizes(int i) const {
  const auto* kept = has(i) ? values_.sizes(node_.inputs[static_cast<std::size_t>(i)]) : nullptr;
  if (kept != nullptr) return *kept;
  std::vector<Size> sizes;
  for (const std::int64_t size : ints(i)) sizes.push_back({size, size});
  return sizes;
}

double ImportNode::number(int i) const {
  const NDArray& array = constant(i);
  expect(array.size() == 1, "input ", i, ": expected one number, got the shape ", array.shape());
  return array.asscalar<double>();
}

int ImportNode::ndim(int i) const {
  const Shape found = shape(i);
  expect(found.ndim_known(), "the number of axes of input ", i, " does not follow from the file");
  return found.ndim();
}

std::int64_t ImportNode::integer(const char* name, std::optional<std::int64_t> otherwise) const {
  const auto* value = attribute_if<std::int64_t>(name);
  if (value != nullptr) return *value;
  expect(otherwise.has_value(), name, ": the attribute is missing");
  return *otherwise;
}

double ImportNode::real(const char* name, double otherwise) const {
  const auto* value = attribute_if<float>(name);
  return value == nullptr ? otherwise : static_cast<double>(*value);
}

std::string ImportNode::text(const char* name, const std::string& otherwise) const {
  const auto* value = attribute_if<std::string>(name);
  return value == nullptr ? otherwise : *value;
}

Ints ImportNode::ints(const char* name, const Ints& otherwise) const {
  const auto* value = attribute_if<Ints>(name);
  return value == nullptr ? otherwise : *value;
}

std::vector<std::string> ImportNode::texts(const char* name) const {
  const auto* value = attribute_if<std::vector<std::string>>(name);
  return value == nullptr ? std::vector<std::string>() : *value;
}

std::vector<float> ImportNode::reals(const char* name) const {
  const auto* value = attribute_if<std::vector<float>>(name);
  return value == nullptr ? std::vector<float>() : *value;
}

const NDArray* ImportNode::array(const char* name) const { return attribute_if<NDArray>(name); }

}  // namespace gluino::onnx
