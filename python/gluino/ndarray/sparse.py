"""Arrays of which only some rows or elements are stored: `mx.nd.sparse`.

Operators that have nothing for how their operands are stored compute with dense copies, and give
dense arrays.
"""
import builtins
import numbers

import numpy as onp

from .. import _core
from ..base import NotSupportedForSparseNDArray
from ..context import Device, current_context, current_device  # noqa: F401
from . import ndarray as _dense
from . import op as _op
from ._creation import _refuse_others
from .ndarray import NDArray, array as _dense_array
from . import register as _register
# Found here, too, as in MXNet.
from ..base import c_array_buf, check_call  # noqa: F401

_operators = _register.operators_of("sparse")
globals().update(_operators)
gs_retain = _operators["retain"]


class BaseSparseNDArray(NDArray):
    """What csr and row_sparse arrays have in common."""

    __slots__ = ()

    def __repr__(self):
        shape = "x".join(str(size) for size in self.shape)
        return f"\n<{type(self).__name__} {shape} @{self.context}>"

    @property
    def data(self):
        """The stored elements (csr) or rows (row_sparse), a copy."""
        return _core.stored_values(self).copy()

    @property
    def indices(self):
        """The columns of the stored elements, or the numbers of the stored rows, int64."""
        return _core.indices(self).copy()

    @property
    def _aux_types(self):
        return [part.dtype for part in self._parts()[1:]]

    @property
    def _num_aux(self):
        return len(self._aux_types)

    def asnumpy(self):
        """A dense NumPy array with a copy of the elements."""
        return _core.tostype(self.detach(), "default").asnumpy()

    def __reduce__(self):
        return _of_parts, (self.stype, [part.asnumpy() for part in self._parts()], self.shape,
                           self._type_name(), str(self.context))

    def __setitem__(self, key, value):
        if not (isinstance(key, builtins.slice) and key == builtins.slice(None)):
            raise ValueError(f"{type(self).__name__} only supports [:] for assignment")
        if isinstance(value, numbers.Number):
            _core.fill(self, value)
            return
        if not isinstance(value, _core.Array):
            value = _dense_array(value, self.context, self.dtype)
        if value.shape != self.shape:
            raise ValueError(f"cannot assign an array of shape {value.shape} to one of {self.shape}")
        _core.assign(self, value)

    def copyto(self, other):
        """Copies the elements into the array `other`, or to the context `other`; returns the copy."""
        if isinstance(other, NDArray):
            other[:] = self
            return other
        return super().copyto(other)

    def check_format(self, full_check=True):
        """An MXNetError where the stored parts do not fit together: places outside of the array, or
        such as do not grow."""
        _core.check_format(self)

    def todense(self):
        """A dense copy."""
        return self.tostype("default")

    def reshape(self, *shape, **kwargs):
        """Not there for sparse arrays."""
        raise NotSupportedForSparseNDArray(self.reshape, None, shape)


class CSRNDArray(BaseSparseNDArray):
    """A matrix of which some elements are stored, row by row."""

    __slots__ = ()

    @property
    def indptr(self):
        """For each row where its elements begin in `data`, int64."""
        return _core.indptr(self).copy()

    def _parts(self):
        return self.data, self.indices, self.indptr

    def asscipy(self):
        """The same matrix of SciPy's."""
        import scipy.sparse  # type: ignore[import-untyped]
        return scipy.sparse.csr_matrix(
            (self.data.asnumpy(), self.indices.asnumpy(), self.indptr.asnumpy()), shape=self.shape,
            dtype=self.dtype)

    def __getitem__(self, key):
        if isinstance(key, tuple) and len(key) == 1:
            key = key[0]
        if isinstance(key, tuple):
            raise ValueError("Multi-dimension indexing is not supported")
        if isinstance(key, numbers.Integral):
            rows = self.shape[0]
            if not -rows <= key < rows:
                raise IndexError(f"index {key} is out of range for {rows} rows")
            key = builtins.slice(int(key), int(key) + 1 or None)
        if not isinstance(key, builtins.slice):
            raise ValueError(f"expected a row or a slice of rows of a csr array, got {key!r}")
        if key.step not in (None, 1):
            raise ValueError("expected rows that follow each other of a csr array, got a step of "
                             f"{key.step}")
        return _op.slice(self, begin=(key.start,), end=(key.stop,))


