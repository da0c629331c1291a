// The operators of the registry as Python's functions: mx.nd.FullyConnected, mx.sym.relu.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <memory>
#include <unordered_map>

#include "bindings.h"

#if PY_VERSION_HEX < 0x030C0000
// The names that these have from Python 3.12 on.
#include <structmember.h>
#define Py_T_PYSSIZET T_PYSSIZET
#define Py_READONLY READONLY
#endif

namespace gluino::python {
namespace {

// What the functions of a namespace take and give.
enum class Kind : int { nd = 0, np = 1, sym = 2, sym_np = 3 };

bool is_symbolic(Kind kind) { return kind == Kind::sym || kind == Kind::sym_np; }

// Options as the operator reads them, and the numbers of the inputs that calls with them have; null
// where all calls have all inputs.
struct ReadOptions {
  std::shared_ptr<const void> options;
  std::shared_ptr<const std::vector<std::size_t>> inputs;
};

// Options by keyword as they were in an earlier call, and what they were read as: a training loop
// gives the same ones again and again.
struct RememberedOptions {
  std::vector<PyObject*> names, values;  // owned
  ReadOptions read;
};

constexpr std::size_t kRemembered = 8;

struct OperatorData {
  const Op* op;
  Kind kind;
  std::string name;
  ReadOptions defaults;  // read when they are first needed
  // Parameters in MXNet's order: inputs first, then options.
  std::unordered_map<std::string, int> inputs;
  std::vector<RememberedOptions> remembered;
  std::size_t next_remembered = 0;
  PyObject* dict = nullptr;  // __doc__, __signature__, __module__, as Python sets them
};

struct OperatorObject {
  PyObject ob_base;
  vectorcallfunc vectorcall;
  OperatorData* data;
};

PyTypeObject* operator_type = nullptr;

OperatorData& data_of(PyObject* self) { return *reinterpret_cast<OperatorObject*>(self)->data; }

nb::handle null_value() {
  static const nb::handle null = imported("gluino.base", "_Null");
  return null;
}

// Whether a value given now has the text that one given before has.
bool same_value(PyObject* a, PyObject* b) {
  if (a == b) return true;
  if (Py_TYPE(a) != Py_TYPE(b)) return false;
  if (PyFloat_CheckExact(a)) {  // by its bits: 0.0 and -0.0 are two options
    return std::bit_cast<std::uint64_t>(PyFloat_AsDouble(a)) ==
           std::bit_cast<std::uint64_t>(PyFloat_AsDouble(b));
  }
  if (PyLong_CheckExact(a) || PyUnicode_CheckExact(a)) {
    const int equal = PyObject_RichCompareBool(a, b, Py_EQ);
    if (equal < 0) throw nb::python_error();
    return equal == 1;
  }
  if (!PyTuple_CheckExact(a) || PyTuple_Size(a) != PyTuple_Size(b)) return false;
  for (Py_ssize_t i = 0; i < PyTuple_Size(a); ++i) {
    if (!same_value(PyTuple_GetItem(a, i), PyTuple_GetItem(b, i))) return false;
  }
  return true;
}

bool may_be_remembered(PyObject* value) {
  if (PyTuple_CheckExact(value)) {
    for (Py_ssize_t i = 0; i < PyTuple_Size(value); ++i) {
      if (!may_be_remembered(PyTuple_GetItem(value, i))) return false;
    }
    return true;
  }
  return PyLong_CheckExact(value) || PyFloat_CheckExact(value) || PyUnicode_CheckExact(value) ||
         PyBool_Check(value) || value == Py_None || PyType_Check(value);
}

ReadOptions read_options(const OperatorData& data, const Attributes& attributes) {
  const Op& op = *data.op;
  ReadOptions read{op.parse_options(attributes), nullptr};
  if (op.variadic || (!op.inputs_by && !op.omits_last)) return read;
  std::vector<std::size_t> inputs;
  for (const std::string& name : op.input_names(read.options.get())) {
    inputs.push_back(static_cast<std::size_t>(data.inputs.at(name)));
  }
  read.inputs = std::make_shared<const std::vector<std::size_t>>(std::move(inputs));
  return read;
}

// One call, taken apart.
struct Arguments {
  std::vector<PyObject*> inputs;  // by number; null where not given
  std::vector<std::pair<PyObject*, PyObject*>> options;
  PyObject* out = nullptr;
  PyObject* name = nullptr;
  PyObject* attr = nullptr;
};

std::string text_of(PyObject* text) { return nb::cast<std::string>(nb::handle(text)); }

bool is_operand(const OperatorData& data, PyObject* value) {
  return is_symbolic(data.kind) ? nb::isinstance<Symbol>(nb::handle(value)) : is_array(value);
}

void check_operand(const OperatorData& data, const std::string& name, PyObject* value) {
  if (!is_operand(data, value)) {
    const char* const expected = is_symbolic(data.kind) ? "Symbol" : "NDArray";
    const bool is_list = PyList_Check(value) || PyTuple_Check(value);
    fail("AssertionError: ", data.name, ": Argument ", name, " must have ", expected,
         " type, but got ",
         nb::cast<std::string>(nb::repr(nb::handle(reinterpret_cast<PyObject*>(Py_TYPE(value))))),
         is_list ? "; give the elements as arguments of their own: f(*list)" : "");
  }
  if (is_symbolic(data.kind)) return;
  const Face face = data.kind == Kind::np ? Face::np : Face::nd;
  if (face_of(value) == face) return;
  // Arrays of NumPy's face are refused by the old operators, and the other way round.
  if (face == Face::nd) {
    fail("TypeError: ", data.name, ": argument ", name,
         " is an mx.np.ndarray, an operator of mx.nd takes mx.nd.NDArray; convert it with "
         "as_nd_ndarray(), or use the function of mx.np or mx.npx");
  }
  fail("TypeError: ", data.name, ": argument ", name,
       " is an mx.nd.NDArray, this function takes mx.np.ndarray; convert it with as_np_ndarray()");
}

// Attributes that nodes get while it lives, beside those of mx.AttrScope.
class WithAttributes {
 public:
  explicit WithAttributes(Attributes attributes) : before_(thread_state().attributes) {
    if (attributes.empty()) return;
    const Attributes& outer = sym::AttrScope::current();
    attributes.insert(outer.begin(), outer.end());
    thread_state().attributes = std::make_shared<const Attributes>(std::move(attributes));
  }
  WithAttributes(const WithAttributes&) = delete;
  WithAttributes& operator=(const WithAttributes&) = delete;
  ~WithAttributes() { thread_state().attributes = before_; }

