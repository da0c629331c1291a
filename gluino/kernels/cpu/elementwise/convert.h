#pragma once

#include <gluino/base/dtype.h>

#include <cstdint>

namespace gluino::kernels {

/// Converts n elements between any two types. Towards integers, fractions are cut off, numbers out
/// of range become the nearest number in range, and NaN becomes 0; integers wrap around among
/// themselves, as in C; towards bool, everything but 0 is true. `source` may be `destination` if
/// the element sizes are equal.
void convert(const void* source, DType source_type, void* destination, DType destination_type,
             std::int64_t n);

/// destination[i] = source[i] * scale: pixels to numbers.
void u8_to_float(const std::uint8_t* source, float* destination, std::int64_t n, float scale);

}  // namespace gluino::kernels
