// The operators of the registry as Python's functions: mx.nd.FullyConnected, mx.sym.relu.
#include <gluino/ops/core/face_names.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>

#include "operator_call.h"

#if PY_VERSION_HEX < 0x030C0000
// The names that these have from Python 3.12 on.
#include <structmember.h>
#define Py_T_PYSSIZET T_PYSSIZET
#define Py_READONLY READONLY
#endif

namespace gluino::python {
namespace {

struct OperatorObject {
  PyObject ob_base;
  vectorcallfunc vectorcall;
  OperatorData* data;
};

PyTypeObject* operator_type = nullptr;

OperatorData& data_of(PyObject* self) { return *reinterpret_cast<OperatorObject*>(self)->data; }

PyObject* operator_call(PyObject* self, PyObject* const* args, size_t flagged, PyObject* keywords) {
  return guarded([&] {
    const auto n = static_cast<std::size_t>(PyVectorcall_NARGS(flagged));
    return call_function(data_of(self), args, n, keywords);
  });
}

// As a class's attribute it is a method, like a function.
PyObject* operator_bind(PyObject* self, PyObject* instance, PyObject* /*type*/) {
  if (instance == nullptr || instance == Py_None) return Py_NewRef(self);
  static const nb::handle method = imported("types", "MethodType");
  return PyObject_CallFunctionObjArgs(method.ptr(), self, instance, nullptr);
}

PyObject* operator_repr(PyObject* self) {
  return PyUnicode_FromFormat("<function %s>", data_of(self).name.c_str());
}

void forget(const OperatorData& data) {
  for (const RememberedOptions& entry : data.remembered) {
    for (PyObject* object : entry.names) Py_DECREF(object);
    for (PyObject* object : entry.values) Py_DECREF(object);
  }
  if (data.in_np_shape) forget(*data.in_np_shape);
}

void operator_dealloc(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  OperatorData* const data = reinterpret_cast<OperatorObject*>(self)->data;
  forget(*data);
  Py_XDECREF(data->dict);
  delete data;
  const auto release = reinterpret_cast<freefunc>(PyType_GetSlot(type, Py_tp_free));
  release(self);
  Py_DECREF(type);
}

// What inspect and help ask for is made by the package when it is first asked.
bool is_description(const std::string& name) {
  static const std::array<const char*, 5> names = {"__doc__", "__signature__", "__name__",
                                                   "__qualname__", "__module__"};
  return std::ranges::find(names, name) != names.end();
}

PyObject* operator_getattr(PyObject* self, PyObject* name) {
  return guarded([&]() -> PyObject* {
    const OperatorData& data = data_of(self);
    PyObject* const found = PyDict_GetItemWithError(data.dict, name);
    if (found != nullptr) return Py_NewRef(found);
    if (PyErr_Occurred() != nullptr) return nullptr;
    if (!is_description(nb::cast<std::string>(nb::handle(name)))) {
      return PyObject_GenericGetAttr(self, name);
    }
    static const nb::handle describe = imported("gluino._operators", "describe");
    const nb::object value =
        describe(data.op->name, data.name, static_cast<int>(data.kind), nb::handle(name));
    if (PyDict_SetItem(data.dict, name, value.ptr()) < 0) return nullptr;
    return Py_NewRef(value.ptr());
  });
}

PyObject* operator_doc(PyObject* self, void* /*closure*/) {
  const nb::str name("__doc__");
  return operator_getattr(self, name.ptr());
}

PyObject* operator_reduce(PyObject* self, PyObject* /*none*/) {
  return guarded([&] {
    static const nb::handle make = imported("gluino._operators", "make_operator");
    const OperatorData& data = data_of(self);
    return nb::make_tuple(make,
                          nb::make_tuple(data.op->name, static_cast<int>(data.kind), data.name))
        .release()
        .ptr();
  });
}

int operator_setattr(PyObject* self, PyObject* name, PyObject* value) {
  PyObject* const dict = data_of(self).dict;
  return value == nullptr ? PyDict_DelItem(dict, name) : PyDict_SetItem(dict, name, value);
}

void make_operator_type() {
  static PyMemberDef members[] = {{"__vectorcalloffset__", Py_T_PYSSIZET,
                                   offsetof(OperatorObject, vectorcall), Py_READONLY, nullptr},
                                  {nullptr, 0, 0, 0, nullptr}};
  static PyMethodDef methods[] = {{"__reduce__", operator_reduce, METH_NOARGS, nullptr},
                                  {nullptr, nullptr, 0, nullptr}};
  // help() asks past our getattr.
  static PyGetSetDef getset[] = {{"__doc__", operator_doc, nullptr, nullptr, nullptr},
                                 {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyType_Slot slots[] = {{Py_tp_members, members},
                                {Py_tp_methods, methods},
                                {Py_tp_getset, getset},
                                {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                                {Py_tp_descr_get, reinterpret_cast<void*>(operator_bind)},
                                {Py_tp_repr, reinterpret_cast<void*>(operator_repr)},
                                {Py_tp_dealloc, reinterpret_cast<void*>(operator_dealloc)},
                                {Py_tp_getattro, reinterpret_cast<void*>(operator_getattr)},
                                {Py_tp_setattro, reinterpret_cast<void*>(operator_setattr)},
                                {0, nullptr}};
  PyType_Spec spec{"gluino._core.Operator", sizeof(OperatorObject), 0,
                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
                   slots};
  PyObject* const type = PyType_FromSpec(&spec);
  if (type == nullptr) throw nb::python_error();
  operator_type = reinterpret_cast<PyTypeObject*>(type);
}

std::unique_ptr<OperatorData> data_for(const Op& op, Kind kind, const std::string& name) {
  auto data = std::make_unique<OperatorData>();
  data->op = &op;
  data->kind = kind;
  data->name = name;
  if (!op.variadic) {
    for (std::size_t i = 0; i < op.all_inputs.size(); ++i) {
      data->inputs[op.all_inputs[i]] = static_cast<int>(i);
    }
    for (const auto& [input, alias] : op.input_aliases) data->inputs[alias] = input;
  }
  return data;
}

nb::object make_operator(const std::string& op_name, int kind, const std::string& name) {
  const Op& op = Op::get(op_name);
  auto data = data_for(op, static_cast<Kind>(kind), name);
  const Op& in_np_shape = Op::get(std::string(name_in_np_shape(op.name)));
  if (&in_np_shape != &op) data->in_np_shape = data_for(in_np_shape, data->kind, name);
  data->dict = PyDict_New();
  PyObject* const object = PyType_GenericAlloc(operator_type, 0);
  if (object == nullptr || data->dict == nullptr) throw nb::python_error();
  auto* const made = reinterpret_cast<OperatorObject*>(object);
  made->vectorcall = operator_call;
  made->data = data.release();
  return nb::steal(object);
}

nb::dict describe(const std::string& name) {
  const Op& op = Op::get(name);
  nb::dict info;
  info["name"] = op.name;
  info["aliases"] = op.aliases;
  info["doc"] = op.doc;
  info["inputs"] = op.all_inputs;
  info["num_data"] = op.num_data;
  info["places"] = op.places;
  info["is_loss"] = op.is_loss;
  info["variadic"] = op.variadic;
  info["options_name_inputs"] = static_cast<bool>(op.inputs_by);
  nb::list fields;
  for (const Field& field : op.fields) {
    nb::dict entry;
    entry["name"] = field.name;
    entry["doc"] = field.doc;
    entry["default"] = field.default_value;
    entry["required"] = field.required;
    entry["choices"] = field.choices;
    fields.append(entry);
  }
  info["fields"] = fields;
  info["positions"] = op.positions;
  info["outputs"] = op.output_names;
  // None where the options say how many a caller gets.
  info["num_visible"] = op.visible_outputs ? nb::object(nb::none()) : nb::int_(op.num_visible);
  info["takes_any"] = static_cast<bool>(op.take_other);
  info["has_gradient"] = op.has_gradient();
  return info;
}

// What the library's tests run an operator with: pairs of the options, as texts, and of the inputs,
// each by its name, its shape, what its values lie between, and whether they are whole.
nb::list samples_of(const std::string& name) {
  const Op& op = Op::get(name);
  nb::list all;
  for (const Sample& sample : op.samples) {
    const void* const options = sample.options.get();
    const auto names = op.input_names(options, static_cast<int>(sample.inputs.size()));
    nb::list inputs;
    for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
      const auto& [shape, fill] = sample.inputs[i];
      inputs.append(nb::make_tuple(names.at(i), shape, fill.low, fill.high,
                                   fill.kind == Fill::Kind::integers));
    }
    all.append(nb::make_tuple(op.format_options(options), inputs));
  }
  return all;
}

bool overlap(const NDArray& a, const NDArray& b) {
  if (!a.defined() || !b.defined() || a.storage() != b.storage()) return false;
  if (!a.is_dense() || !b.is_dense()) return false;  // their operators write to new memory
  const auto* const first = static_cast<const std::byte*>(a.data());
  const auto* const second = static_cast<const std::byte*>(b.data());
  return first < second + b.bytes() && second < first + a.bytes();
}

// Whether an input lies where an output goes, and the operator reads on while it writes.
bool is_in_the_way(const Op& op, const void* options, std::span<const NDArray> in, std::size_t i,
                   std::span<const NDArray> out) {
  if (op.is_state(options, static_cast<int>(i))) return false;
  for (std::size_t o = 0; o < out.size(); ++o) {
    const bool over = op.may_write_over(options, static_cast<int>(o), static_cast<int>(i)) &&
                      out[o].defined() && out[o].is_dense() && in[i].is_dense() &&
                      out[o].data() == in[i].data() && out[o].bytes() == in[i].bytes();
    if (!over && overlap(out[o], in[i])) return true;
  }
  return false;
}

bool must_copy(const Op& op, const void* options, std::span<const NDArray> in,
               std::span<const NDArray> out) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (is_in_the_way(op, options, in, i, out)) return true;
  }
  return false;
}

// op(a, b, out=b): the inputs, those that out would be written over copied.
std::vector<NDArray> copied_inputs(const Op& op, const void* options, std::span<const NDArray> in,
                                   std::span<const NDArray> out) {
  std::vector<NDArray> copies(in.begin(), in.end());
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (is_in_the_way(op, options, in, i, out)) copies[i] = in[i].copy();
  }
  return copies;
}

}  // namespace

