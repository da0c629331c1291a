// Arrays made from numbers and from NumPy's arrays, and the way back; files of arrays.
#include <gluino/base/profiler.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/device.h>
#include <gluino/ndarray/params.h>

#include <cstring>

#include "bindings.h"

namespace gluino::python {
namespace {

// The buffer of an object, given back at the end.
class Buffer {
 public:
  explicit Buffer(nb::handle object) {
    if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_C_CONTIGUOUS) < 0) throw nb::python_error();
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { PyBuffer_Release(&view_); }
  const void* data() const { return view_.buf; }
  std::size_t bytes() const { return static_cast<std::size_t>(view_.len); }

 private:
  Py_buffer view_{};
};

nb::list arrays_to(const nd::NamedArrays& arrays) {
  nb::list list;
  for (const auto& [name, array] : arrays) list.append(nb::make_tuple(name, nb::cast(array)));
  return list;
}

// The numbers in NumPy's order and type. Those that a narrow type has no place for are cut to it,
// as NumPy did before its version 2.
nb::object numpy_row(nb::handle source, const std::string& dtype) {
  static const nb::handle asarray = imported("numpy", "asarray");
  try {
    return asarray(source, dtype, "C");
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_OverflowError)) throw;
  }
  return asarray(source).attr("astype")(dtype, "C");
}

}  // namespace

NDArray array_from(nb::handle source, std::optional<DType> dtype, const Context& context) {
  if (is_array(source.ptr())) {
    const NDArray& array = array_in(source.ptr());
    return unlocked(array.size(), [&] {
      NDArray copy = array.copyto(context);
      return dtype ? copy.astype(*dtype, false) : copy;
    });
  }
  const DType type = dtype.value_or(float32);
  // What NumPy lacks is rounded from float32.
  const std::string name = to_string(type == bfloat16 ? float32 : type);
  nb::object row;
  try {
    row = numpy_row(source, name);
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_ValueError) && !error.matches(PyExc_TypeError)) throw;
    fail("TypeError: expected a number, a row of rows of numbers, or an array: ", error.what());
  }
  const Shape shape = shape_from(row.attr("shape"));
  const NDArray array(shape, type == bfloat16 ? float32 : type, cpu());
  const Buffer buffer(row);
  return unlocked(array.size(), [&] {
    if (buffer.bytes() > 0) std::memcpy(array.data(), buffer.data(), buffer.bytes());
    const InnerMode plain(false);
    const NDArray result = type == bfloat16 ? array.astype(bfloat16) : array;
    return result.as_in_context(context);
  });
}

nb::object to_numpy(const NDArray& source) {
  const InnerMode plain(false);
  NDArray array = source;
  if (ReadObserver::current() != nullptr) {
    ReadObserver::current()->read(array, SourceLocation::current());
  }
  if (!array.is_dense() || array.dtype() == bfloat16) {
    unlocked(array.size(), [&] {
      if (!array.is_dense()) array = array.tostype(StorageType::dense);
      if (array.dtype() == bfloat16) array = array.astype(float32);
    });
  }
  static const nb::handle empty = imported("numpy", "empty");
  nb::object result = empty(shape_to(array.shape()), dtype_to(array.dtype()));
  Py_buffer view{};
  if (PyObject_GetBuffer(result.ptr(), &view, PyBUF_CONTIG) < 0) throw nb::python_error();
  if (array.bytes() > 0) {
    unlocked(array.size(),
             [&] { copy_bytes(view.buf, cpu(), array.data(), array.context(), array.bytes()); });
  }
  PyBuffer_Release(&view);
  return result;
}

void assign_number(const NDArray& target, nb::handle value) {
  constexpr long long kExact = 1LL << 53;  // beyond it a double has no place for every number
  if (PyLong_Check(value.ptr()) && target.dtype() == int64) {
    const auto number = int64_from(value);
    if (number > kExact || number < -kExact) {
      const NDArray one(Shape(1), int64, cpu());
      *static_cast<std::int64_t*>(one.data()) = number;
      const Shape ones(std::vector<std::int64_t>(static_cast<std::size_t>(target.ndim()), 1));
      const InnerMode plain(false);
      target.assign(one.view(ones).broadcast_to(target.shape()).as_in_context(target.context()));
      return;
    }
  }
  const auto number = nb::cast<double>(value);
  unlocked(target.size(), [&] { target.assign(number); });
}

