// How a call of an operator from Python is read.
#include "operator_call.h"

#include <algorithm>
#include <array>
#include <bit>

namespace gluino::python {
namespace {

constexpr std::size_t kRemembered = 8;

// Names a node by what its operator is called: "flip0" for mx.sym.flip, though that is reverse.
class NamesAsCalled : public sym::NameManager {
 public:
  NamesAsCalled(NameManager& outer, const std::string& called)
      : outer_(outer), stem_(lower_case(called)) {}
  std::string get(std::string_view name, const std::string& /*stem*/) override {
    return outer_.get(name, stem_);
  }

 private:
  NameManager& outer_;
  std::string stem_;
};

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
    if (option < op.positions.size()) {
      given(nb::str(op.positions[option].c_str()), value);
    } else {
      positional_extra(option - op.positions.size(), index, value);
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
    } else if (is_symbolic(data_.kind) && is_hidden(key) && !data_.op->takes_attribute(key)) {
      hidden_[sym::hidden_key(key)] = attribute_text(value);
    } else if (const auto found = data_.inputs.find(key); found != data_.inputs.end()) {
      input(static_cast<std::size_t>(found->second), value);
    } else if (value != null_value().ptr()) {
      if (data_.op->variadic && key == "num_args") {
        num_args_ = value;
        return;
      }
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
      for (PyObject* value : ordered_inputs(read.options.get())) {
        check(value != nullptr, "[", data_.op->name, "] input ", in.size(), " is missing");
        in.push_back(array_in(value));
      }
    } else {
      append_inputs(read, in);
    }
    return call_operator(*data_.op, read.options.get(), in, arguments_.out,
                         data_.kind == Kind::np ? Face::np : Face::nd);
  }

