#pragma once

#include <cstddef>

namespace gluino {

/// At least `bytes` bytes of the system's, aligned to 64, which std::free gives back; null when
/// there are none. From 1.5 MiB on they lie on huge pages, where the system lends these: then the
/// processor need not look up so often where memory is.
void* allocate_memory(std::size_t bytes);

/// Where the address sanitizer watches, it reports whoever touches these bytes, until they are
/// permitted. Elsewhere this does nothing.
void forbid_memory(const void* begin, std::size_t bytes);
void permit_memory(const void* begin, std::size_t bytes);

}  // namespace gluino
