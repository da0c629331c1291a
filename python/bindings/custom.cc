// Operators written in Python: CustomOp and CustomOpProp, and autograd's Function.
#include <gluino/autograd/function.h>
#include <gluino/ops/control/custom.h>
#include <gluino/ops/core/define.h>
#include <nanobind/ndarray.h>

#include <cstring>
#include <map>
#include <memory>
#include <utility>

#include "bindings.h"

namespace gluino::python {
namespace {

// What is not known of a shape is 0 in MXNet's, and () when that is all.
nb::list shape_list(const Shape& shape) {
  nb::list result;
  if (!shape.ndim_known()) return result;
  for (const std::int64_t size : shape) {
    result.append(size < 0 && !is_np_shape() ? std::int64_t{0} : size);
  }
  return result;
}

Shape known_part(nb::handle value) {
  if (value.is_none()) return Shape::unknown();
  Shape shape = shape_from(value);
  if (is_np_shape()) return shape;
  if (shape.empty()) return Shape::unknown();
  for (std::int64_t& size : shape) size = size == 0 ? -1 : size;
  return shape;
}

template <class T, class From>
std::vector<T> vector_of(nb::handle row, From from) {
  std::vector<T> result;
  for (const nb::handle item : nb::iter(row)) result.push_back(from(item));
  return result;
}

std::vector<std::string> texts(nb::handle row) {
  return vector_of<std::string>(row, [](nb::handle h) { return nb::cast<std::string>(h); });
}

nb::list reqs(const std::vector<GradReq>& req) {
  nb::list result;
  for (const GradReq one : req) {
    result.append(one == GradReq::write ? "write" : one == GradReq::add ? "add" : "null");
  }
  return result;
}

nb::list array_list(const std::vector<NDArray>& arrays) {
  nb::list result;
  for (const NDArray& array : arrays) result.append(nb::cast(array));
  return result;
}

class PythonOp : public op::CustomOp {
 public:
  explicit PythonOp(const nb::object& object) : object_(keep(object)) {}

  void forward(bool is_train, const std::vector<GradReq>& req, const std::vector<NDArray>& in_data,
               const std::vector<NDArray>& out_data, const std::vector<NDArray>& aux) override {
    const nb::gil_scoped_acquire gil;
    object_of(object_).attr("forward")(is_train, reqs(req), array_list(in_data),
                                       array_list(out_data), array_list(aux));
  }

  void backward(const std::vector<GradReq>& req, const std::vector<NDArray>& out_grad,
                const std::vector<NDArray>& in_data, const std::vector<NDArray>& out_data,
                const std::vector<NDArray>& in_grad, const std::vector<NDArray>& aux) override {
    const nb::gil_scoped_acquire gil;
    // Programs also write gradients that nobody wants.
    std::vector<NDArray> places = in_grad;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (!places[i].defined()) {
        places[i] = nd::zeros(in_data[i].shape(), in_data[i].dtype(), in_data[i].context());
      }
    }
    object_of(object_).attr("backward")(reqs(req), array_list(out_grad), array_list(in_data),
                                        array_list(out_data), array_list(places), array_list(aux));
  }

 private:
  Kept object_;
};

// The names do not change once there is a prop, and are asked for often.
struct PropNames {
  std::vector<std::string> arguments, outputs, aux;
  bool need_top_grad = true;
};

class PythonProp : public op::CustomOpProp {
 public:
  PythonProp(const nb::object& object, PropNames names)
      : CustomOpProp(names.need_top_grad), object_(keep(object)), names_(std::move(names)) {}

  std::vector<std::string> list_arguments() const override { return names_.arguments; }
  std::vector<std::string> list_outputs() const override { return names_.outputs; }
  std::vector<std::string> list_auxiliary_states() const override { return names_.aux; }

  Shapes infer_shape(const std::vector<Shape>& in) const override {
    const nb::gil_scoped_acquire gil;
    nb::list given;
    for (const Shape& shape : in) given.append(shape_list(shape));
    const nb::object all = object_of(object_).attr("infer_shape")(given);
    return {vector_of<Shape>(all[0], known_part), vector_of<Shape>(all[1], shape_from),
            vector_of<Shape>(all[2], shape_from)};
  }

  Types infer_type(const std::vector<DType>& in) const override {
    const nb::gil_scoped_acquire gil;
    nb::list given;
    for (const DType dtype : in) given.append(dtype_to(dtype));
    const nb::object all = object_of(object_).attr("infer_type")(given);
    return {vector_of<DType>(all[0], dtype_from), vector_of<DType>(all[1], dtype_from),
            vector_of<DType>(all[2], dtype_from)};
  }

  std::unique_ptr<op::CustomOp> create_operator(const Context& context,
                                                const std::vector<Shape>& in_shapes,
                                                const std::vector<DType>& in_types) const override {
    const nb::gil_scoped_acquire gil;
    nb::list shapes;
    nb::list types;
    for (const Shape& shape : in_shapes) shapes.append(shape_list(shape));
    for (const DType dtype : in_types) types.append(dtype_to(dtype));
    const nb::object made =
        object_of(object_).attr("create_operator")(context_to(context), shapes, types);
    return std::make_unique<PythonOp>(made);
  }

