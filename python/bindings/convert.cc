// Shapes, types, contexts and options between Python and the library.
#include <array>
#include <map>

#include "bindings.h"

namespace gluino::python {
namespace {

nb::handle numpy_dtype() {
  static const nb::handle type = imported("numpy", "dtype");
  return type;
}

nb::handle numpy_generic() {
  static const nb::handle type = imported("numpy", "generic");
  return type;
}

std::string text_of(nb::handle object) { return nb::cast<std::string>(nb::str(object)); }

std::string row_text(PyObject* row) {
  const nb::object items = nb::steal(PySequence_Tuple(row));
  if (!items.is_valid()) throw nb::python_error();
  const Py_ssize_t n = PyTuple_Size(items.ptr());
  std::string text = "(";
  for (Py_ssize_t i = 0; i < n; ++i) {
    if (i > 0) text += ", ";
    text += attribute_text(PyTuple_GetItem(items.ptr(), i));
  }
  if (n == 1) text += ",";
  return text + ")";
}

// Of a name: one that NumPy does not know either is a TypeError, as it is there.
DType dtype_named(nb::handle name) {
  const auto text = nb::cast<std::string>(name);
  if (text == "bfloat16") return bfloat16;
  static std::map<std::string, DType> known;
  const auto found = known.find(text);
  if (found != known.end()) return found->second;
  const DType result = parse_dtype(nb::cast<std::string>(numpy_dtype()(name).attr("name")));
  return known[text] = result;
}

}  // namespace

Kept keep(const nb::object& object) {
  return {object.inc_ref().ptr(), [](PyObject* p) {
            // At the interpreter's end there is nothing left to give it back to.
            if (!Py_IsInitialized()) return;
            const nb::gil_scoped_acquire gil;
            Py_DECREF(p);
          }};
}

nb::handle imported(const char* module, const char* name) {
  return nb::object(nb::module_::import_(module).attr(name)).release();
}

std::string attribute_text(PyObject* value) {
  if (PyUnicode_Check(value)) return nb::cast<std::string>(nb::handle(value));
  if (PyBool_Check(value)) return value == Py_True ? "True" : "False";
  if (value == Py_None) return "None";
  if (PyLong_CheckExact(value) || PyFloat_CheckExact(value)) {
    return nb::cast<std::string>(nb::repr(nb::handle(value)));
  }
  if (PyTuple_Check(value) || PyList_Check(value)) return row_text(value);
  const nb::handle handle(value);
  static const nb::handle numpy_array = imported("numpy", "ndarray");
  if (nb::isinstance(handle, numpy_array)) {
    return attribute_text(nb::object(handle.attr("tolist")()).ptr());
  }
  // NumPy 2 writes its numbers as np.float64(1.0), which no file knows.
  if (nb::isinstance(handle, numpy_generic())) {
    return attribute_text(nb::object(handle.attr("item")()).ptr());
  }
  if (PyType_Check(value) || nb::isinstance(handle, numpy_dtype())) {
    return to_string(dtype_from(handle));
  }
  if (nb::hasattr(handle, "device_typeid")) return context_from(handle).to_string();
  return text_of(handle);
}

std::string dtype_text(PyObject* value) {
  if (PyUnicode_Check(value)) {
    try {
      return to_string(dtype_named(value));
    } catch (const std::exception&) {  // Some operators have names of their own; the others say so.
    }
  }
  if (is_array(value) || nb::isinstance(nb::handle(value), numpy_generic())) {
    return to_string(dtype_from(nb::handle(value)));
  }
  return attribute_text(value);
}

DType dtype_from(nb::handle value) {
  if (PyUnicode_Check(value.ptr())) return dtype_named(value);
  if (PyLong_Check(value.ptr())) {
    return dtype_from_code(nb::cast<std::int32_t>(value));
  }
  // What MXNet's users write most is found without NumPy.
  static std::map<PyObject*, DType> known;
  const auto found = known.find(value.ptr());
  if (found != known.end()) return found->second;
  if (value.is_none()) return float32;
  if (is_array(value.ptr())) return array_in(value.ptr()).dtype();
  const nb::object dtype = numpy_dtype()(value);
  const DType result = parse_dtype(nb::cast<std::string>(dtype.attr("name")));
  if (PyType_Check(value.ptr())) {
    value.inc_ref();  // so that no other class ever stands at its place
    known.emplace(value.ptr(), result);
  }
  return result;
}

nb::object dtype_to(DType dtype) {
  static std::map<DType, nb::handle> types;
  nb::handle& type = types[dtype];
  if (!type.is_valid()) {
    type = dtype == bfloat16 ? nb::object(nb::str("bfloat16")).release()
                             : nb::object(numpy_dtype()(to_string(dtype)).attr("type")).release();
  }
  return nb::borrow(type);
}

nb::object context_to(const Context& context) {
  static std::map<std::pair<Device, std::int32_t>, nb::handle> made;
  nb::handle& object = made[{context.device, context.id}];
  if (!object.is_valid()) {
    static const nb::handle type = imported("gluino.context", "Context");
    object = nb::object(type(context.device == Device::gpu ? "gpu" : "cpu", context.id)).release();
  }
  return nb::borrow(object);
}

Context context_from(nb::handle value) {
  if (value.is_none()) return current_context();
  if (!nb::hasattr(value, "device_typeid")) {
    fail("expected a Context such as mx.cpu(0), got ", nb::cast<std::string>(nb::repr(value)));
  }
  const int type = nb::cast<int>(value.attr("device_typeid"));
  const int id = nb::cast<int>(value.attr("device_id"));
  // Pinned and shared memory are the processor's.
  return {type == 2 ? Device::gpu : Device::cpu, id};
}

std::int64_t int64_from(nb::handle number) {
  const long long value = PyLong_AsLongLong(number.ptr());
  if (value == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
  return value;
}

Shape shape_from(nb::handle value) {
  PyObject* const object = value.ptr();
  const auto number = [](PyObject* item) {
    const nb::object index = nb::steal(PyNumber_Index(item));
    if (!index.is_valid()) throw nb::python_error();
    return int64_from(index);
  };
  if (PyIndex_Check(object)) return Shape(number(object));
  if (!PyTuple_Check(object) && !PyList_Check(object)) {
    const nb::object row = nb::steal(PySequence_Tuple(object));
    if (!row.is_valid()) throw nb::python_error();
    return shape_from(row);
  }
  const Py_ssize_t n = PySequence_Size(object);
  check(n <= Shape::kMaxDims, "ValueError: expected at most ", Shape::kMaxDims, " axes, got ", n);
  Shape shape;
  for (Py_ssize_t i = 0; i < n; ++i) {
    const nb::object item = nb::steal(PySequence_GetItem(object, i));
    shape.push_back(number(item.ptr()));
  }
  return shape;
}

nb::tuple shape_to(const Shape& shape) {
  if (!shape.ndim_known()) return nb::make_tuple();
  PyObject* const tuple = PyTuple_New(shape.ndim());
  if (tuple == nullptr) throw nb::python_error();
  for (int i = 0; i < shape.ndim(); ++i) PyTuple_SetItem(tuple, i, PyLong_FromLongLong(shape[i]));
  return nb::steal<nb::tuple>(tuple);
}

}  // namespace gluino::python
