// + - * / % ** and comparisons of arrays with arrays and numbers.
#include <gluino/base/function_ref.h>
#include <gluino/ndarray/promotion.h>

#include <array>
#include <string>

#include "bindings.h"

namespace gluino::python {
namespace {

// One operator of Python's: the registry's for two arrays, an array and a number, a number and an
// array.
struct Arithmetic {
  const char* both;
  const char* right_scalar;
  const char* left_scalar;
  // Those that give truths, NumPy's, in the same order: a comparison has them.
  std::array<const char*, 3> truths{};
  // The one of a sparse array and another of its shape, where there is such a one.
  const char* equal_shapes = nullptr;
  // The one of two arrays of truths, whose results are truths as NumPy's are.
  const char* of_truths = nullptr;
  bool divides = false;
  bool refuses_truths = false;
  bool compares() const { return truths[0] != nullptr; }
};

const Arithmetic kAdd{.both = "broadcast_add",
                      .right_scalar = "_plus_scalar",
                      .left_scalar = "_plus_scalar",
                      .equal_shapes = "elemwise_add",
                      .of_truths = "_npi_logical_or"};
const Arithmetic kSub{.both = "broadcast_sub",
                      .right_scalar = "_minus_scalar",
                      .left_scalar = "_rminus_scalar",
                      .equal_shapes = "elemwise_sub",
                      .refuses_truths = true};
const Arithmetic kMul{.both = "broadcast_mul",
                      .right_scalar = "_mul_scalar",
                      .left_scalar = "_mul_scalar",
                      .equal_shapes = "elemwise_mul",
                      .of_truths = "_npi_logical_and"};
const Arithmetic kDiv{.both = "broadcast_div",
                      .right_scalar = "_div_scalar",
                      .left_scalar = "_rdiv_scalar",
                      .divides = true};
const Arithmetic kMod{"broadcast_mod", "_mod_scalar", "_rmod_scalar"};
const Arithmetic kPower{.both = "broadcast_power",
                        .right_scalar = "_power_scalar",
                        .left_scalar = "_rpower_scalar",
                        .of_truths = "_npi_greater_equal"};
const Arithmetic kEqual{.both = "broadcast_equal",
                        .right_scalar = "_equal_scalar",
                        .left_scalar = "_equal_scalar",
                        .truths = {"_npi_equal", "_npi_equal_scalar", "_npi_equal_scalar"}};
const Arithmetic kNotEqual{
    .both = "broadcast_not_equal",
    .right_scalar = "_not_equal_scalar",
    .left_scalar = "_not_equal_scalar",
    .truths = {"_npi_not_equal", "_npi_not_equal_scalar", "_npi_not_equal_scalar"}};
const Arithmetic kLess{.both = "broadcast_lesser",
                       .right_scalar = "_lesser_scalar",
                       .left_scalar = "_greater_scalar",
                       .truths = {"_npi_less", "_npi_less_scalar", "_npi_greater_scalar"}};
const Arithmetic kLessEqual{
    .both = "broadcast_lesser_equal",
    .right_scalar = "_lesser_equal_scalar",
    .left_scalar = "_greater_equal_scalar",
    .truths = {"_npi_less_equal", "_npi_less_equal_scalar", "_npi_greater_equal_scalar"}};
const Arithmetic kGreater{.both = "broadcast_greater",
                          .right_scalar = "_greater_scalar",
                          .left_scalar = "_lesser_scalar",
                          .truths = {"_npi_greater", "_npi_greater_scalar", "_npi_less_scalar"}};
const Arithmetic kGreaterEqual{
    .both = "broadcast_greater_equal",
    .right_scalar = "_greater_equal_scalar",
    .left_scalar = "_lesser_equal_scalar",
    .truths = {"_npi_greater_equal", "_npi_greater_equal_scalar", "_npi_less_equal_scalar"}};

// The operators of one Arithmetic, found once.
struct Found {
  explicit Found(const Arithmetic& a)
      : both(Op::get<NoOptions>(a.both)),
        right(Op::get<ScalarOptions>(a.right_scalar)),
        left(Op::get<ScalarOptions>(a.left_scalar)),
        np_both(a.compares() ? Op::get<NoOptions>(a.truths[0]) : both),
        np_right(a.compares() ? Op::get<ScalarOptions>(a.truths[1]) : right),
        np_left(a.compares() ? Op::get<ScalarOptions>(a.truths[2]) : left),
        of_truths(a.of_truths != nullptr ? Op::get<NoOptions>(a.of_truths) : np_both),
        equal_shapes(a.equal_shapes != nullptr ? Op::get<NoOptions>(a.equal_shapes) : both) {}
  // Of two arrays of the nd face.
  const Op& of(const NDArray& a, const NDArray& b) const {
    return are_for_equal_shapes(a, b) ? equal_shapes : both;
  }
  const Op& both;
  const Op& right;
  const Op& left;
  // What NumPy's arrays get.
  const Op& np_both;
  const Op& np_right;
  const Op& np_left;
  const Op& of_truths;
  const Op& equal_shapes;
};

struct Number {
  double value = 0;
  bool is_whole = false;
};

// Python's numbers and NumPy's; nothing for all else, also for NumPy's arrays.
std::optional<Number> number_from(PyObject* object) {
  if (PyFloat_Check(object)) return Number{PyFloat_AsDouble(object), false};
  if (PyLong_Check(object)) {
    const double value = PyLong_AsDouble(object);
    if (value == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
    return Number{value, true};
  }
  static const nb::handle number = imported("numpy", "number");
  static const nb::handle whole = imported("numpy", "integer");
  static const nb::handle truth = imported("numpy", "bool_");
  const nb::handle handle(object);
  if (!nb::isinstance(handle, number) && !nb::isinstance(handle, truth)) return {};
  const nb::object value = nb::steal(PyNumber_Float(object));
  if (!value.is_valid()) throw nb::python_error();
  return Number{PyFloat_AsDouble(value.ptr()),
                !nb::isinstance(handle, number) || nb::isinstance(handle, whole)};
}

NDArray cast_to(const NDArray& array, DType dtype) {
  return array.dtype() == dtype ? array : array.astype(dtype);
}

// What whole numbers become where real ones are computed.
DType default_real() { return is_np_default_dtype() ? float64 : float32; }

// NumPy's rules, before the operator: what both are computed in.
DType computed_in(const Arithmetic& what, DType type) {
  if (what.divides && !is_floating(type)) return default_real();
  if (type == boolean && !what.compares()) return int64;
  return type;
}

// What an array of the type computes in with a number: a fraction makes whole numbers real ones.
DType computed_in(const Arithmetic& what, DType type, const Number& number) {
  if (is_floating(type) || (what.compares() && number.is_whole)) return type;
  if (number.is_whole) return computed_in(what, type);
  return what.compares() ? float64 : default_real();  // neighbours among whole numbers differ in it
}

// A whole number that float64 may not hold, as an array beside one of int64; undefined for others.
NDArray exact_beside(const NDArray& array, PyObject* number, Face face) {
  if (array.dtype() != int64 || !PyLong_Check(number)) return {};
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
  constexpr long long kExact = 1LL << 53;
  if (overflow != 0 || (value >= -kExact && value <= kExact)) return {};
  NDArray exact(face == Face::np ? Shape{} : Shape{1}, int64, array.context());
  *static_cast<std::int64_t*>(exact.data()) = value;
  return exact;
}

// NumPy's type of the result of two types.
DType result_type(const Arithmetic& what, DType together) {
  const bool of_truths = together == boolean && what.of_truths != nullptr;
  return what.compares() || of_truths ? boolean : computed_in(what, together);
}

NDArray of_arrays(const Arithmetic& what, const Found& op, const NDArray& a, const NDArray& b) {
  const NoOptions none;
  const DType together = promote(a.dtype(), b.dtype());
  const bool of_truths = together == boolean && what.of_truths != nullptr;
  check(together != boolean || !what.refuses_truths,
        "[broadcast_sub] TypeError: truths are not subtracted; use ^ or logical_xor");
  const DType type = of_truths ? boolean : computed_in(what, together);
  const NDArray in[] = {cast_to(a, type), cast_to(b, type)};
  return call_operator(of_truths ? op.of_truths : op.np_both, &none, in);
}

PyObject* of_face(const Arithmetic& what, const Found& op, const NDArray& a, const NDArray& b,
                  Face face) {
  if (face == Face::np) return wrap(of_arrays(what, op, a, b), face);
  const NoOptions none;
  const NDArray in[] = {a, b};
  return wrap(call_operator(op.of(a, b), &none, in), face);
}

PyObject* with_array(const Arithmetic& what, const Found& op, PyObject* a, PyObject* b) {
  const Face face = face_of(a) == Face::np || face_of(b) == Face::np ? Face::np : Face::nd;
  check(face_of(a) == face_of(b),
        "TypeError: one operand is an mx.nd.NDArray, the other an "
        "mx.np.ndarray; use as_np_ndarray() or as_nd_ndarray()");
  return of_face(what, op, array_in(a), array_in(b), face);
}

PyObject* with_number(const Arithmetic& what, const Found& op, bool left, PyObject* array,
                      const Number& number) {
  const NDArray& operand = array_in(array);
  if (face_of(array) == Face::nd) {
    const ScalarOptions options{number.value};
    return wrap(call_operator(left ? op.right : op.left, &options, {&operand, 1}), Face::nd);
  }
  // Comparisons bring both to one type themselves.
  const ScalarOptions options{number.value, !what.compares() || number.is_whole};
  const NDArray in =
      what.compares() ? operand : cast_to(operand, computed_in(what, operand.dtype(), number));
  return wrap(call_operator(left ? op.np_right : op.np_left, &options, {&in, 1}), Face::np);
}

// NumPy would take the array for a row of numbers of its own, and forget what was recorded.
void refuse_numpy(PyObject* array, PyObject* other) {
  static const nb::handle type = imported("numpy", "ndarray");
  check(face_of(array) == Face::np || !nb::isinstance(nb::handle(other), type),
        "TypeError: type <class 'numpy.ndarray'> not supported: make it an array with mx.nd.array");
}

// What stands beside an array of ours: an array of NumPy's beside one of the np face as one of
// ours, or as its number where it has no axes; all else as it is.
nb::object operand_beside(PyObject* array, PyObject* other) {
  static const nb::handle type = imported("numpy", "ndarray");
  const nb::object given = nb::borrow(other);
  if (face_of(array) != Face::np || !nb::isinstance(given, type)) return given;
  if (nb::cast<int>(given.attr("ndim")) == 0) return given.attr("item")();
  static const nb::handle from_host = imported("gluino.numpy.fallback", "from_host");
  return from_host(given, nb::handle(array).attr("ctx"));
}

PyObject* compute(const Arithmetic& what, const Found& op, PyObject* a, PyObject* b) {
  return guarded([&]() -> PyObject* {
    const bool left = is_array(a);
    if (left && is_array(b)) return with_array(what, op, a, b);
    const nb::object beside = operand_beside(left ? a : b, left ? b : a);
    PyObject* const other = beside.ptr();
    if (is_array(other)) {
      return left ? with_array(what, op, a, other) : with_array(what, op, other, b);
    }
    const std::optional<Number> number = number_from(other);
    if (!number) {
      refuse_numpy(left ? a : b, other);
      return Py_NewRef(Py_NotImplemented);
    }
    PyObject* const array = left ? a : b;
    const Face face = face_of(array);
    if (const NDArray exact = exact_beside(array_in(array), other, face); exact.defined()) {
      return left ? of_face(what, op, array_in(array), exact, face)
                  : of_face(what, op, exact, array_in(array), face);
    }
    return with_number(what, op, left, array, *number);
  });
}

template <const Arithmetic& what>
PyObject* binary(PyObject* a, PyObject* b) {
  static const Found op(what);
  return compute(what, op, a, b);
}

template <const Arithmetic& what>
PyObject* power(PyObject* a, PyObject* b, PyObject* modulus) {
  if (modulus != Py_None) return Py_NewRef(Py_NotImplemented);
  return binary<what>(a, b);
}

// Truths, numbers of at least 0, whole, real ones: what an array holds may be of a lesser kind.
int kind_of(DType type) {
  return is_floating(type) ? 3 : type == boolean ? 0 : type == uint8 ? 1 : 2;
}

// a += b of NumPy's arrays. Throws Error where a cannot hold the result: NumPy's "same kind".
void write_result(const Arithmetic& what, const NDArray& array, DType type,
                  FunctionRef<NDArray()> result) {
  check(kind_of(type) <= kind_of(array.dtype()), "[", what.both,
        "] TypeError: the result has type ", type, ", which cannot be written into an array of ",
        array.dtype(), "; say a = a op b for a new array");
  static const Op& copy = Op::get("_copy");
  const NDArray in = cast_to(result(), array.dtype());
  NDArray out[] = {array};
  invoke(copy, copy.default_options().get(), {&in, 1}, out);
}

// a += b: written into a, in its type.
template <const Arithmetic& what>
PyObject* in_place(PyObject* a, PyObject* given) {
  static const Found op(what);
  return guarded([&]() -> PyObject* {
    const nb::object beside = is_array(given) ? nb::borrow(given) : operand_beside(a, given);
    PyObject* const b = beside.ptr();
    const NDArray& array = array_in(a);
    const bool np = face_of(a) == Face::np;
    NDArray out[] = {array};
    NDArray other = is_array(b) ? array_in(b) : exact_beside(array, b, face_of(a));
    if (other.defined()) {
      const DType type = result_type(what, promote(array.dtype(), other.dtype()));
      if (np && (type != array.dtype() || type == boolean)) {
        write_result(what, array, type, [&] { return of_arrays(what, op, array, other); });
        return Py_NewRef(a);
      }
      if (np) other = cast_to(other, array.dtype());
      // Kernels may write over their first operand only.
      if (other.storage() == array.storage()) other = other.copy();
      const NDArray in[] = {array, other};
      const NoOptions none;
      const ReleaseGil release(array.size() >= kWorthReleasing);
      invoke(op.of(array, other), &none, in, out);
    } else {
      const std::optional<Number> number = number_from(b);
      if (!number) return Py_NewRef(Py_NotImplemented);
      const ScalarOptions options{number->value};
      const DType type = computed_in(what, array.dtype(), *number);
      if (np && type != array.dtype()) {
        write_result(what, array, type, [&] {
          const NDArray in = cast_to(array, type);
          return call_operator(op.right, &options, {&in, 1});
        });
        return Py_NewRef(a);
      }
      const ReleaseGil release(array.size() >= kWorthReleasing);
      invoke(op.right, &options, {&array, 1}, out);
    }
    return Py_NewRef(a);
  });
}

// a += b. Classes that derive from ours get the function of this slot as their concatenation in
// place, too, whose result Python takes as it is, NotImplemented as well. So its next steps are
// taken here.
PyObject* in_place_add(PyObject* a, PyObject* b) {
  PyObject* const result = in_place<kAdd>(a, b);
  if (result != Py_NotImplemented) return result;
  Py_DECREF(result);
  return PyNumber_Add(a, b);
}

PyObject* negative(PyObject* a) {
  return guarded([&] {
    static const Op& op = Op::get<ScalarOptions>("_mul_scalar");
    const ScalarOptions options{-1};
    check(face_of(a) == Face::nd || array_in(a).dtype() != boolean,
          "[negative] TypeError: truths have no negative; use ~x or logical_not(x)");
    return wrap(call_operator(op, &options, {&array_in(a), 1}), face_of(a));
  });
}

PyObject* absolute(PyObject* a) {
  return guarded([&] {
    static const Op& op = Op::get("abs");
    if (face_of(a) == Face::np && array_in(a).dtype() == boolean) {
      return wrap(array_in(a).copy(), Face::np);
    }
    return wrap(call_operator(op, op.default_options().get(), {&array_in(a), 1}), face_of(a));
  });
}

PyObject* compare(PyObject* a, PyObject* b, int kind) {
  if (b == Py_None && kind != Py_EQ && kind != Py_NE) return Py_NewRef(Py_NotImplemented);
  switch (kind) {
    case Py_EQ:
    case Py_NE: {
      PyObject* const result = kind == Py_EQ ? binary<kEqual>(a, b) : binary<kNotEqual>(a, b);
      // Python would compare identities, which nobody who writes x == y means.
      if (result == Py_NotImplemented && face_of(a) == Face::nd) {
        Py_DECREF(result);
        PyErr_Format(PyExc_TypeError, "an array cannot be compared with %R; use `is` for None",
                     reinterpret_cast<PyObject*>(Py_TYPE(b)));
        return nullptr;
      }
      return result;
    }
    case Py_LT:
      return binary<kLess>(a, b);
    case Py_LE:
      return binary<kLessEqual>(a, b);
    case Py_GT:
      return binary<kGreater>(a, b);
    default:
      return binary<kGreaterEqual>(a, b);
  }
}

}  // namespace

NDArray call_operator(const Op& op, const void* options, std::span<const NDArray> in) {
  const ReleaseGil release(!in.empty() && in[0].defined() && in[0].size() >= kWorthReleasing);
  return apply(op, options, in);
}

std::vector<PyType_Slot> arithmetic_slots() {
  std::vector<PyType_Slot> slots;
  const auto add = [&](int slot, auto* function) {
    slots.push_back({slot, reinterpret_cast<void*>(function)});
  };
  add(Py_nb_add, binary<kAdd>);
  add(Py_nb_subtract, binary<kSub>);
  add(Py_nb_multiply, binary<kMul>);
  add(Py_nb_true_divide, binary<kDiv>);
  add(Py_nb_remainder, binary<kMod>);
  add(Py_nb_power, power<kPower>);
  add(Py_nb_inplace_add, in_place_add);
  add(Py_nb_inplace_subtract, in_place<kSub>);
  add(Py_nb_inplace_multiply, in_place<kMul>);
  add(Py_nb_inplace_true_divide, in_place<kDiv>);
  add(Py_nb_inplace_remainder, in_place<kMod>);
  add(Py_nb_negative, negative);
  add(Py_nb_absolute, absolute);
  add(Py_tp_richcompare, compare);
  return slots;
}

}  // namespace gluino::python
