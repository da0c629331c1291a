"""Diagonals of matrices and what lies on one side of them."""
import numpy as onp

from ._call import ArgumentError, axes_in, broadcast, call, checked, filled, shaped
from .rearranging import padded
from .shaping import picked, transpose


def _band(rows, columns, k, ctx):
    from .creation import tri  # pylint: disable=import-outside-toplevel
    return tri(rows, columns, k, dtype=onp.bool_, ctx=ctx)


def _triangle(m, k, lower):
    if m.ndim == 1:
        m = broadcast(shaped(m, (1, m.size)), (m.size, m.size))
    if m.ndim < 2:
        raise ArgumentError("expected at least one axis")
    band = _band(*m.shape[-2:], k if lower else k - 1, m.ctx)
    nothing = filled(m.shape, 0, m.dtype, m.ctx)
    band = broadcast(band, m.shape)
    return call("where", band, m, nothing) if lower else call("where", band, nothing, m)


def tril(m, k=0):
    """The elements on and below the diagonal that is k to the right; 0 above."""
    return _triangle(checked(m, "tril"), k, True)


def triu(m, k=0):
    """The elements on and above the diagonal that is k to the right; 0 below."""
    return _triangle(checked(m, "triu"), k, False)


def diagonal(a, offset=0, axis1=0, axis2=1):
    """The diagonal of two axes that is `offset` to the right, as the last axis."""
    checked(a, "diagonal")
    if a.ndim < 2:
        raise ArgumentError(f"mx.np.diagonal: expected at least two axes, got {a.ndim}")
    first, second = axes_in((axis1, axis2), a.ndim, "diagonal")
    order = [i for i in range(a.ndim) if i not in (first, second)] + [first, second]
    rows, columns = a.shape[first], a.shape[second]
    row, column = max(0, -offset), max(0, offset)
    count = max(0, min(rows - row, columns - column))
    moved = transpose(a, tuple(order)) if order != list(range(a.ndim)) else a
    flat = shaped(moved, moved.shape[:-2] + (rows * columns,))
    places = [(row + i) * columns + column + i for i in range(count)]
    return picked(flat, places, a.ndim - 2)


def diagflat(array, k=0):
    """A matrix with the elements, laid flat, on the diagonal that is k to the right."""
    checked(array, "diagflat")
    size = array.size + abs(k)
    if array.size == 0:
        return filled((size, size), 0, array.dtype, array.ctx)
    row = shaped(array, (1, array.size))
    before, after = max(0, k), max(0, -k)
    row = padded(row, 1, before, after, "constant", (0, 0)) if k else row
    from .creation import eye  # pylint: disable=import-outside-toplevel
    mask = eye(size, k=k, dtype=onp.bool_, ctx=array.ctx)
    zeros = filled((size, size), 0, array.dtype, array.ctx)
    return call("where", mask, broadcast(row, (size, size)), zeros)


def diag(array, k=0):
    """Of a row, the matrix with it on a diagonal; of a matrix, that diagonal."""
    if checked(array, "diag").ndim == 1:
        return diagflat(array, k)
    if array.ndim == 2:
        return diagonal(array, k)
    raise ArgumentError(f"mx.np.diag: expected one or two axes, got {array.ndim}")


__all__ = ["diag", "diagflat", "diagonal", "tril", "triu"]
