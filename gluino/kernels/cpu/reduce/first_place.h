#pragma once

#include <cstdint>

namespace gluino::kernels {

/// The first place of `value` among n elements, NaN being NaN's equal; n - 1 where it is not there.
/// T is float, double, uint8, int8, int32 or int64.
template <class T>
std::int64_t first_place(const T* x, std::int64_t n, T value);

}  // namespace gluino::kernels