 private:
  std::shared_ptr<const Attributes> before_;
};

class Call {
 public:
  explicit Call(OperatorData& data) : data_(data) {
    if (!data.op->variadic) arguments_.inputs.assign(data.op->all_inputs.size(), nullptr);
  }

  void positional(std::size_t index, PyObject* value) {
    const Op& op = *data_.op;
    if (op.variadic) {
      check_operand(data_, str("args[", index, "]"), value);
      arguments_.inputs.push_back(value);
      return;
    }
    const std::size_t inputs = op.all_inputs.size();
    if (index < inputs) {
      input(index, value);
      return;
    }
    const std::size_t option = index - inputs;
    if (option < op.fields.size()) {
      given(nb::str(op.fields[option].name.c_str()), value);
    } else {
      positional_extra(option - op.fields.size(), index, value);
    }
  }

  void keyword(PyObject* name, PyObject* value) {
    const std::string key = text_of(name);
    if (key == "out") {
      arguments_.out = value == Py_None ? nullptr : value;
    } else if (key == "name" && !data_.op->takes_attribute(key)) {
      arguments_.name = value == Py_None ? nullptr : value;
    } else if (key == "attr" && is_symbolic(data_.kind)) {
      arguments_.attr = value == Py_None ? nullptr : value;
    } else if (is_symbolic(data_.kind) && sym::hidden_key(key) != key &&
               !data_.op->takes_attribute(key)) {
      hidden_[sym::hidden_key(key)] = attribute_text(value);
    } else if (const auto found = data_.inputs.find(key); found != data_.inputs.end()) {
      input(static_cast<std::size_t>(found->second), value);
    } else if (value != null_value().ptr()) {
      if (data_.op->variadic && key == "num_args") return;
      if (is_operand(data_, value) && !data_.op->takes_attribute(key)) {
        named_operand(name, value);
      } else {
        given(nb::borrow(name), value);
      }
    }
  }