class RowSparseNDArray(BaseSparseNDArray):
    """An array of which some rows are stored."""

    __slots__ = ()

    def _parts(self):
        return self.data, self.indices

    def __getitem__(self, key):
        if not isinstance(key, builtins.slice):
            raise ValueError("RowSparseNDArray only supports [:] for reading")
        if key != builtins.slice(None):
            raise ValueError("RowSparseNDArray only supports [:] for reading")
        return self

    def retain(self, indices):
        """The rows named, the others 0."""
        return _operators["retain"](self, indices)


_core.set_stored_face("csr", CSRNDArray)
_core.set_stored_face("row_sparse", RowSparseNDArray)


def _of_parts(stype, parts, shape, dtype, context):
    """What was pickled."""
    from ..context import Context
    kind, number = context.rstrip(")").split("(")
    ctx = Context(kind, int(number))
    values = _dense_array(parts[0], ctx, dtype)
    if stype == "csr":
        return _core.csr_matrix(values, _int64(parts[2], ctx), _int64(parts[1], ctx), shape)
    return _core.row_sparse_array(values, _int64(parts[1], ctx), shape)


def _int64(values, ctx=None):
    values = values.asnumpy() if isinstance(values, NDArray) else values
    return _dense_array(onp.asarray(values), ctx, "int64")


def _values(values, dtype, ctx=None):
    """A dense array in a type of its own, or in float32 where it has none."""
    if dtype is None:
        dtype = getattr(values, "dtype", None) or onp.float32
    return _dense_array(values, ctx, dtype)


def _converted(array, ctx, dtype):
    """A copy of a sparse array, at another place and of another type where these are given."""
    copied = array.astype(array.dtype if dtype is None else dtype)
    return copied if ctx is None else copied.as_in_context(ctx)


def _check_shape(given, found):
    if given is not None and tuple(given) != tuple(found):
        raise ValueError(f"Shape mismatch detected. {tuple(given)} v.s. {tuple(found)}")


def _is_shape(values):
    return all(isinstance(value, numbers.Integral) for value in values)


def csr_matrix(arg1, shape=None, ctx=None, dtype=None):
    """A CSRNDArray from a dense or SciPy matrix, a CSRNDArray, a shape, (data, indices, indptr), or
    (data, (row, column))."""
    if isinstance(arg1, tuple):
        if len(arg1) == 3:
            return _csr_of_parts(*arg1, shape, ctx, dtype)
        if len(arg1) != 2:
            raise ValueError(f"Unexpected length of input tuple: {len(arg1)}")
        if _is_shape(arg1):
            _check_shape(shape, arg1)
            return zeros("csr", arg1, ctx, dtype)
        if not isinstance(arg1[1], (tuple, list)) or len(arg1[1]) != 2:
            raise ValueError("Invalid input for csr_matrix: expected (data, (row, column))")
        return _csr_of_coordinates(arg1[0], *arg1[1], shape, ctx, dtype)
    if isinstance(arg1, RowSparseNDArray):
        raise ValueError("Unexpected input type: RowSparseNDArray")
    if isinstance(arg1, CSRNDArray):
        _check_shape(shape, arg1.shape)
        return _converted(arg1, ctx, dtype)
    if hasattr(arg1, "tocsr"):
        matrix = arg1.tocsr()
        matrix.sort_indices()
        _check_shape(shape, matrix.shape)
        return _csr_of_parts(matrix.data, matrix.indices, matrix.indptr, matrix.shape, ctx, dtype)
    dense = _values(arg1, dtype, ctx)
    _check_shape(shape, dense.shape)
    return dense.tostype("csr")


def _csr_of_parts(data, indices, indptr, shape, ctx, dtype):
    if any(part is None for part in (data, indices, indptr)):
        return zeros("csr", shape, ctx, dtype)
    indices, indptr = _int64(indices, ctx), _int64(indptr, ctx)
    if shape is None:
        if not indices.size:
            raise ValueError("invalid shape: without elements a shape is needed")
        shape = (indptr.size - 1, int(indices.asnumpy().max()) + 1)
    return _core.csr_matrix(_values(data, dtype, ctx), indptr, indices, tuple(shape))


