#pragma once

#include <gluino/base/dtype.h>

#include <cstdint>

/// What elements of a type can hold.
namespace gluino {

/// The largest of the places, counted from 0, that elements of `dtype` can name, all of them.
std::int64_t last_place(DType dtype);

/// A number as an element of `dtype`: its bits, in the lowest bytes.
std::uint64_t word_of(DType dtype, double value);

}  // namespace gluino