  PyObject* run() {
    if (is_symbolic(data_.kind)) return run_on_symbols();
    // A share of them: another thread may have others remembered meanwhile.
    const ReadOptions read = remembered_options();
    std::vector<NDArray> in;
    in.reserve(arguments_.inputs.size());
    if (data_.op->variadic) {
      for (PyObject* value : arguments_.inputs) in.push_back(array_in(value));
    } else {
      append_inputs(read, in);
    }
    return call_operator(*data_.op, read.options.get(), in, arguments_.out,
                         data_.kind == Kind::np ? Face::np : Face::nd);
  }

 private:
  // Behind inputs and options stand what all functions of the namespace take.
  void positional_extra(std::size_t extra, std::size_t index, PyObject* value) {
    static const std::array<const char*, 2> of_arrays = {"out", "name"};
    static const std::array<const char*, 3> of_symbols = {"name", "attr", "out"};
    const std::span<const char* const> names =
        is_symbolic(data_.kind) ? std::span<const char* const>(of_symbols) : of_arrays;
    check(extra < names.size(), "TypeError: ", data_.name, " takes at most ",
          index - extra + names.size(), " arguments, got ", index + 1);
    keyword(nb::str(names[extra]).ptr(), value);
  }

  void input(std::size_t index, PyObject* value) {
    if (value == Py_None || value == null_value().ptr()) return;
    const std::string& name = data_.op->all_inputs[index];
    check_operand(data_, name, value);
    check(arguments_.inputs[index] == nullptr, "TypeError: ", data_.name,
          " got several values for argument ", name);
    arguments_.inputs[index] = value;
  }

  // Custom has inputs with names of the user's.
  void named_operand(PyObject* name, PyObject* value) {
    check_operand(data_, text_of(name), value);
    if (data_.op->variadic)
      named_inputs_.emplace_back(text_of(name), value);
    else
      given(nb::borrow(name), value);
  }

  void given(const nb::object& name, PyObject* value) {
    if (value == null_value().ptr()) return;
    for (const auto& [known, before] : arguments_.options) {
      check(!same_value(known, name.ptr()), "TypeError: ", data_.name,
            " got several values for argument ", text_of(known));
    }
    names_.push_back(name);
    arguments_.options.emplace_back(name.ptr(), value);
  }

  Attributes attributes() const {
    Attributes attributes;
    for (const auto& [name, value] : arguments_.options) {
      attributes[text_of(name)] = attribute_text(value);
    }
    return attributes;
  }

  // The options as the operator reads them; read anew only if they are not those of a call before.
  ReadOptions remembered_options() {
    const auto& given = arguments_.options;
    if (given.empty()) {
      if (!data_.defaults.options) data_.defaults = read_options(data_, {});
      return data_.defaults;
    }
    for (const RememberedOptions& known : data_.remembered) {
      if (known.names.size() != given.size()) continue;
      bool same = true;
      for (std::size_t i = 0; same && i < given.size(); ++i) {
        same = same_value(known.names[i], given[i].first) &&
               same_value(known.values[i], given[i].second);
      }
      if (same) return known.read;
    }
    const ReadOptions read = read_options(data_, attributes());
    const bool fits = std::ranges::all_of(
        given, [](const auto& option) { return may_be_remembered(option.second); });
    if (fits && !data_.op->runs_user_code) remember(given, read);
    return read;
  }

