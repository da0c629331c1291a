// How errors of the library arrive in Python.
#include <new>
#include <string_view>

#include "bindings.h"

namespace gluino::python {
namespace {

PyObject* mxnet_error = nullptr;

// A sentence that begins with the name of one of these, as those of MXNet's do, arrives as it.
struct Named {
  std::string_view prefix;
  PyObject** type;
};

void raise(const char* what) {
  static const Named kinds[] = {{"ValueError: ", &PyExc_ValueError},
                                {"TypeError: ", &PyExc_TypeError},
                                {"IndexError: ", &PyExc_IndexError},
                                {"AttributeError: ", &PyExc_AttributeError},
                                {"KeyError: ", &PyExc_KeyError},
                                {"AssertionError: ", &PyExc_AssertionError},
                                {"NotImplementedError: ", &PyExc_NotImplementedError}};
  const std::string_view text = what;
  for (const Named& kind : kinds) {
    if (text.starts_with(kind.prefix)) {
      PyErr_SetString(*kind.type, what + kind.prefix.size());
      return;
    }
  }
  PyErr_SetString(mxnet_error, what);
}

}  // namespace

void set_python_error() noexcept {
  try {
    throw;
  } catch (nb::python_error& error) {
    error.restore();
  } catch (const Error& error) {
    raise(error.what());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const nb::builtin_exception& error) {
    PyErr_SetString(error.type() == nb::exception_type::type_error    ? PyExc_TypeError
                    : error.type() == nb::exception_type::index_error ? PyExc_IndexError
                    : error.type() == nb::exception_type::key_error   ? PyExc_KeyError
                                                                      : PyExc_ValueError,
                    error.what());
  } catch (const std::exception& error) {
    raise(error.what());
  } catch (...) {
    PyErr_SetString(PyExc_SystemError, "an exception of an unknown kind");
  }
}

void bind_errors(nb::module_& m) {
  mxnet_error = PyErr_NewExceptionWithDoc(
      "mxnet.base.MXNetError",
      "What the library throws on a mistake: what was expected, what was found, and where.",
      PyExc_RuntimeError, nullptr);
  if (mxnet_error == nullptr) throw nb::python_error();
  m.attr("MXNetError") = nb::handle(mxnet_error);
  nb::register_exception_translator([](const std::exception_ptr& error, void* /*payload*/) {
    try {
      std::rethrow_exception(error);
    } catch (const Error& e) {
      raise(e.what());
    }
  });
}

}  // namespace gluino::python
