#pragma once

#include <gluino/gluino.h>
#include <gluino/ops/core/op.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <exception>
#include <memory>
#include <string>
#include <vector>

/// What the bindings share. Each room of the library has a file of its own here.
namespace gluino::python {

namespace nb = nanobind;

/// The two faces of an array: mx.nd.NDArray and mx.np.ndarray.
enum class Face : int { nd = 0, np = 1 };

/// An array as Python sees it. Not a nanobind class: its memory is allocated and its methods are
/// found without a table in between, which is what a call on one number is measured by.
struct ArrayObject {
  PyObject ob_base;
  NDArray value;
};

/// `gluino._core.Array`, from which both faces derive.
PyTypeObject* array_type();
/// The Python class of a face; the base class until Python has told it.
PyTypeObject* face_type(Face face);
/// The face of a class derived from Array.
Face face_of(PyTypeObject* type);
inline bool is_array(PyObject* object) {
  return Py_TYPE(object) == face_type(Face::nd) || PyObject_TypeCheck(object, array_type());
}
/// The array in an object that is_array.
inline NDArray& array_in(PyObject* object) { return reinterpret_cast<ArrayObject*>(object)->value; }
inline Face face_of(PyObject* object) { return face_of(Py_TYPE(object)); }
/// A new reference; null, with a Python error set, when there is no memory.
PyObject* wrap(NDArray array, Face face);
/// The face that makes new arrays where no operand says it: np under npx.set_np.
Face current_face();
/// Whether zero-dimensional and zero-size arrays are arrays like others: npx.set_np_shape.
bool is_np_shape();
/// Whether arrays of numbers are made float64 and int64 where nothing says their type.
bool is_np_default_dtype();

/// The Python object of a symbol, of mx.sym or mx.sym.np.
nb::object wrap(Symbol symbol, Face face = Face::nd);

/// A Python object that C++ keeps, and may let go of on any thread.
using Kept = std::shared_ptr<PyObject>;
Kept keep(const nb::object& object);
inline nb::handle object_of(const Kept& kept) { return kept.get(); }

/// What stands under a name in a module, kept for good: `static const nb::handle x =
/// imported(...)`.
nb::handle imported(const char* module, const char* name);

/// The text that an option of an operator has in files: "True", "(2, 2)", "float32".
std::string attribute_text(PyObject* value);

/// The same of an option that is a type: the library's name for it, however NumPy spells it.
std::string dtype_text(PyObject* value);
/// float32 for `numpy.float32`, `numpy.dtype("float32")`, "float32", and an array of float32.
DType dtype_from(nb::handle value);
/// `numpy.float32`; bfloat16, which NumPy lacks, as the text.
nb::object dtype_to(DType dtype);
nb::object context_to(const Context& context);
Context context_from(nb::handle value);
/// Of a whole number of Python's. Throws Python's OverflowError where it does not fit.
std::int64_t int64_from(nb::handle number);
/// From a number or a row of them.
Shape shape_from(nb::handle value);
nb::tuple shape_to(const Shape& shape);

/// Sets the Python exception for the C++ one that is being handled.
void set_python_error() noexcept;

/// Whether a wait or a run is to end: after Ctrl-C, or what else a handler of a signal raises. That
/// exception is set then, and the Error by which the call ends leaves it.
bool is_interrupted();

/// Runs what may throw within a function of Python's own interface.
template <class F>
PyObject* guarded(F&& f) noexcept {
  try {
    return f();
  } catch (...) {
    set_python_error();
    return nullptr;
  }
}
template <class F>
int guarded_status(F&& f) noexcept {
  try {
    f();
    return 0;
  } catch (...) {
    set_python_error();
    return -1;
  }
}

/// Lets other Python threads run while it lives, if there is enough to do that the change of hands
/// is not felt.
class ReleaseGil {
 public:
  explicit ReleaseGil(bool release) : state_(release ? PyEval_SaveThread() : nullptr) {}
  ReleaseGil(const ReleaseGil&) = delete;
  ReleaseGil& operator=(const ReleaseGil&) = delete;
  ~ReleaseGil() {
    if (state_ != nullptr) PyEval_RestoreThread(state_);
  }