namespace {

// As MXNet's profiler calls what fills a new array with a number.
const char* filling_name(nb::handle value) {
  if (!profiler::is_running()) return "_full";
  if (!PyFloat_Check(value.ptr()) && !PyLong_Check(value.ptr())) return "_full";
  if (PyObject_Not(value.ptr()) == 1) return "_zeros";
  const nb::int_ one(1);
  return PyObject_RichCompareBool(value.ptr(), one.ptr(), Py_EQ) == 1 ? "_ones" : "_full";
}

}  // namespace

void bind_creation(nb::module_& m) {
  m.def(
      "array_from",
      [](nb::handle source, nb::handle dtype, nb::handle context, int face) {
        std::optional<DType> type;
        if (!dtype.is_none()) type = dtype_from(dtype);
        return nb::steal(
            wrap(array_from(source, type, context_from(context)), static_cast<Face>(face)));
      },
      nb::arg("source"), nb::arg("dtype").none(), nb::arg("context").none(), nb::arg("face"));
  m.def(
      "empty",
      [](const Shape& shape, nb::handle dtype, nb::handle context, int face) {
        return nb::steal(wrap(NDArray(shape, dtype_from(dtype), context_from(context)),
                              static_cast<Face>(face)));
      },
      nb::arg("shape"), nb::arg("dtype").none(), nb::arg("context").none(), nb::arg("face"));
  m.def(
      "full",
      [](const Shape& shape, nb::handle value, nb::handle dtype, nb::handle context, int face) {
        const profiler::Span span("operator", filling_name(value));
        const NDArray array(shape, dtype_from(dtype), context_from(context));
        assign_number(array, value);
        return nb::steal(wrap(array, static_cast<Face>(face)));
      },
      nb::arg("shape"), nb::arg("value"), nb::arg("dtype").none(), nb::arg("context").none(),
      nb::arg("face"));
  m.def(
      "arange",
      [](double start, double stop, double step, nb::handle dtype, nb::handle context, int face) {
        const ContextScope scope(context_from(context));
        const DType type = dtype_from(dtype);
        const double count = (stop - start) / step;
        NDArray row = unlocked(count >= kWorthReleasing ? kWorthReleasing : 0,
                               [&] { return nd::arange(start, stop, step, type); });
        return nb::steal(wrap(std::move(row), static_cast<Face>(face)));
      },
      nb::arg("start"), nb::arg("stop"), nb::arg("step"), nb::arg("dtype").none(),
      nb::arg("context").none(), nb::arg("face"));
  m.def("row_sparse_array", [](const NDArray& values, const NDArray& indices, const Shape& shape) {
    return nd::sparse::unchecked_row_sparse(values, indices, shape);
  });
  m.def("csr_matrix", [](const NDArray& values, const NDArray& indptr, const NDArray& indices,
                         const Shape& shape) {
    return nd::sparse::unchecked_csr(values, indptr, indices, shape);
  });
  m.def(
      "sparse_zeros",
      [](const std::string& stype, const Shape& shape, DType dtype, nb::handle context) {
        return nd::sparse::zeros(parse_stype(stype), shape, dtype, context_from(context));
      },
      nb::arg("stype"), nb::arg("shape"), nb::arg("dtype").none(), nb::arg("context").none());

  m.def("save", [](const std::string& path, const std::vector<NDArray>& arrays) {
    const nb::gil_scoped_release release;
    nd::save(path, arrays);
  });
  m.def("save_named", [](const std::string& path, const nd::NamedArrays& arrays) {
    const nb::gil_scoped_release release;
    nd::save(path, arrays);
  });
  m.def("save_tobuffer", [](const nd::NamedArrays& arrays) {
    const std::string bytes = nd::save_tobuffer(arrays);
    return nb::bytes(bytes.data(), bytes.size());
  });
  m.def("load", [](const std::string& path) {
    nd::NamedArrays arrays;
    {
      const nb::gil_scoped_release release;
      arrays = nd::load(path);
    }
    return arrays_to(arrays);
  });
  m.def("load_frombuffer", [](const nb::bytes& bytes) {
    return arrays_to(nd::load_frombuffer({bytes.c_str(), bytes.size()}));
  });
}

}  // namespace gluino::python
