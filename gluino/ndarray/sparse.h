#pragma once

#include <gluino/ndarray/ndarray.h>

#include <cstdint>
#include <vector>

/// The elements of sparse arrays, put where they belong in dense ones.
namespace gluino::nd::params {

/// Copies the rows `values` (n, ...) to the places `rows`, which must grow, of `result`. Throws
/// Error when they do not fit.
void scatter_rows(const NDArray& values, const std::vector<std::int64_t>& rows,
                  const NDArray& result);

/// Copies the elements `values` (n,) to `result` (height, width): those of row i are
/// values[starts[i]] to values[starts[i + 1] - 1], in the columns of the same places. Throws Error
/// when they do not fit.
void scatter_csr(const NDArray& values, const std::vector<std::int64_t>& starts,
                 const std::vector<std::int64_t>& columns, const NDArray& result);

}  // namespace gluino::nd::params