 private:
  // An attribute of the node that is no option: "__layout__", or "lr_mult", which is written so.
  static bool is_hidden(const std::string& key) {
    return sym::hidden_key(key) != key || (key.starts_with("__") && key.ends_with("__"));
  }

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
    if (arguments_.inputs[index] != nullptr) given_twice(index);
    arguments_.inputs[index] = value;
  }

  [[noreturn]] void given_twice(std::size_t index) const {
    std::string names;
    for (const auto& [input, alias] : data_.op->input_aliases) {
      if (input == static_cast<int>(index)) names += alias + " and ";
    }
    fail("TypeError: ", data_.name, " got several values for argument ", names,
         data_.op->all_inputs[index]);
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
    if (value == null_value().ptr() || is_meaningless(text_of(name.ptr()))) return;
    for (const auto& [known, before] : arguments_.options) {
      check(!same_value(known, name.ptr()), "TypeError: ", data_.name,
            " got several values for argument ", text_of(known));
    }
    names_.push_back(name);
    arguments_.options.emplace_back(name.ptr(), value);
  }

  // Programs give options to operators that have none, as numpy.round(array) does, and MXNet takes
  // them; here they are warned.
  bool is_meaningless(const std::string& option) const {
    const Op& op = *data_.op;
    if (!op.fields.empty() || op.takes_attribute(option)) return false;
    const int failed =
        PyErr_WarnFormat(PyExc_UserWarning, 1, "%s has no options: \"%s\" means nothing to it",
                         data_.name.c_str(), option.c_str());
    if (failed != 0) throw nb::python_error();
    return true;
  }

  Attributes attributes() const {
    Attributes attributes;
    for (const auto& [name, value] : arguments_.options) {
      std::string key = text_of(name);
      // Of a type all spellings of NumPy's are known: "f2", "half", "double".
      std::string text = key == "dtype" ? dtype_text(value) : attribute_text(value);
      attributes[std::move(key)] = std::move(text);
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
    for_each_input(read, [&](std::size_t input, PyObject* value) {
      check(value != nullptr, "[", data_.op->name, "] expected ", count_of(read), " inputs, ",
            data_.op->all_inputs[input], " is missing");
      in.push_back(array_in(value));
    });
  }

  std::size_t count_of(const ReadOptions& read) const {
    return read.inputs ? read.inputs->size() : arguments_.inputs.size();
  }

  // Calls take(place among all inputs, value or null) for each input that the options ask for.
  template <class Take>
  void for_each_input(const ReadOptions& read, const Take& take) const {
    const std::size_t count = count_of(read);
    // By position they are those that the options ask for, as in MXNet: label_lengths follow the
    // label where no data_lengths are used.
    const auto first_missing = std::ranges::find(arguments_.inputs, nullptr);
    if (static_cast<std::size_t>(first_missing - arguments_.inputs.begin()) == count &&
        std::all_of(first_missing, arguments_.inputs.end(),
                    [](PyObject* value) { return value == nullptr; })) {
      for (std::size_t i = 0; i < count; ++i) take(i, arguments_.inputs[i]);
      return;
    }
    std::size_t next = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t input = read.inputs ? (*read.inputs)[i] : i;
      for (; next < input; ++next) check_left_out(next);
      next = input + 1;
      take(input, arguments_.inputs[input]);
    }
    for (; next < arguments_.inputs.size(); ++next) check_left_out(next);
  }

  void check_left_out(std::size_t input) const {
    check(arguments_.inputs[input] == nullptr, "[", data_.op->name,
          "] with these options there is no input ", data_.op->all_inputs[input]);
  }

  // Inputs of any number, those given by name behind those by position; null where one is missing.
  std::vector<PyObject*> ordered_inputs(const void* options) const {
    std::vector<PyObject*> all = arguments_.inputs;
    if (named_inputs_.empty()) return all;
    const auto names =
        data_.op->input_names(options, static_cast<int>(all.size() + named_inputs_.size()));
    all.resize(std::max(all.size(), names.size()));
    for (const auto& [name, value] : named_inputs_) {
      const auto place = std::ranges::find(names, name);
      check(place != names.end(), "TypeError: ", data_.name, " has no input \"", name, "\"");
      PyObject*& input = all[static_cast<std::size_t>(place - names.begin())];
      check(input == nullptr, "TypeError: ", data_.name, " got several values for argument ", name);
      input = value;
    }
    return all;
  }

  PyObject* run_on_symbols() {
    check(arguments_.out == nullptr, "TypeError: ", data_.name,
          ": symbols have no arrays to write to; leave out `out`");
    const WithAttributes scope(all_attributes());
    const NamesAsCalled names(sym::NameManager::current(), data_.name);
    std::vector<Symbol> in;
    const std::string name = arguments_.name != nullptr ? text_of(arguments_.name) : "";
    Attributes options = attributes();
    const auto append = [&](PyObject* value) {
      in.push_back(value == nullptr ? Symbol() : symbol_in(value));
    };
    if (!named_inputs_.empty()) {
      const auto read = data_.op->parse_options(options);
      for (PyObject* value : ordered_inputs(read.get())) append(value);
    } else if (leaves_gaps()) {
      for_each_input(read_options(data_, options),
                     [&](std::size_t, PyObject* value) { append(value); });
    } else {
      for (PyObject* value : arguments_.inputs) append(value);
    }
    while (!in.empty() && !in.back().defined()) in.pop_back();
    if (num_args_ != nullptr && (in.empty() || data_.op->tolerated.contains("num_args"))) {
      options["num_args"] = attribute_text(num_args_);
    }
    Symbol result = sym::invoke(data_.op->name, in, options, name);
    return wrap(std::move(result), data_.kind == Kind::sym_np ? Face::np : Face::nd)
        .release()
        .ptr();
  }

  // Whether an input is given behind one that is not: by name, as those of an operator may be whose
  // options say which there are.
  bool leaves_gaps() const {
    const auto& inputs = arguments_.inputs;
    return !data_.op->variadic && std::any_of(std::ranges::find(inputs, nullptr), inputs.end(),
                                              [](PyObject* value) { return value != nullptr; });
  }

  static const Symbol& symbol_in(PyObject* value) {
    return *nb::inst_ptr<Symbol>(nb::handle(value));
  }

  // What the node and the variables made for it have beside the operator's options.
  Attributes all_attributes() const {
    Attributes attributes = hidden_;
    if (arguments_.attr == nullptr) return attributes;
    for (const auto& [name, value] : nb::cast<nb::dict>(nb::handle(arguments_.attr))) {
      const std::string key = sym::hidden_key(nb::cast<std::string>(nb::str(name)));
      // An initializer as files have it; other values as they print.
      const bool can_tell = nb::hasattr(value, "dumps");
      attributes[key] =
          nb::cast<std::string>(can_tell ? nb::str(value.attr("dumps")()) : nb::str(value));
    }
    return attributes;
  }

  OperatorData& data_;
  Arguments arguments_;
  std::vector<nb::object> names_;
  std::vector<std::pair<std::string, PyObject*>> named_inputs_;
  Attributes hidden_;
  PyObject* num_args_ = nullptr;  // how many there are; those not given become variables
};

// Arrays alone, with default options: nothing to read.
bool is_plain(const OperatorData& data, PyObject* const* args, std::size_t n, PyObject* keywords) {
  if (is_symbolic(data.kind) || keywords != nullptr || n == 0 || data.op->runs_user_code)
    return false;
  if (!data.op->variadic && n != data.op->all_inputs.size()) return false;
  const Face face = data.kind == Kind::np ? Face::np : Face::nd;
  PyTypeObject* const type = face_type(face);
  return std::all_of(args, args + n, [&](PyObject* value) { return Py_TYPE(value) == type; });
}

}  // namespace

PyObject* call_function(OperatorData& data, PyObject* const* args, std::size_t n,
                        PyObject* keywords) {
  if (data.in_np_shape && is_np_shape()) {
    return call_function(*data.in_np_shape, args, n, keywords);
  }
  if (is_plain(data, args, n, keywords) && !data.op->inputs_by && !data.op->omits_last) {
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
  const Py_ssize_t count = keywords == nullptr ? 0 : PyTuple_Size(keywords);
  for (Py_ssize_t i = 0; i < count; ++i) {
    call.keyword(PyTuple_GetItem(keywords, i), args[n + static_cast<std::size_t>(i)]);
  }
  return call.run();
}

}  // namespace gluino::python
