#pragma once

#include <hwy/base.h>

#include <cstdint>

namespace gluino::kernels {

/// A key of 64 bits (hi) and what tells equal ones apart (lo).
using WideKey = hwy::uint128_t;

/// keys[0, n) in ascending order, in vectors, and on several threads where they are many; `room` is
/// for n more. Highway's quicksort (Blacher, Giesen, Wassenberg, "Vectorized and
/// performance-portable Quicksort", 2022) sorts the parts; these are merged.
void sort_keys(std::uint32_t* keys, std::int64_t n, std::uint32_t* room);
void sort_keys(std::uint64_t* keys, std::int64_t n, std::uint64_t* room);
void sort_keys(WideKey* keys, std::int64_t n, WideKey* room);

}  // namespace gluino::kernels