  void remember(const std::vector<std::pair<PyObject*, PyObject*>>& given,
                const ReadOptions& read) {
    RememberedOptions entry;
    entry.read = read;
    for (const auto& [name, value] : given) {
      entry.names.push_back(Py_NewRef(name));
      entry.values.push_back(Py_NewRef(value));
    }
    if (data_.remembered.size() < kRemembered) {
      data_.remembered.push_back(std::move(entry));
      return;
    }
    RememberedOptions& oldest = data_.remembered[data_.next_remembered++ % kRemembered];
    std::swap(oldest, entry);
    for (PyObject* object : entry.names) Py_DECREF(object);
    for (PyObject* object : entry.values) Py_DECREF(object);
  }

  void append_inputs(const ReadOptions& read, std::vector<NDArray>& in) const {
    const std::size_t count = read.inputs ? read.inputs->size() : arguments_.inputs.size();
    std::size_t next = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t input = read.inputs ? (*read.inputs)[i] : i;
      for (; next < input; ++next) check_left_out(next);
      next = input + 1;
      PyObject* const value = arguments_.inputs[input];
      check(value != nullptr, "[", data_.op->name, "] expected ", count, " inputs, ",
            data_.op->all_inputs[input], " is missing");
      in.push_back(array_in(value));
    }
    for (; next < arguments_.inputs.size(); ++next) check_left_out(next);
  }

  void check_left_out(std::size_t input) const {
    check(arguments_.inputs[input] == nullptr, "[", data_.op->name,
          "] with these options there is no input ", data_.op->all_inputs[input]);
  }

  PyObject* run_on_symbols() {
    check(arguments_.out == nullptr, "TypeError: ", data_.name,
          ": symbols have no arrays to write to; leave out `out`");
    const WithAttributes scope(all_attributes());
    std::vector<Symbol> in;
    const NodeName name(arguments_.name != nullptr ? text_of(arguments_.name) : std::string());
    name_ = name.text;
    const Attributes options = attributes();
    Symbol result;
    if (!named_inputs_.empty()) {
      std::map<std::string, Symbol> inputs;
      for (const auto& [key, value] : named_inputs_) inputs[key] = symbol_in(value);
      result = sym::invoke(data_.op->name, inputs, options, NodeName(name_));
    } else {
      for (PyObject* value : arguments_.inputs) {
        in.push_back(value == nullptr ? Symbol() : symbol_in(value));
      }
      while (!in.empty() && !in.back().defined()) in.pop_back();
      result = sym::invoke(data_.op->name, in, options, NodeName(name_));
    }
    return wrap(std::move(result), data_.kind == Kind::sym_np ? Face::np : Face::nd)
        .release()
        .ptr();
  }

  static const Symbol& symbol_in(PyObject* value) {
    return *nb::inst_ptr<Symbol>(nb::handle(value));
  }

  // What the node and the variables made for it have beside the operator's options.
  Attributes all_attributes() const {
    Attributes attributes = hidden_;
    if (arguments_.attr == nullptr) return attributes;
    for (const auto& [name, value] : nb::cast<nb::dict>(nb::handle(arguments_.attr))) {
      const auto given = nb::cast<std::string>(nb::str(name));
      check(nb::isinstance<nb::str>(value), "ValueError: Attributes need to be strings, ", given,
            " is ", nb::cast<std::string>(nb::repr(value)));
      const std::string key = sym::hidden_key(given);
      check(key.starts_with("__") && key.ends_with("__"), "[", data_.op->name,
            "] has no attribute \"", given, "\"; those of one's own begin and end with \"__\"");
      attributes[key] = nb::cast<std::string>(value);
    }
    return attributes;
  }

