#include <gluino/base/error.h>
#include <gluino/ndarray/pooled.h>
#include <gluino/ops/core/data_inputs.h>
#include <gluino/ops/core/inference.h>
#include <gluino/ops/core/op.h>
#include <gluino/ops/core/types.h>

#include <algorithm>
#include <typeinfo>

namespace gluino {
namespace {

std::string node_name(const Op& op, std::string_view node) {
  return node.empty() ? str("[", op.name, "] ") : str("[", op.name, " ", node, "] ");
}

}  // namespace

std::string Inference::input_name(int i) const {
  const auto index = static_cast<std::size_t>(i);
  if (op_.variadic) return op_.all_inputs[0] + std::to_string(i);
  return index < op_.all_inputs.size() ? op_.all_inputs[index] : "input " + std::to_string(i);
}

std::string Inference::where(int i) const {
  if (i < 0) return node_name(op_, node_);
  return str(node_name(op_, node_), input_name(i), ": ");
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

int Inference::axis(int i, std::int64_t axis, int ndim, std::string_view option) const {
  if (axis < -ndim || axis >= ndim) normalize_axis(axis, ndim, str(where(i), option));
  return static_cast<int>(axis < 0 ? axis + ndim : axis);
}

void Inference::expect_ndim(int i, int ndim, const char* layout) const {
  expect(in(i).ndim() == ndim, i, "expected ", ndim, " dimensions ", layout, ", got ", in(i));
}

void Inference::expect_same_types() const {
  for (int i = 1; i < num_inputs(); ++i) {
    if (in_type(i) == in_type(0)) continue;
    // Who gives whole numbers to floats, or data to a layer, has not converted the data.
    const bool parameter = !op_.variadic && i >= op_.num_data;
    const bool whole_data = !is_floating(in_type(0));
    expect(!is_floating(in_type(i)) || (!parameter && !whole_data), 0, "expected ", in_type(i),
           " as ", input_name(i), ", got ", in_type(0), "; convert with astype",
           in_type(0) == uint8 ? ", or images with ToTensor" : "");
    fail(where(i), "expected ", in_type(0), " as the first input, got ", in_type(i),
         "; convert with astype");
  }
}

namespace {

// The types of the outputs, when those of the inputs are known.
void infer_types_of(const Op& op, const void* options, std::span<DType> in, std::span<DType> out) {
  // What has no inputs may take the type of an array that it is given to fill.
  if (!in.empty()) std::ranges::fill(out, in[0]);
  if (!op.infer_types) return;
  PooledVector<std::optional<DType>> known(in.begin(), in.end());
  PooledVector<std::optional<DType>> found(out.begin(), out.end());
  op.infer_types(options, known, found);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = found[i].value_or(out[i]);
}

// Refuses elements that the operator does not compute in: the first input's, whose type all others
// must have, or, where types may differ, those of all that are not only looked up. An operator
// without inputs is told the type that it gives.
void check_types(const Op& op, const void* options, const Inference& inference,
                 std::span<const DType> in, std::span<const DType> out) {
  const Types types = types_of(op, options);
  if (types == Types::any) return;
  const auto check = [&](DType dtype) {
    if (takes(types, dtype)) return;
    inference.expect(false, -1, "computes in ", to_string(types), ", got ", dtype,
                     "; convert with astype", dtype == uint8 ? ", or images with ToTensor" : "");
  };
  if (in.empty()) {
    for (const DType dtype : out) check(dtype);
  } else if (!op.mixed_types) {
    check(in[0]);
  } else {
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (!op.looks_up(options, static_cast<int>(i))) check(in[i]);
    }
  }
}

}  // namespace

void infer_node(const Op& op, const void* options, std::string_view node, std::span<Shape> in,
                std::span<Shape> out, std::span<DType> in_types, std::span<DType> out_types,
                bool types_matter) {
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
  const int num_data =
      std::min(num_data_of(op, options, inference.num_inputs()), inference.num_inputs());
  for (int i = 0; i < num_data; ++i) {
    inference.expect(inference.in(i).known(), i, "its shape is not known: ", inference.in(i));
  }
  if (types_matter && !op.mixed_types) inference.expect_same_types();
  infer_types_of(op, options, in_types, out_types);
  if (types_matter) check_types(op, options, inference, in_types, out_types);
  with_name(op, node, [&] { op.infer(options, inference); });
}

void throw_named(const Op& op, std::string_view node) {
  try {
    throw;
  } catch (const Error& error) {
    const bool of_others = op.is_state_by || op.subgraphs || op.runs_user_code;
    if (of_others || typeid(error) != typeid(Error) || *error.what() == '[') throw;
    fail(node_name(op, node), error.what());
  }
}

}  // namespace gluino
