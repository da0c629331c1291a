#pragma once

#include <gluino/ndarray/ndarray.h>

namespace gluino::python {

/// Whether autograd records and a gradient goes through `value`: written into another array as
/// numbers alone, that would be lost.
bool is_recorded_value(const NDArray& value);

/// Writes such a value to all of `array`, as a recorded operator does to its `out`. Throws Error
/// where shape, type or context differ, and where `array` itself was recorded.
void assign_recorded(const NDArray& array, const NDArray& value);

/// Throws Error, in MXNet's words: what is done in place here cannot be recorded.
[[noreturn]] void refuse_in_place(const char* why);

}  // namespace gluino::python
