// Pooling in vectors that lie along the rows, for any stride and border. A row is first cut into
// one piece per column of a step (columns 0, s, 2 s, ... of stride s; 1, s + 1, ...), with its
// borders filled: then neighbouring windows read neighbouring values.
#pragma once

#include <gluino/kernels/cpu/pooling/pooling.h>

namespace gluino::kernels {

/// Whether the functions below can be used, and are faster than going window by window.
bool pool_rows_suit(const Pool2D& pool);

/// One plane of max_pool.
void max_plane_rows(const float* x, float* y, std::int32_t* argmax, const Pool2D& pool);

/// One plane of avg_pool, or of sum_pool, with the bits of going window by window.
void sum_plane_rows(const float* x, float* y, const Pool2D& pool, bool average);

/// One plane of their gradients, with the same bits, too.
void sum_plane_gradient_rows(const float* dy, float* dx, const Pool2D& pool, bool average);

/// Whether there is one window, the whole plane.
bool is_global(const Pool2D& pool);

/// The first largest of n >= 1 values, and in `place`, unless it is null, where it stands. As in a
/// window, a NaN counts only if it is the first.
float max_of_plane(const float* x, std::int64_t n, std::int32_t* place);
float sum_of_plane(const float* x, std::int64_t n);

}  // namespace gluino::kernels
