#pragma once

#include <gluino/base/error.h>

#include <cstddef>
#include <new>
#include <stdexcept>
#include <string>

namespace gluino {

/// At least `bytes` bytes of the system's, aligned to 64, which std::free gives back; null when
/// there are none. From 1.5 MiB on they lie on huge pages, where the system lends these: then the
/// processor need not look up so often where memory is.
void* allocate_memory(std::size_t bytes);

/// Returns f(). When there is not the memory that it needs, that is an Error that names `who`.
template <class F>
auto needing_memory(const std::string& who, const F& f) {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    fail(who, ": there is not enough memory");
  } catch (const std::length_error&) {
    fail(who, ": there is not enough memory");
  }
}

/// Where the address sanitizer watches, it reports whoever touches these bytes, until they are
/// permitted. Elsewhere this does nothing.
void forbid_memory(const void* begin, std::size_t bytes);
void permit_memory(const void* begin, std::size_t bytes);

}  // namespace gluino
