#include <gluino/base/error.h>
#include <gluino/ops/inference.h>
#include <gluino/ops/op.h>

#include <algorithm>

namespace gluino {
namespace {

std::string node_name(const Op& op, std::string_view node) {
  return node.empty() ? str("[", op.name, "] ") : str("[", op.name, " ", node, "] ");
}

}  // namespace

std::string Inference::where(int i) const {
  if (i < 0) return node_name(op_, node_);
  const auto index = static_cast<std::size_t>(i);
  const std::string input = op_.variadic                    ? op_.all_inputs[0] + std::to_string(i)
                            : index < op_.all_inputs.size() ? op_.all_inputs[index]
                                                            : "input " + std::to_string(i);
  return str(node_name(op_, node_), input, ": ");
}

void Inference::set_in(int i, const Shape& shape) {
  Shape& known = in_[static_cast<std::size_t>(i)];
  if (!known.ndim_known()) {
    known = shape;
    return;
  }
  bool same = known.ndim() == shape.ndim();
  for (int axis = 0; same && axis < shape.ndim(); ++axis) {
    if (known[axis] < 0) known[axis] = shape[axis];
    same = known[axis] == shape[axis];
  }
  expect(same, i, "expected shape ", shape, ", got ", known);
}

void Inference::expect_ndim(int i, int ndim, const char* layout) const {
  expect(in(i).ndim() == ndim, i, "expected ", ndim, " dimensions ", layout, ", got ", in(i));
}

void Inference::expect_same_types() const {
  for (int i = 1; i < num_inputs(); ++i) {
    expect(in_type(i) == in_type(0), i, "expected ", in_type(0), " as the first input, got ",
           in_type(i), "; convert with astype");
  }
}

void infer_node(const Op& op, const void* options, std::string_view node, std::span<Shape> in,
                std::span<Shape> out, std::span<DType> in_types, std::span<DType> out_types) {
  Inference inference(op, node, in, out, in_types, out_types);
  const int expected = op.num_inputs(options);
  if (expected >= 0 && expected != inference.num_inputs()) {
    std::string names;
    for (const std::string& name : op.input_names(options)) {
      names += (names.empty() ? "" : ", ") + name;
    }
    fail(inference.where(-1), "expected ", expected, " inputs (", names, "), got ",
         inference.num_inputs());
  }
  inference.expect(!op.variadic || inference.num_inputs() > 0, -1, "expected at least one input");
  const int num_data = op.variadic ? inference.num_inputs() : op.num_data;
  for (int i = 0; i < num_data; ++i) {
    inference.expect(inference.in(i).known(), i, "its shape is not known: ", inference.in(i));
  }
  if (!op.mixed_types) inference.expect_same_types();
  for (DType& type : out_types) type = in_types.empty() ? float32 : in_types[0];
  op.infer(options, inference);
}

}  // namespace gluino
