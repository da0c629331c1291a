"""Arrays of which only some rows or elements are stored: `mx.nd.sparse`.

Operators compute with dense copies of them and give dense arrays.
"""
import numbers

import numpy as onp

from .. import _core
from ..context import Context, current_context
from . import ndarray as _dense
from . import op as _op
from .ndarray import NDArray, array as _dense_array
from . import register as _register
# Found here, too, as in MXNet.
from ..base import c_array_buf, check_call  # noqa: F401

globals().update(_register.operators_of("sparse"))


class BaseSparseNDArray(NDArray):
    """What csr and row_sparse arrays have in common."""

    __slots__ = ()

    def __repr__(self):
        shape = "x".join(str(size) for size in self.shape)
        return f"\n<{type(self).__name__} {shape} @{self.context}>"

    @property
    def data(self):
        """The stored elements (csr) or rows (row_sparse), a copy."""
        return _core.as_face(_core.stored_values(self), 0).copy()

    @property
    def indices(self):
        """The columns of the stored elements, or the numbers of the stored rows, int64."""
        return _core.as_face(_core.indices(self), 0).copy()

    def asnumpy(self):
        """A dense NumPy array with a copy of the elements."""
        return _core.as_face(_core.tostype(self, "default"), 0).asnumpy()

    def __reduce__(self):
        return _of_parts, (self.stype, [part.asnumpy() for part in self._parts()], self.shape,
                           self._type_name(), str(self.context))

    def __setitem__(self, key, value):
        if not (isinstance(key, slice) and key == slice(None)):
            raise ValueError(f"{type(self).__name__} only supports [:] for assignment")
        if not isinstance(value, _core.Array):
            value = _full_like(self, value)
        if value.shape != self.shape:
            raise ValueError(f"cannot assign an array of shape {value.shape} to one of {self.shape}")
        _core.become(self, _core.tostype(value, self.stype))

    def copyto(self, other):
        """Copies the elements into the array `other`, or to the context `other`; returns the copy."""
        if isinstance(other, BaseSparseNDArray):
            other[:] = self
            return other
        return super().copyto(other)

    def check_format(self, full_check=True):
        """Does nothing: what does not fit together is refused when an array is made."""

    def todense(self):
        """A dense copy."""
        return self.tostype("default")

    def copy(self):
        """A copy, stored in the same way."""
        return self.astype(self.dtype)

    def astype(self, dtype, copy=True):
        """A copy of another type, stored in the same way."""
        return self.tostype("default").astype(dtype).tostype(self.stype)

    def reshape(self, *shape, **kwargs):
        """Not there for sparse arrays."""
        from ..base import NotSupportedForSparseNDArray
        raise NotSupportedForSparseNDArray(self.reshape, None, shape)


class CSRNDArray(BaseSparseNDArray):
    """A matrix of which some elements are stored, row by row."""

    __slots__ = ()

    @property
    def indptr(self):
        """For each row where its elements begin in `data`, int64."""
        return _core.as_face(_core.indptr(self), 0).copy()

    def _parts(self):
        return self.data, self.indices, self.indptr

    def asscipy(self):
        """The same matrix of SciPy's."""
        import scipy.sparse  # type: ignore[import-untyped]
        return scipy.sparse.csr_matrix(
            (self.data.asnumpy(), self.indices.asnumpy(), self.indptr.asnumpy()), shape=self.shape)

    def __getitem__(self, key):
        if isinstance(key, int):
            key = slice(key, key + 1 or None)
        if not isinstance(key, slice):
            raise ValueError("CSRNDArray only supports a number or a slice of rows as a key")
        return self.tostype("default")[key].tostype("csr")


class RowSparseNDArray(BaseSparseNDArray):
    """An array of which some rows are stored."""

    __slots__ = ()

    def _parts(self):
        return self.data, self.indices

    def __getitem__(self, key):
        if not (isinstance(key, slice) and key == slice(None)):
            raise ValueError("RowSparseNDArray only supports [:] for reading")
        return self

    def retain(self, row_ids):
        """The rows named, the others 0."""
        return retain(self, row_ids)


def _of_parts(stype, parts, shape, dtype, context):
    """What was pickled."""
    parts = [_dense_array(parts[0], dtype=dtype), *map(_int64, parts[1:])]
    if stype == "csr":
        array = _core.csr_matrix(parts[0], parts[2], parts[1], shape)
    else:
        array = _core.row_sparse_array(*parts, shape)
    kind, number = context.rstrip(")").split("(")
    return _of_stype(_core.as_in_context(array, Context(kind, int(number))))


def _full_like(array, value):
    if isinstance(value, numbers.Number):
        return _dense.full(array.shape, value, array.context, array.dtype)
    return _dense_array(value, array.context, array.dtype)


def _of_stype(array):
    """An array as the class of its storage."""
    if array.stype == "csr":
        return CSRNDArray(array)
    if array.stype == "row_sparse":
        return RowSparseNDArray(array)
    return array if type(array) is NDArray else _core.as_face(array, 0)