 private:
  Kept object_;
  PropNames names_;
};

std::shared_ptr<const op::CustomOpProp> make_prop(nb::handle factory,
                                                  const Attributes& attributes) {
  nb::dict options;
  for (const auto& [key, value] : attributes) options[key.c_str()] = value;
  const nb::object made = factory(options);
  PropNames names{texts(made.attr("list_arguments")()), texts(made.attr("list_outputs")()),
                  texts(made.attr("list_auxiliary_states")()),
                  nb::cast<bool>(made.attr("need_top_grad"))};
  return std::make_shared<const PythonProp>(made, std::move(names));
}

// A name may be registered anew, as notebooks do: the library knows one factory for it, which asks
// here what the name stands for.
void register_custom(const std::string& name, const nb::object& factory) {
  static auto* const factories = new std::map<std::string, Kept>;
  const bool is_new = !factories->contains(name);
  if (is_new) {
    op::register_prop(name, [name](const Attributes& attributes) {
      const nb::gil_scoped_acquire gil;
      const Kept now = factories->at(name);
      return make_prop(object_of(now), attributes);
    });
  }
  (*factories)[name] = keep(factory);
}

Symbol custom_symbol(const std::map<std::string, Symbol>& inputs, const nb::dict& options,
                     const std::string& name, const Attributes& attr) {
  Attributes attributes;
  for (const auto& [key, value] : options) {
    attributes[nb::cast<std::string>(key)] = attribute_text(value.ptr());
  }
  Symbol result = sym::invoke("Custom", inputs, attributes, NodeName(name));
  Attributes hidden;
  for (const auto& [key, value] : attr) hidden[sym::hidden_key(key)] = value;
  if (!hidden.empty()) result.set_attr(hidden);
  return result;
}

/// A NumPy array that is the memory of `array`, which lives as long.
nb::object numpy_view(const NDArray& array) {
  check(array.defined() && array.is_dense() && array.dtype() != bfloat16,
        "expected a dense array of a type that NumPy has");
  const auto type = [&]() -> nb::dlpack::dtype {
    const auto bits = static_cast<std::uint8_t>(8 * size_of(array.dtype()));
    using Code = nb::dlpack::dtype_code;
    const Code code = array.dtype() == boolean     ? Code::Bool
                      : array.dtype() == uint8     ? Code::UInt
                      : is_floating(array.dtype()) ? Code::Float
                                                   : Code::Int;
    return {static_cast<std::uint8_t>(code), bits, 1};
  }();
  auto* const owner = new NDArray(array);
  const nb::capsule capsule(owner, [](void* p) noexcept { delete static_cast<NDArray*>(p); });
  std::vector<std::size_t> shape(array.shape().begin(), array.shape().end());
  return nb::cast(
      nb::ndarray<nb::numpy>(array.data(), shape.size(), shape.data(), capsule, nullptr, type));
}

/// Records that `outputs` were computed from `inputs`, with the gradient that backward(*out_grads)
/// gives, one array per input; returns the recorded outputs.
std::vector<NDArray> apply_function(const nb::object& backward, const std::vector<NDArray>& inputs,
                                    const std::vector<NDArray>& outputs) {
  const auto gradients = [kept = keep(backward)](const std::vector<NDArray>& out_grads) {
    const nb::gil_scoped_acquire gil;
    const nb::object result = object_of(kept)(*nb::tuple(array_list(out_grads)));
    return vector_of<NDArray>(result, [](nb::handle h) { return nb::cast<NDArray>(h); });
  };
  const nb::gil_scoped_release release;
  return autograd::record_function(inputs, outputs, gradients);
}

}  // namespace

void bind_custom(nb::module_& m) {
  m.def("register_custom_op", &register_custom, nb::arg("name"), nb::arg("factory"),
        "Makes Custom(op_type=name) ask `factory` for a prop.");
  m.def(
      "custom_symbol",
      [](const std::map<std::string, Symbol>& inputs, const nb::dict& options,
         const std::string& name, const Attributes& attr) {
        return wrap(custom_symbol(inputs, options, name, attr), current_face());
      },
      nb::arg("inputs"), nb::arg("options"), nb::arg("name"), nb::arg("attr"),
      "Custom on symbols by the names of its inputs.");
  m.def(
      "option_text", [](nb::handle value) { return attribute_text(value.ptr()); },
      "The text that an option of an operator has in files.");
  m.def("numpy_view", &numpy_view, "A NumPy array that shares the memory of an array.");
  m.def("apply_function", &apply_function, nb::arg("backward"), nb::arg("inputs"),
        nb::arg("outputs"), "Records what a Function computed.");
}

}  // namespace gluino::python