def _csr_of_coordinates(data, row, column, shape, ctx, dtype):
    """The matrix of elements in any order; those at one place are added up."""
    data = _values(data, dtype).asnumpy()
    row, column = _int64(row).asnumpy(), _int64(column).asnumpy()
    if shape is None:
        if not row.size:
            raise ValueError("csr_matrix: without elements a shape is needed")
        shape = (int(row.max()) + 1, int(column.max()) + 1)
    if row.size and (row.min() < 0 or row.max() >= shape[0]):
        raise ValueError(f"csr_matrix: expected rows below {shape[0]}")
    order = onp.lexsort((column, row))
    data, row, column = data[order], row[order], column[order]
    first = onp.ones(row.size, bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    data = onp.add.reduceat(data, onp.flatnonzero(first)) if data.size else data
    indptr = onp.searchsorted(row[first], onp.arange(shape[0] + 1))
    return _csr_of_parts(data, column[first], indptr, shape, ctx, data.dtype)


def row_sparse_array(arg1, shape=None, ctx=None, dtype=None):
    """A RowSparseNDArray from a dense array, a RowSparseNDArray, a shape, or (data, indices)."""
    if isinstance(arg1, tuple):
        if len(arg1) < 2:
            raise ValueError(f"Unexpected length of input tuple: {len(arg1)}")
        if _is_shape(arg1):
            _check_shape(shape, arg1)
            return zeros("row_sparse", arg1, ctx, dtype)
        if len(arg1) > 2:
            raise ValueError(f"Unexpected length of input tuple: {len(arg1)}")
        data, indices = _values(arg1[0], dtype, ctx), _int64(arg1[1], ctx)
        if shape is None:
            if not indices.size:
                raise ValueError("invalid shape: without rows a shape is needed")
            shape = (int(indices.asnumpy().max()) + 1,) + data.shape[1:]
        return _core.row_sparse_array(data, indices, tuple(shape))
    if isinstance(arg1, CSRNDArray):
        raise ValueError("Unexpected input type: CSRNDArray")
    if isinstance(arg1, RowSparseNDArray):
        _check_shape(shape, arg1.shape)
        return _converted(arg1, ctx, dtype)
    dense = _values(arg1, dtype, ctx)
    _check_shape(shape, dense.shape)
    return dense.tostype("row_sparse")


def zeros(stype, shape, ctx=None, dtype=None, **kwargs):
    """A sparse array that stores nothing."""
    if stype == "default":
        return _dense.zeros(shape, ctx, dtype, **kwargs)
    if stype not in ("csr", "row_sparse"):
        raise ValueError("unknown storage type" + str(stype))
    ctx = kwargs.pop("device", ctx)
    _refuse_others("sparse.zeros", kwargs, "stype, shape, ctx, dtype")
    shape = (shape,) if isinstance(shape, numbers.Integral) else tuple(shape)
    return _core.sparse_zeros(stype, shape, dtype, ctx or current_context())


def empty(stype, shape, ctx=None, dtype=None):
    """As zeros: a sparse array that stores nothing."""
    return zeros(stype, shape, ctx, dtype)


def array(source_array, ctx=None, dtype=None):
    """A copy of a sparse array, or of a SciPy matrix."""
    if isinstance(source_array, RowSparseNDArray):
        return row_sparse_array(source_array, ctx=ctx, dtype=dtype)
    if isinstance(source_array, CSRNDArray) or hasattr(source_array, "tocsr"):
        return csr_matrix(source_array, ctx=ctx, dtype=dtype)
    raise ValueError("Unexpected source_array type: " + str(type(source_array)))


def _two_operands(otherwise):
    """A function of two operands: of arrays of one shape their element's operator, which may give a
    sparse array, of others `otherwise`."""
    def function(lhs, rhs):
        if isinstance(lhs, NDArray) and isinstance(rhs, NDArray) and lhs.shape == rhs.shape:
            return of_equal_shapes(lhs, rhs)
        return otherwise(lhs, rhs)

    of_equal_shapes = getattr(_op, f"elemwise_{otherwise.__name__[:3]}")
    function.__name__ = function.__qualname__ = otherwise.__name__
    function.__doc__ = otherwise.__doc__
    return function


add, subtract = _two_operands(_dense.add), _two_operands(_dense.subtract)
multiply, divide = _two_operands(_dense.multiply), _two_operands(_dense.divide)


def __getattr__(name):
    for module in (_op, _dense):
        if not name.startswith("_") and hasattr(module, name):
            return getattr(module, name)
    return _register.missing_operator("mx.nd.sparse")(name)
