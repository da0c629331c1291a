// Arrays handed to other libraries, and taken from them, without a copy.
#include <gluino/ndarray/storage.h>
#include <nanobind/ndarray.h>

#include "bindings.h"

namespace gluino::python {
namespace {

nb::dlpack::dtype dlpack_type(DType dtype) {
  const auto bits = static_cast<std::uint8_t>(8 * size_of(dtype));
  using Code = nb::dlpack::dtype_code;
  const Code code = dtype == bfloat16        ? Code::Bfloat
                    : is_floating(dtype)     ? Code::Float
                    : dtype == boolean       ? Code::Bool
                    : dtype == gluino::uint8 ? Code::UInt
                                             : Code::Int;
  return {static_cast<std::uint8_t>(code), bits, 1};
}

DType dtype_of_dlpack(const nb::dlpack::dtype& type) {
  for (const DType known : {float32, float64, float16, gluino::uint8, gluino::int32, gluino::int8,
                            gluino::int64, boolean, bfloat16}) {
    if (dlpack_type(known) == type) return known;
  }
  fail("TypeError: from_dlpack: MXNet has no such type of elements (DLPack's code ",
       static_cast<int>(type.code), " with ", static_cast<int>(type.bits), " bits)");
}

nb::object to_dlpack(const NDArray& array) {
  check(array.is_dense(), "a sparse array cannot be handed over; use tostype('default')");
  // The capsule keeps the array alive.
  auto* const kept = new NDArray(array);
  const nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<NDArray*>(p); });
  std::vector<std::size_t> sizes;
  for (const std::int64_t size : array.shape()) sizes.push_back(static_cast<std::size_t>(size));
  const nb::ndarray<> view(array.data(), sizes.size(), sizes.data(), owner, nullptr,
                           dlpack_type(array.dtype()), nb::device::cpu::value, 0);
  return nb::cast(view);
}

NDArray from_dlpack(const nb::ndarray<nb::c_contig, nb::device::cpu>& view) {
  Shape shape;
  for (std::size_t i = 0; i < view.ndim(); ++i) {
    shape.push_back(static_cast<std::int64_t>(view.shape(i)));
  }
  auto* const kept = new nb::ndarray<nb::c_contig, nb::device::cpu>(view);
  auto storage = Storage::adopt(view.data(), cpu(), [kept] {
    const nb::gil_scoped_acquire gil;
    delete kept;
  });
  return NDArray(std::move(storage), 0, shape, dtype_of_dlpack(view.dtype()));
}

// The elements of a NumPy array, which must stay as it is.
NDArray from_buffer(nb::object source, const Shape& shape, DType dtype) {
  auto* const view = new Py_buffer{};
  if (PyObject_GetBuffer(source.ptr(), view, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE) < 0) {
    delete view;
    throw nb::python_error();
  }
  auto storage = Storage::adopt(view->buf, cpu(), [view] {
    const nb::gil_scoped_acquire gil;
    PyBuffer_Release(view);
    delete view;
  });
  return NDArray(std::move(storage), 0, shape, dtype);
}

}  // namespace

void bind_dlpack(nb::module_& m) {
  m.def("to_dlpack", to_dlpack);
  m.def("from_dlpack", from_dlpack);
  m.def("from_buffer", from_buffer);
}

}  // namespace gluino::python
