#pragma once

#include <gluino/base/export.h>
#include <gluino/ndarray/ndarray.h>

#include <vector>

/// One array that stands at several contexts: a weight, a gradient, a running mean.
namespace gluino::ops {

/// Whether both have the same type, shape and bits.
GLUINO_API bool same_bits(const NDArray& a, const NDArray& b);

/// The mean of the copies, on the CPU: where all have the same bits, exactly these (then it may be
/// one of the copies itself). Throws Error without copies.
GLUINO_API NDArray mean_of_copies(const std::vector<NDArray>& copies);

}  // namespace gluino::ops