PyObject* call_operator(const Op& op, const void* options, std::span<const NDArray> in,
                        PyObject* given_out, Face face) {
  const int total = num_outputs(op, options);
  const int visible = num_visible_outputs(op, options);
  constexpr int kFew = 4;
  std::array<NDArray, kFew> few;
  std::vector<NDArray> many;
  if (total > kFew) many.resize(static_cast<std::size_t>(total));
  const std::span<NDArray> out(total > kFew ? many.data() : few.data(),
                               static_cast<std::size_t>(total));
  const bool is_list =
      given_out != nullptr && (PyList_Check(given_out) || PyTuple_Check(given_out));
  if (is_list) {
    const Py_ssize_t n = PySequence_Size(given_out);
    check(n == visible, "[", op.name, "] out: expected ", visible, " arrays, got ", n);
    for (Py_ssize_t i = 0; i < n; ++i) {
      const nb::object item = nb::steal(PySequence_GetItem(given_out, i));
      check(is_array(item.ptr()), "TypeError: [", op.name, "] out: expected arrays");
      out[static_cast<std::size_t>(i)] = array_in(item.ptr());
    }
  } else if (given_out != nullptr) {
    check(is_array(given_out), "TypeError: [", op.name,
          "] out: expected an array or a list of them");
    out[0] = array_in(given_out);
  }
  std::vector<NDArray> copies;
  if (given_out != nullptr && must_copy(op, options, in, out)) {
    copies = copied_inputs(op, options, in, out);
    in = copies;
  }
  {
    // What has no inputs draws or makes numbers; how many is not seen from here.
    const bool large = in.empty() || std::ranges::any_of(in, [](const NDArray& array) {
                         return array.defined() && array.size() >= kWorthReleasing;
                       });
    const ReleaseGil release(large || op.runs_user_code);
    invoke(op, options, in, out);
  }
  if (given_out != nullptr) return Py_NewRef(given_out);
  if (visible == 1) return wrap(std::move(out[0]), face);
  PyObject* const list = PyList_New(visible);
  if (list == nullptr) throw nb::python_error();
  for (int i = 0; i < visible; ++i) {
    PyList_SetItem(list, i, wrap(std::move(out[static_cast<std::size_t>(i)]), face));
  }
  return list;
}

