#pragma once

#include <gluino/ndarray/ndarray.h>

#include <string>

/// Arrays of which only some rows or elements are stored, as MXNet's `nd.sparse`. Operators that
/// have no kernel for them (ops/core/stored.h) compute with a dense copy, and give dense arrays.
namespace gluino {

/// What a sparse array is made of; see NDArray::stored_values.
struct SparseParts {
  StorageType stype = StorageType::row_sparse;
  NDArray values;
  NDArray indices;
  NDArray indptr{};
  /// Why these are the parts of no array, so that nothing may be computed with them; "": they are.
  std::string fault{};
  /// How the rows, or some row's columns, do not grow, which is no fault; "": they do.
  std::string disorder{};
};

/// An array of parts that are known to fit, which it keeps as they are.
NDArray make_sparse(SparseParts parts, const Shape& shape);

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

/// The same two, of parts that may not fit, as MXNet makes them: check_format says so, and whatever
/// is to compute with the array. Only numbers of values and places that differ are refused at once.
GLUINO_API NDArray unchecked_row_sparse(const NDArray& values, const NDArray& indices,
                                        const Shape& shape);
GLUINO_API NDArray unchecked_csr(const NDArray& values, const NDArray& indptr,
                                 const NDArray& indices, const Shape& shape);
/// Throws Error where the parts of a sparse array do not fit, or are not in order.
GLUINO_API void check_format(const NDArray& array);
/// The parts, whether or not they fit. Throws Error for a dense array.
GLUINO_API const SparseParts& parts_of(const NDArray& array);

/// NDArray::tostype, of which nothing is recorded.
GLUINO_API NDArray stored_as(const NDArray& array, StorageType stype);
/// An array with the places of `sparse` and other values, which it does not copy. Throws Error when
/// they do not fit.
GLUINO_API NDArray with_values(const NDArray& sparse, const NDArray& values);
/// The array with its rows, or the columns of each row, in order: itself where they are.
GLUINO_API NDArray in_order(const NDArray& array);

}  // namespace nd::sparse
}  // namespace gluino
