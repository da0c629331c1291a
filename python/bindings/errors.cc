// How errors of the library arrive in Python.
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings.h"

namespace gluino::python {
namespace {

PyObject* mxnet_error = nullptr;

// A sentence that begins with the name of one of these, as those of MXNet's do, arrives as it. One
// of an operator, "[take] IndexError: ...", arrives as an MXNetError too, which MXNet's operators
// raise.
struct Named {
  std::string_view prefix;
  nb::handle type;
  nb::handle of_operator;
};

template <class... Kinds>
nb::handle new_kind(const char* name, Kinds... kinds) {
  const nb::object bases = nb::make_tuple(nb::handle(kinds)...);
  PyObject* const made =
      PyErr_NewException(("mxnet.error." + std::string(name)).c_str(), bases.ptr(), nullptr);
  if (made == nullptr) throw nb::python_error();
  return made;
}

const std::vector<Named>& kinds() {
  static const std::vector<Named> found = [] {
    const std::pair<const char*, nb::handle> known[] = {
        {"ValueError", PyExc_ValueError},
        {"TypeError", PyExc_TypeError},
        {"IndexError", PyExc_IndexError},
        {"AttributeError", PyExc_AttributeError},
        {"KeyError", PyExc_KeyError},
        {"AssertionError", PyExc_AssertionError},
        {"NotImplementedError", PyExc_NotImplementedError},
        {"AxisError", new_kind("AxisError", PyExc_ValueError, PyExc_IndexError)},
        {"LinAlgError", imported("numpy.linalg", "LinAlgError")}};
    std::vector<Named> result;
    static std::vector<std::string> prefixes;
    prefixes.reserve(std::size(known));
    for (const auto& [name, type] : known) {
      prefixes.push_back(std::string(name) + ": ");
      const nb::handle both = new_kind(name, mxnet_error, type);
      // Of linear algebra MXNet has operators alone.
      const bool plain = std::string_view(name) != "LinAlgError";
      result.push_back({prefixes.back(), plain ? type : both, both});
    }
    return result;
  }();
  return found;
}

// A sentence may quote a file or name it, and those need not be UTF-8.
void set_error(nb::handle type, std::string_view sentence) {
  PyObject* const text = PyUnicode_DecodeUTF8(
      sentence.data(), static_cast<Py_ssize_t>(sentence.size()), "backslashreplace");
  if (text == nullptr) return;
  PyErr_SetObject(type.ptr(), text);
  Py_DECREF(text);
}

void raise(const char* what) {
  // What the handler of a signal has raised, which ended the call: KeyboardInterrupt, mostly.
  if (PyErr_Occurred() != nullptr) return;
  std::string_view text = what;
  while (text.starts_with('[') && text.find("] ") != std::string_view::npos) {
    text.remove_prefix(text.find("] ") + 2);
  }
  const std::string place(what, text.data());
  for (const Named& kind : kinds()) {
    if (!text.starts_with(kind.prefix)) continue;
    const std::string sentence = place + std::string(text.substr(kind.prefix.size()));
    set_error(place.empty() ? kind.type : kind.of_operator, sentence);
    return;
  }
  set_error(mxnet_error, what);
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

bool is_interrupted() {
  // A thread that is not Python's hears of no signal, and need not wait for the lock.
  if (PyGILState_GetThisThreadState() == nullptr) return false;
  const nb::gil_scoped_acquire lock;
  return PyErr_CheckSignals() != 0;
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