void bind_operators(nb::module_& m) {
  make_operator_type();
  m.attr("Operator") = nb::handle(reinterpret_cast<PyObject*>(operator_type));
  m.def("make_operator", make_operator, nb::arg("op"), nb::arg("kind"), nb::arg("name"));
  m.def("describe_operator", describe);
  m.def("samples_of", samples_of);
  m.def("operator_names", [] {
    std::vector<std::pair<std::string, std::vector<std::string>>> names;
    for (const Op* op : Op::all()) names.emplace_back(op->name, op->aliases);
    return names;
  });
  m.def(
      "invoke",
      [](const std::string& name, const std::vector<NDArray>& in, const nb::dict& options,
         nb::object out, std::optional<int> face) {
        const Op& op = Op::get(name);
        Attributes attributes;
        for (const auto& [key, value] : options) {
          attributes[nb::cast<std::string>(key)] = attribute_text(value.ptr());
        }
        const std::shared_ptr<const void> parsed = op.parse_options(attributes);
        nb::object result =
            nb::steal(call_operator(op, parsed.get(), in, out.is_none() ? nullptr : out.ptr(),
                                    face ? static_cast<Face>(*face) : current_face()));
        if (PyList_Check(result.ptr())) return result;
        nb::list list;
        list.append(result);
        return nb::object(list);
      },
      nb::arg("name"), nb::arg("inputs"), nb::arg("attrs") = nb::dict(),
      nb::arg("out").none() = nb::none(), nb::arg("face").none() = nb::none());
}

}  // namespace gluino::python