def _int64(values):
    return _dense_array(onp.asarray(values.asnumpy() if isinstance(values, NDArray) else values),
                        dtype="int64")


def _values(values, dtype):
    if dtype is None:
        dtype = getattr(values, "dtype", None) or onp.float32
        dtype = onp.float32 if onp.dtype(dtype) == onp.float64 and not isinstance(
            values, NDArray) else dtype
    return _dense_array(values, dtype=dtype)


def csr_matrix(arg1, shape=None, ctx=None, dtype=None):
    """A CSRNDArray from a dense or SciPy matrix, a shape, (data, indices, indptr), or
    (data, (row, column))."""
    if isinstance(arg1, CSRNDArray):
        return _of_stype(_core.tostype(arg1 if dtype is None else arg1.astype(dtype), "csr"))
    if hasattr(arg1, "tocsr"):
        matrix = arg1.tocsr()
        matrix.sort_indices()
        arg1, shape = (matrix.data, matrix.indices, matrix.indptr), shape or matrix.shape
    if isinstance(arg1, tuple) and len(arg1) == 3:
        data, indices, indptr = arg1
        indices, indptr = _int64(indices), _int64(indptr)
        if shape is None:
            columns = int(indices.asnumpy().max()) + 1 if indices.size else 0
            shape = (indptr.size - 1, columns)
        return _of_stype(_core.csr_matrix(_values(data, dtype), indptr, indices, tuple(shape)))
    if isinstance(arg1, tuple) and len(arg1) == 2 and isinstance(arg1[1], tuple):
        data, (row, column) = arg1
        row, column = onp.asarray(row), onp.asarray(column)
        shape = shape or (int(row.max()) + 1, int(column.max()) + 1)
        dense = onp.zeros(shape, onp.asarray(data).dtype)
        onp.add.at(dense, (row, column), onp.asarray(data))
        return csr_matrix(dense, shape, ctx, dtype)
    if isinstance(arg1, tuple):
        return zeros("csr", arg1, ctx, dtype)
    return _of_stype(_core.tostype(_values(arg1, dtype), "csr"))


def row_sparse_array(arg1, shape=None, ctx=None, dtype=None):
    """A RowSparseNDArray from a dense array, a shape, or (data, indices)."""
    if isinstance(arg1, RowSparseNDArray):
        return _of_stype(_core.tostype(arg1 if dtype is None else arg1.astype(dtype), "row_sparse"))
    if isinstance(arg1, tuple) and len(arg1) == 2 and not isinstance(arg1[0], int):
        data, indices = _values(arg1[0], dtype), _int64(arg1[1])
        order = onp.argsort(indices.asnumpy())
        data, indices = data[order], indices[order]
        if shape is None:
            shape = ((int(indices.asnumpy().max()) + 1,) if indices.size else (0,)) + data.shape[1:]
        return _of_stype(_core.row_sparse_array(data, indices, tuple(shape)))
    if isinstance(arg1, tuple):
        return zeros("row_sparse", arg1, ctx, dtype)
    return _of_stype(_core.tostype(_values(arg1, dtype), "row_sparse"))


def zeros(stype, shape, ctx=None, dtype=None, **kwargs):
    """A sparse array that stores nothing."""
    if stype == "default":
        from .ndarray import zeros as dense_zeros
        return dense_zeros(shape, ctx, dtype)
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    return _of_stype(_core.sparse_zeros(stype, shape, dtype, ctx or current_context()))


def empty(stype, shape, ctx=None, dtype=None):
    """As zeros: a sparse array that stores nothing."""
    return zeros(stype, shape, ctx, dtype)


def array(source_array, ctx=None, dtype=None):
    """A copy of a sparse array, or of a SciPy matrix."""
    if isinstance(source_array, RowSparseNDArray):
        return row_sparse_array(source_array, dtype=dtype)
    if isinstance(source_array, CSRNDArray) or hasattr(source_array, "tocsr"):
        return csr_matrix(source_array, dtype=dtype)
    raise ValueError("Unexpected type of source_array: " + str(type(source_array)))


def retain(data, indices):
    """The rows of a row_sparse array that `indices` names; the others are 0."""
    if not isinstance(data, RowSparseNDArray):
        raise TypeError("retain: expected a RowSparseNDArray")
    wanted = set(_int64(indices).asnumpy().tolist())
    stored = data.indices.asnumpy()
    kept = onp.array([i for i, row in enumerate(stored) if row in wanted], dtype="int64")
    if kept.size == 0:
        return zeros("row_sparse", data.shape, data.context, data.dtype)
    return row_sparse_array((data.data[kept], stored[kept]), shape=data.shape)


def __getattr__(name):
    for module in (_op, _dense):  # they compute with dense copies
        if not name.startswith("_") and hasattr(module, name):
            return getattr(module, name)
    return _register.missing_operator("mx.nd.sparse")(name)
