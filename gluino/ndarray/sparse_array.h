#pragma once

#include <gluino/ndarray/ndarray.h>

#include <string>

/// Arrays of which only some rows or elements are stored, as MXNet's `nd.sparse`. Operators that
/// have no kernel for them compute with a dense copy, and give dense arrays.
namespace gluino {

/// What a sparse array is made of; see NDArray::stored_values.
struct SparseParts {
  StorageType stype = StorageType::row_sparse;
  NDArray values;
  NDArray indices;
  NDArray indptr{};
};

/// "default", "row_sparse", "csr"; and back, which throws Error on another name.
GLUINO_API std::string to_string(StorageType stype);
GLUINO_API StorageType parse_stype(const std::string& name);

namespace nd::sparse {

/// Copies of the rows `values` (n, ...) of an array of `shape`, at the places `indices` (n,), which
/// grow. Throws Error when they do not fit.
GLUINO_API NDArray row_sparse_array(const NDArray& values, const NDArray& indices,
                                    const Shape& shape);
/// A matrix whose row i has values[indptr[i]] to values[indptr[i + 1] - 1] in the columns
/// `indices` of the same places, which grow within a row. Throws Error when they do not fit.
GLUINO_API NDArray csr_matrix(const NDArray& values, const NDArray& indptr, const NDArray& indices,
                              const Shape& shape);
/// Nothing is stored.
GLUINO_API NDArray zeros(StorageType stype, const Shape& shape, DType dtype = float32,
                         const Context& context = current_context());

}  // namespace nd::sparse
}  // namespace gluino
