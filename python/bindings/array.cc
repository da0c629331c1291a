// The array: its Python type, what stands in it, and what it is asked for.
#include <gluino/ndarray/promotion.h>
#include <gluino/ndarray/sparse_array.h>
#include <gluino/ndarray/storage.h>

#include <array>
#include <new>

#include "bindings.h"
#include "recorded.h"

namespace gluino::python {
namespace {

PyTypeObject* base_type = nullptr;
std::array<PyTypeObject*, 2> face_types{};
// By StorageType: what a sparse array's handle is, whatever its face.
std::array<PyTypeObject*, 3> stored_types{};

// npx.set_np is for the whole program; its scopes are for a thread.
struct NumpyMode {
  bool arrays = false;
  bool shapes = false;
  bool types = false;
};
NumpyMode program_mode;
thread_local std::optional<bool> thread_arrays, thread_shapes, thread_types;

NDArray& self_of(PyObject* self) { return array_in(self); }

PyObject* make(PyTypeObject* type, NDArray array) {
  PyObject* const object = PyType_GenericAlloc(type, 0);
  if (object == nullptr) return nullptr;
  new (&array_in(object)) NDArray(std::move(array));
  return object;
}

// An array without elements, stored as the type says.
NDArray nothing_in(PyTypeObject* type) {
  for (const StorageType stype : {StorageType::row_sparse, StorageType::csr}) {
    if (type == stored_types[static_cast<std::size_t>(stype)]) {
      return nd::sparse::zeros(stype, {0, 0}, float32, cpu());
    }
  }
  return nd::zeros({0}, float32, cpu());
}

PyObject* array_new(PyTypeObject* type, PyObject* args, PyObject* /*kwargs*/) {
  // `type(array)`: the same elements under another face. `type(None)`, with which MXNet's pickles
  // begin: no elements yet. All else is made by functions.
  PyObject* const source = PyTuple_Size(args) < 1 ? nullptr : PyTuple_GetItem(args, 0);
  if (source == Py_None) return guarded([&] { return make(type, nothing_in(type)); });
  if (source == nullptr || !is_array(source)) {
    PyErr_SetString(PyExc_TypeError,
                    "arrays are made by functions such as mx.nd.array, mx.nd.zeros, mx.np.array");
    return nullptr;
  }
  return make(type, array_in(source));
}

int array_init(PyObject* /*self*/, PyObject* /*args*/, PyObject* /*kwargs*/) { return 0; }

void array_dealloc(PyObject* self) {
  PyTypeObject* const type = Py_TYPE(self);
  array_in(self).~NDArray();
  const auto release = reinterpret_cast<freefunc>(PyType_GetSlot(type, Py_tp_free));
  release(self);
  Py_DECREF(type);
}

Py_hash_t array_hash(PyObject* self) {
  return static_cast<Py_hash_t>(reinterpret_cast<std::uintptr_t>(self) >> 4);
}

Py_ssize_t array_length(PyObject* self) {
  const Shape& shape = self_of(self).shape();
  if (shape.empty()) {
    PyErr_SetString(PyExc_TypeError, "len() of unsized object");
    return -1;
  }
  return static_cast<Py_ssize_t>(shape[0]);
}

int array_truth(PyObject* self) {
  int truth = -1;
  const int status = guarded_status([&] {
    const NDArray& array = self_of(self);
    if (array.size() == 0) {
      truth = 0;
      return;
    }
    check(array.size() == 1, "ValueError: The truth value of an array with ", array.size(),
          " elements is ambiguous; compare its elements, or take one");
    truth = array.asscalar<double>() != 0 ? 1 : 0;
  });
  return status == 0 ? truth : -1;
}

// Read only: what is written behind the library's back would not count as a change.
int array_buffer(PyObject* self, Py_buffer* view, int flags) {
  return guarded_status([&] {
    const NDArray& array = self_of(self);
    if (!array.is_dense()) {
      PyErr_SetString(PyExc_BufferError, "a sparse array has no buffer; use tostype('default')");
      throw nb::python_error();
    }
    if ((flags & PyBUF_WRITABLE) == PyBUF_WRITABLE) {
      PyErr_SetString(PyExc_BufferError,
                      "the buffer of an array is read-only; assign to the array");
      throw nb::python_error();
    }
    static const std::map<DType, const char*> formats = {
        {float32, "f"}, {float64, "d"}, {float16, "e"}, {uint8, "B"},
        {int32, "i"},   {int8, "b"},    {int64, "q"},   {boolean, "?"}};
    const auto format = formats.find(array.dtype());
    if (format == formats.end()) {
      PyErr_SetString(PyExc_BufferError, "NumPy has no bfloat16; use astype('float32')");
      throw nb::python_error();
    }
    const int ndim = array.ndim();
    auto* const numbers = new Py_ssize_t[2 * static_cast<std::size_t>(ndim) + 1];
    Py_ssize_t stride = static_cast<Py_ssize_t>(size_of(array.dtype()));
    for (int i = ndim - 1; i >= 0; --i) {
      numbers[i] = array.shape()[i];
      numbers[ndim + i] = stride;
      stride *= array.shape()[i];
    }
    if (ReadObserver::current() != nullptr) {
      ReadObserver::current()->read(array, SourceLocation::current());
    }
    *view = Py_buffer{};
    view->buf = array.data();
    view->obj = Py_NewRef(self);
    view->len = static_cast<Py_ssize_t>(array.bytes());
    view->itemsize = static_cast<Py_ssize_t>(size_of(array.dtype()));
    view->readonly = 1;
    view->ndim = ndim;
    view->format = (flags & PyBUF_FORMAT) != 0 ? const_cast<char*>(format->second) : nullptr;
    view->shape = (flags & PyBUF_ND) != 0 ? numbers : nullptr;
    view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? numbers + ndim : nullptr;
    view->internal = numbers;
  });
}

void array_release_buffer(PyObject* /*self*/, Py_buffer* view) {
  delete[] static_cast<Py_ssize_t*>(view->internal);
}

// ---- What is asked often, without nanobind's tables in between ----------------------------------

PyObject* get_shape(PyObject* self, void* /*closure*/) {
  return guarded([&] { return shape_to(self_of(self).shape()).release().ptr(); });
}
PyObject* get_dtype(PyObject* self, void* /*closure*/) {
  return guarded([&] { return dtype_to(self_of(self).dtype()).release().ptr(); });
}
PyObject* get_size(PyObject* self, void* /*closure*/) {
  return guarded([&] { return PyLong_FromLongLong(self_of(self).size()); });
}
PyObject* get_ndim(PyObject* self, void* /*closure*/) {
  return guarded([&] { return PyLong_FromLong(self_of(self).ndim()); });
}
PyObject* get_context(PyObject* self, void* /*closure*/) {
  return guarded([&] { return context_to(self_of(self).context()).release().ptr(); });
}
PyObject* get_grad(PyObject* self, void* /*closure*/) {
  return guarded([&]() -> PyObject* {
    NDArray grad = self_of(self).grad();
    if (!grad.defined()) return Py_NewRef(Py_None);
    return wrap(std::move(grad), face_of(self));
  });
}
PyObject* get_stype(PyObject* self, void* /*closure*/) {
  return guarded([&] {
    const std::string name = to_string(self_of(self).stype());
    return PyUnicode_FromString(name.c_str());
  });
}

PyObject* asnumpy(PyObject* self, PyObject* /*none*/) {
  return guarded([&] { return to_numpy(self_of(self)).release().ptr(); });
}

std::vector<PyType_Slot> array_slots() {
  static PyGetSetDef getset[] = {
      {"shape", get_shape, nullptr, "The sizes of the axes, a tuple.", nullptr},
      {"dtype", get_dtype, nullptr, "The type of the elements, a type of NumPy's.", nullptr},
      {"size", get_size, nullptr, "The number of elements.", nullptr},
      {"ndim", get_ndim, nullptr, "The number of axes.", nullptr},
      {"context", get_context, nullptr, "Where the array lives.", nullptr},
      {"ctx", get_context, nullptr, "Where the array lives.", nullptr},
      {"device", get_context, nullptr, "Where the array lives.", nullptr},
      {"grad", get_grad, nullptr,
       "The gradient that backward writes, after attach_grad; else None.", nullptr},
      {"stype", get_stype, nullptr, "How it is stored: 'default', 'row_sparse' or 'csr'.", nullptr},
      {nullptr, nullptr, nullptr, nullptr, nullptr}};
  static PyMethodDef methods[] = {
      {"asnumpy", asnumpy, METH_NOARGS, "A NumPy array with a copy of the elements."},
      {nullptr, nullptr, 0, nullptr}};
  std::vector<PyType_Slot> slots = arithmetic_slots();
  const auto add = [&](int slot, auto* function) {
    slots.push_back({slot, reinterpret_cast<void*>(function)});
  };
  add(Py_tp_new, array_new);
  add(Py_tp_init, array_init);
  add(Py_tp_dealloc, array_dealloc);
  add(Py_tp_hash, array_hash);
  add(Py_tp_getset, static_cast<PyGetSetDef*>(getset));
  add(Py_tp_methods, static_cast<PyMethodDef*>(methods));
  add(Py_mp_length, array_length);
  add(Py_sq_length, array_length);
  // By this Python walks along an array: rows until IndexError.
  add(
      Py_sq_item, +[](PyObject* self, Py_ssize_t index) -> PyObject* {
        PyObject* const key = PyLong_FromSsize_t(index);
        if (key == nullptr) return nullptr;
        PyObject* const item = get_item(self, key);
        Py_DECREF(key);
        return item;
      });
  add(Py_mp_subscript, get_item);
  add(
      Py_mp_ass_subscript, +[](PyObject* self, PyObject* key, PyObject* value) {
        return guarded_status([&] {
          check(value != nullptr, "TypeError: elements of an array cannot be deleted");
          set_item(self, key, value);
        });
      });
  add(Py_nb_bool, array_truth);
  add(Py_bf_getbuffer, array_buffer);
  add(Py_bf_releasebuffer, array_release_buffer);
  slots.push_back({0, nullptr});
  return slots;
}

GradReq grad_req_from(const std::string& text) {
  if (text == "write") return GradReq::write;
  if (text == "add") return GradReq::add;
  check(text == "null", "KeyError: expected grad_req to be \"write\", \"add\" or \"null\", got \"",
        text, "\"");
  return GradReq::null;
}

// What a method of `self` gives has its face.
nb::object like(nb::handle self, NDArray array) {
  return nb::steal(wrap(std::move(array), face_of(self.ptr())));
}

const NDArray& checked_array(nb::handle object) {
  if (!is_array(object.ptr())) {
    fail("TypeError: expected an array, got ", nb::cast<std::string>(nb::repr(object)));
  }
  return array_in(object.ptr());
}

}  // namespace

PyTypeObject* array_type() { return base_type; }

PyTypeObject* face_type(Face face) {
  PyTypeObject* const type = face_types[static_cast<std::size_t>(face)];
  return type != nullptr ? type : base_type;
}

Face face_of(PyTypeObject* type) {
  if (type == face_types[0]) return Face::nd;
  PyTypeObject* const np = face_types[1];
  return np != nullptr && (type == np || PyType_IsSubtype(type, np) != 0) ? Face::np : Face::nd;
}

PyObject* wrap(NDArray array, Face face) {
  PyTypeObject* type = face_type(face);
  if (array.defined() && !array.is_dense()) [[unlikely]] {
    PyTypeObject* const stored = stored_types[static_cast<std::size_t>(array.stype())];
    if (stored != nullptr) type = stored;
  }
  return make(type, std::move(array));
}

Face current_face() { return thread_arrays.value_or(program_mode.arrays) ? Face::np : Face::nd; }
bool is_np_shape() { return thread_shapes.value_or(program_mode.shapes); }
bool is_np_default_dtype() { return thread_types.value_or(program_mode.types); }

void bind_array(nb::module_& m) {
  static std::vector<PyType_Slot> slots = array_slots();
  PyType_Spec spec{"gluino._core.Array", sizeof(ArrayObject), 0,
                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots.data()};
  PyObject* const type = PyType_FromSpec(&spec);
  if (type == nullptr) throw nb::python_error();
  base_type = reinterpret_cast<PyTypeObject*>(type);
  m.attr("Array") = nb::handle(type);

  m.def("set_face", [](int face, nb::handle face_class) {
    face_class.inc_ref();
    face_types.at(static_cast<std::size_t>(face)) =
        reinterpret_cast<PyTypeObject*>(face_class.ptr());
  });
  m.def("set_stored_face", [](const std::string& stype, nb::handle face_class) {
    face_class.inc_ref();
    stored_types.at(static_cast<std::size_t>(parse_stype(stype))) =
        reinterpret_cast<PyTypeObject*>(face_class.ptr());
  });
  m.def("set_np_program", [](bool arrays, bool shapes) {
    program_mode.arrays = arrays;
    program_mode.shapes = shapes;
    thread_arrays.reset();
    thread_shapes.reset();
  });
  m.def("set_np_types_of_program", [](bool active) {
    program_mode.types = active;
    thread_types.reset();
  });
  m.def("set_np_array", [](bool active) {
    const bool before = current_face() == Face::np;
    thread_arrays = active;
    return before;
  });
  m.def("set_np_shape", [](bool active) {
    const bool before = is_np_shape();
    thread_shapes = active;
    return before;
  });
  m.def("set_np_types", [](bool active) {
    const bool before = is_np_default_dtype();
    thread_types = active;
    return before;
  });
  m.def("is_np_array", [] { return current_face() == Face::np; });
  m.def("is_np_shape", is_np_shape);
  m.def("is_np_default_dtype", is_np_default_dtype);

  // Of one without elements, as nobody else may look at those.
  m.def("become", [](nb::handle self, const NDArray& array) {
    const NDArray& before = checked_array(self);
    check(before.size() == 0, "TypeError: only an array without elements can be given a state");
    check(array.stype() == before.stype(), "expected the state of an array stored as ",
          to_string(before.stype()), ", found one stored as ", to_string(array.stype()));
    array_in(self.ptr()) = array;
  });
  m.def("as_face", [](nb::handle self, int face) {
    return nb::steal(wrap(checked_array(self), static_cast<Face>(face)));
  });
  m.def("copy", [](nb::handle self) {
    const NDArray& array = checked_array(self);
    return like(self, unlocked(array.size(), [&] { return array.copy(); }));
  });
  m.def("copyto_array", [](const NDArray& a, const NDArray& target) {
    if (is_recorded_value(a)) {
      assign_recorded(target, a);
    } else {
      unlocked(a.size(), [&] { a.copyto(target); });
    }
  });
  m.def("copyto_context", [](nb::handle self, nb::handle context) {
    const NDArray& array = checked_array(self);
    const Context target = context_from(context);
    return like(self, unlocked(array.size(), [&] { return array.copyto(target); }));
  });
  m.def("as_in_context", [](nb::object self, nb::handle place) {
    const Context context = context_from(place);
    const NDArray& array = checked_array(self);
    if (array.context() == context) return self;
    return like(self, unlocked(array.size(), [&] { return array.as_in_context(context); }));
  });
  m.def("astype", [](nb::object self, nb::handle target, bool copy) {
    const DType dtype = dtype_from(target);
    const NDArray& array = checked_array(self);
    if (!copy && array.dtype() == dtype) return self;
    return like(self, unlocked(array.size(), [&] { return array.astype(dtype); }));
  });
  m.def("reshape_view", [](nb::handle self, const Shape& shape) {
    return like(self, checked_array(self).reshape(shape));
  });
  m.def("view", [](nb::handle self, const Shape& shape) {
    return like(self, checked_array(self).view(shape));
  });
  m.def("detach", [](nb::handle self) { return like(self, checked_array(self).detach()); });
  m.def("tostype", [](nb::handle self, const std::string& stype) {
    const NDArray& array = checked_array(self);
    const StorageType target = parse_stype(stype);
    return like(self, unlocked(array.size(), [&] { return array.tostype(target); }));
  });
  m.def("same_as", [](const NDArray& a, const NDArray& b) { return a.same_as(b); });
  m.def("shares_memory",
        [](const NDArray& a, const NDArray& b) { return a.storage() == b.storage(); });
  m.def("assign", [](const NDArray& a, const NDArray& value) {
    unlocked(a.size(), [&] { a.assign(value); });
  });
  m.def("fill",
        [](const NDArray& a, double value) { unlocked(a.size(), [&] { a.assign(value); }); });
  m.def(
      "attach_grad",
      [](const NDArray& a, const std::string& req, const std::optional<std::string>& stype) {
        a.attach_grad(grad_req_from(req),
                      stype ? std::optional(parse_stype(*stype)) : std::nullopt);
      },
      nb::arg("array"), nb::arg("req"), nb::arg("stype").none() = nb::none());
  m.def("to_string", [](const NDArray& a) { return a.to_string(); });
  m.def("stored_values", [](const NDArray& a) { return nd::sparse::parts_of(a).values; });
  m.def("indices", [](const NDArray& a) { return nd::sparse::parts_of(a).indices; });
  m.def("indptr", [](const NDArray& a) { return nd::sparse::parts_of(a).indptr; });
  m.def("check_format", [](const NDArray& a) { nd::sparse::check_format(a); });
  m.def("note_change", [](const NDArray& a) { a.note_change(); });
  m.def("promote", [](DType a, DType b) { return promote(a, b); });
  m.def("dtype_name", [](DType dtype) { return to_string(dtype); });
}

}  // namespace gluino::python