  OperatorData& data_;
  Arguments arguments_;
  std::vector<nb::object> names_;
  std::vector<std::pair<std::string, PyObject*>> named_inputs_;
  Attributes hidden_;
  std::string name_;
};

// Arrays alone, with default options: nothing to read.
bool is_plain(const OperatorData& data, PyObject* const* args, std::size_t n, PyObject* kwnames) {
  if (is_symbolic(data.kind) || kwnames != nullptr || n == 0 || data.op->runs_user_code)
    return false;
  if (!data.op->variadic && n != data.op->all_inputs.size()) return false;
  const Face face = data.kind == Kind::np ? Face::np : Face::nd;
  PyTypeObject* const type = face_type(face);
  return std::all_of(args, args + n, [&](PyObject* value) { return Py_TYPE(value) == type; });
}

PyObject* operator_call(PyObject* self, PyObject* const* args, size_t flagged, PyObject* kwnames) {
  return guarded([&]() -> PyObject* {
    OperatorData& data = data_of(self);
    const auto n = static_cast<std::size_t>(PyVectorcall_NARGS(flagged));
    if (is_plain(data, args, n, kwnames) && !data.op->inputs_by && !data.op->omits_last) {
      if (!data.defaults.options) data.defaults = read_options(data, {});
      constexpr std::size_t kFew = 4;
      const Face face = data.kind == Kind::np ? Face::np : Face::nd;
      if (n <= kFew) {
        std::array<NDArray, kFew> in;
        for (std::size_t i = 0; i < n; ++i) in[i] = array_in(args[i]);
        return call_operator(*data.op, data.defaults.options.get(), {in.data(), n}, nullptr, face);
      }
    }
    Call call(data);
    for (std::size_t i = 0; i < n; ++i) call.positional(i, args[i]);
    const Py_ssize_t keywords = kwnames == nullptr ? 0 : PyTuple_Size(kwnames);
    for (Py_ssize_t i = 0; i < keywords; ++i) {
      call.keyword(PyTuple_GetItem(kwnames, i), args[n + static_cast<std::size_t>(i)]);
    }
    return call.run();
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

void operator_dealloc(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  OperatorData* const data = reinterpret_cast<OperatorObject*>(self)->data;
  for (RememberedOptions& entry : data->remembered) {
    for (PyObject* object : entry.names) Py_DECREF(object);
    for (PyObject* object : entry.values) Py_DECREF(object);
  }
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

nb::object make_operator(const std::string& op_name, int kind, const std::string& name) {
  const Op& op = Op::get(op_name);
  auto data = std::make_unique<OperatorData>();
  data->op = &op;
  data->kind = static_cast<Kind>(kind);
  data->name = name;
  if (!op.variadic) {
    for (std::size_t i = 0; i < op.all_inputs.size(); ++i) {
      data->inputs[op.all_inputs[i]] = static_cast<int>(i);
    }
  }
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
  info["variadic"] = op.variadic;
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
  info["outputs"] = op.output_names;
  // None where the options say how many a caller gets.
  info["num_visible"] = op.visible_outputs ? nb::object(nb::none()) : nb::int_(op.num_visible);
  nb::list tolerated;
  for (const auto& [key, values] : op.tolerated) tolerated.append(key);
  info["tolerated"] = tolerated;
  info["takes_any"] = static_cast<bool>(op.take_other);
  info["has_gradient"] = op.has_gradient();
  return info;
}

bool overlap(const NDArray& a, const NDArray& b) {
  if (!a.defined() || !b.defined() || a.storage() != b.storage()) return false;
  const auto* const first = static_cast<const std::byte*>(a.data());
  const auto* const second = static_cast<const std::byte*>(b.data());
  return first < second + b.bytes() && second < first + a.bytes();
}

// Whether an input lies where an output goes, and the operator reads on while it writes.
bool is_in_the_way(const Op& op, const void* options, std::span<const NDArray> in, std::size_t i,
                   std::span<const NDArray> out) {
  if (op.is_state(options, static_cast<int>(i))) return false;
  for (std::size_t o = 0; o < out.size(); ++o) {
    const bool over_first = op.in_place && o == 0 && i == 0 && out[0].defined() &&
                            out[0].data() == in[0].data() && out[0].bytes() == in[0].bytes();
    if (!over_first && overlap(out[o], in[i])) return true;
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
