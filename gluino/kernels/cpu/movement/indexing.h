#pragma once

#include <cstddef>
#include <cstdint>

/// Elements and rows chosen by index. Indices are int64 numbers within range: convert() and
/// bound_indices() make them from those of any type.
namespace gluino::kernels {

/// What becomes of an index outside [0, size): the nearest one inside, or index modulo size.
enum class IndexMode { clip, wrap };

/// Brings n indices into [0, size), in place. Throws Error if there are any and `size` is 0.
void bound_indices(std::int64_t* indices, std::int64_t n, std::int64_t size, IndexMode mode);

/// Whether n indices are in [0, size) already.
bool all_inside(const std::int64_t* indices, std::int64_t n, std::int64_t size);

/// An array (outer, n, inner), along whose middle axis is chosen.
struct IndexedShape {
  std::int64_t outer = 1;
  std::int64_t n = 1;
  std::int64_t inner = 1;
};

/// y (outer, inner) = x[o, indices[o, j], j]. T is the unsigned type of the elements' size.
template <class T>
void pick(const T* x, const std::int64_t* indices, T* y, const IndexedShape& shape);

/// dx[o, indices[o, j], j] = dy[o, j], all else 0. T is float or double, from here on.
template <class T>
void pick_gradient(const T* dy, const std::int64_t* indices, T* dx, const IndexedShape& shape);

/// y (count, depth): `on` at [i, indices[i]], `off` elsewhere. Here indices may be outside: such a
/// row is all `off`.
template <class T>
void one_hot(const std::int64_t* indices, std::int64_t count, std::int64_t depth, T on, T off,
             T* y);

/// y (outer, count, inner) = x[o, indices[i], j], for elements of any type of `element_size` bytes.
void take(const void* x, const std::int64_t* indices, std::int64_t count, void* y,
          const IndexedShape& shape, std::size_t element_size);

/// dx[o, indices[i], j] = the sum of dy[o, i, j] over all such i, in their order; 0 elsewhere.
template <class T>
void take_gradient(const T* dy, const std::int64_t* indices, std::int64_t count, T* dx,
                   const IndexedShape& shape);

}  // namespace gluino::kernels
