#pragma once

#include <gluino/base/shape.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace gluino::kernels {

/// Strides of an array, in elements, one per axis: negative to walk backwards, 0 to repeat.
using Strides = std::array<std::int64_t, Shape::kMaxDims>;

/// The strides of a dense row-major array.
Strides dense_strides(const Shape& shape);

/// destination[sum of i_k * destination_strides[k]] = source[sum of i_k * source_strides[k]] for
/// all indices i within `shape`: what slices, concatenations, flips, steps and permutations are
/// made of. The two places must not overlap, nor may destination elements coincide. element_size is
/// 1, 2, 4 or 8 bytes (else Error).
void copy_strided(const void* source, const Strides& source_strides, void* destination,
                  const Strides& destination_strides, const Shape& shape, std::size_t element_size);

/// Axis i of y is axis permutation[i] of x; y is dense. `permutation` must be one (else Error).
void transpose(const void* x, const Shape& shape, const Shape& permutation, void* y,
               std::size_t element_size);

}  // namespace gluino::kernels