 private:
  PyThreadState* state_;
};

/// Elements from which on an operator's work outweighs handing the interpreter over.
inline constexpr std::int64_t kWorthReleasing = 4096;

/// f(), which asks nothing of Python and handles so many elements.
template <class F>
decltype(auto) unlocked(std::int64_t elements, F&& f) {
  const ReleaseGil release(elements >= kWorthReleasing);
  return f();
}

/// Calls an operator and wraps its visible outputs: one object, or a list of several.
PyObject* call_operator(const Op& op, const void* options, std::span<const NDArray> in,
                        PyObject* out, Face face);
/// The same with one output, which is given.
NDArray call_operator(const Op& op, const void* options, std::span<const NDArray> in);

/// Parts of arrays, by NumPy's keys; see indexing.cc.
PyObject* get_item(PyObject* self, PyObject* key);
void set_item(PyObject* self, PyObject* key, PyObject* value);
/// An array of a number, a row of rows of them, or what has a buffer, converted to `dtype`.
NDArray array_from(nb::handle source, std::optional<DType> dtype, const Context& context);
/// Makes all elements a number of Python's, exactly where the type can hold it.
void assign_number(const NDArray& target, nb::handle value);
/// A NumPy array with a copy of the elements.
nb::object to_numpy(const NDArray& array);
/// The slots of the operators + - * / % ** and comparisons; see arithmetic.cc.
std::vector<PyType_Slot> arithmetic_slots();

void bind_errors(nb::module_& m);
void bind_array(nb::module_& m);
void bind_creation(nb::module_& m);
void bind_dlpack(nb::module_& m);
void bind_operators(nb::module_& m);
void bind_random(nb::module_& m);
void bind_autograd(nb::module_& m);
void bind_symbol(nb::module_& m);
void bind_executor(nb::module_& m);
void bind_control_flow(nb::module_& m);
void bind_custom(nb::module_& m);
void bind_gluon(nb::module_& m);
void bind_gluon_data(nb::module_& m);
void bind_image(nb::module_& m);
void bind_initializer(nb::module_& m);
void bind_io(nb::module_& m);
/// Of bind_io, into its submodule.
void bind_files(nb::module_& m, nb::module_& io);
void bind_kvstore(nb::module_& m);
void bind_metric(nb::module_& m);
void bind_onnx(nb::module_& m);
void bind_optimizer(nb::module_& m);
void bind_profiler(nb::module_& m);
void bind_training(nb::module_& m);
void bind_viz(nb::module_& m);

}  // namespace gluino::python

namespace nanobind::detail {

/// Arrays go in and out as Python's arrays; one that is not defined is None.
template <>
struct type_caster<gluino::NDArray> {
  NB_TYPE_CASTER(gluino::NDArray, const_name("Array"))
  bool from_python(handle source, uint8_t /*flags*/, cleanup_list* /*cleanup*/) noexcept {
    if (source.is_none()) {
      value = gluino::NDArray();
      return true;
    }
    if (!gluino::python::is_array(source.ptr())) return false;
    value = gluino::python::array_in(source.ptr());
    return true;
  }
  static handle from_cpp(const gluino::NDArray& array, rv_policy /*policy*/,
                         cleanup_list* /*cleanup*/) noexcept {
    if (!array.defined()) return none().release();
    return gluino::python::wrap(array, gluino::python::current_face());
  }
};

#define GLUINO_CASTER(Type, name, from, to)                                            \
  template <>                                                                          \
  struct type_caster<gluino::Type> {                                                   \
    NB_TYPE_CASTER(gluino::Type, const_name(name))                                     \
    bool from_python(handle source, uint8_t /*flags*/, cleanup_list* /*c*/) noexcept { \
      try {                                                                            \
        value = gluino::python::from(source);                                          \
        return true;                                                                   \
      } catch (python_error & error) {                                                 \
        error.restore();                                                               \
        PyErr_Clear();                                                                 \
      } catch (const std::exception&) { /* another overload may take it */             \
      }                                                                                \
      return false;                                                                    \
    }                                                                                  \
    static handle from_cpp(const gluino::Type& it, rv_policy /*p*/,                    \
                           cleanup_list* /*c*/) noexcept {                             \
      return gluino::python::to(it).release();                                         \
    }                                                                                  \
  };
GLUINO_CASTER(Shape, "tuple", shape_from, shape_to)
GLUINO_CASTER(DType, "dtype", dtype_from, dtype_to)
GLUINO_CASTER(Context, "Context", context_from, context_to)
#undef GLUINO_CASTER

}  // namespace nanobind::detail
