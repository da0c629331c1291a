"""Linear algebra: norms now, decompositions when their operators are there."""
import math

import numpy as onp

from ._call import ArgumentError, axes_in, call, cast, checked, not_there, real, shaped
from .reductions import max as largest, min as smallest, sum as total
from .diagonals import diagonal as diagonal_of
from .shaping import swapaxes
from .products import cross, outer, tensordot


def _p_norm(x, p, axes, keepdims):
    size = call("abs", x)
    if p == math.inf:
        return largest(size, axes, keepdims)
    if p == -math.inf:
        return smallest(size, axes, keepdims)
    if p == 0:
        return cast(total(cast(x, onp.bool_), axes, keepdims=keepdims), x.dtype)
    if p == 1:
        return total(size, axes, keepdims=keepdims)
    if p == 2:  # The registry's has a gradient at 0.
        result = call("norm", x, ord=2, axis=axes, keepdims=keepdims)
        return shaped(result, ()) if len(axes) == x.ndim and not keepdims else result
    return total(size ** p, axes, keepdims=keepdims) ** (1.0 / p)


def norm(x, ord=None, axis=None, keepdims=False):  # pylint: disable=redefined-builtin
    """The norm of vectors along an axis (`ord` a number, inf, -inf, 0), of matrices along two
    ("fro", 1, -1, inf, -inf), or without `ord` and `axis` of the array laid flat. The norms 2, -2
    and "nuc" of matrices need singular values: NotImplementedError."""
    x = real(checked(x, "linalg.norm"))
    if not x.ndim:
        return call("abs", x)
    if axis is None and ord is None:
        return _p_norm(x, 2, tuple(range(x.ndim)), keepdims)
    if axis is None:
        axis = (-1,) if x.ndim == 1 else (-2, -1)
    axes = axes_in(axis, x.ndim, "linalg.norm")
    if len(axes) == 1:
        if isinstance(ord, str):
            raise ArgumentError(f"mx.np.linalg.norm: {ord!r} is no norm of vectors")
        return _p_norm(x, 2 if ord is None else ord, axes, keepdims)
    if len(axes) != 2:
        raise ArgumentError(f"mx.np.linalg.norm: expected one or two axes, got {len(axes)}")
    if ord in (None, "fro", "f"):
        return _p_norm(x, 2, axes, keepdims)
    if ord in (1, -1, math.inf, -math.inf):
        rows, columns = axes
        summed, chosen = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = total(call("abs", x), summed, keepdims=True)
        result = (largest if ord > 0 else smallest)(sums, chosen, keepdims=True)
        kept = tuple(size for i, size in enumerate(result.shape) if keepdims or i not in axes)
        return shaped(result, kept)
    if ord in (2, -2, "nuc"):
        raise NotImplementedError(f"mx.np.linalg.norm: the norm {ord} of matrices needs the "
                                  "operator svd")
    raise ArgumentError(f"mx.np.linalg.norm: there is no norm {ord!r} of matrices")


def vector_norm(x, ord=None, axis=None, keepdims=False):  # pylint: disable=redefined-builtin
    """The norm of vectors along axes taken together."""
    x = real(checked(x, "linalg.vector_norm"))
    return _p_norm(x, 2 if ord is None else ord, axes_in(axis, x.ndim, "linalg.vector_norm"),
                   keepdims)


def matrix_norm(x, ord="fro", axis=(-2, -1), keepdims=False):  # pylint: disable=redefined-builtin
    """The norm of matrices along two axes."""
    return norm(x, ord, axis, keepdims)


def matrix_transpose(a):
    """The last two axes exchanged."""
    return swapaxes(a, -1, -2)


def diagonal(a, offset=0):
    """The diagonal of the last two axes."""
    return diagonal_of(a, offset, -2, -1)


def trace(a, offset=0):
    """The sum of the diagonal of the last two axes."""
    return total(diagonal(a, offset), axis=-1)


def vecdot(a, b, axis=-1):
    """Sums of products along an axis of both."""
    return total(a * b, axis=-1 if axis is None else axis)


def _missing(name, lacks):
    return not_there(f"linalg.{name}", f"the operator {lacks}")


cholesky = _missing("cholesky", "potrf")
det = _missing("det", "det")
slogdet = _missing("slogdet", "slogdet")
inv = _missing("inv", "inverse")
solve = _missing("solve", "solve")
svd = _missing("svd", "svd")
svdvals = _missing("svdvals", "svd")
eig = _missing("eig", "eig")
eigh = _missing("eigh", "syevd")
eigvals = _missing("eigvals", "eig")
eigvalsh = _missing("eigvalsh", "syevd")
pinv = _missing("pinv", "svd")
tensorinv = _missing("tensorinv", "inverse")
tensorsolve = _missing("tensorsolve", "solve")

# What MXNet 1.9.1 itself leaves to NumPy; 2.0's operators for them are not there either.
from .fallback_linalg import (cond, lstsq, matrix_power, matrix_rank, multi_dot, qr)  # noqa: E402

__all__ = [
    "cholesky", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv",
    "lstsq", "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "multi_dot", "norm",
    "outer", "pinv", "qr", "slogdet", "solve", "svd", "svdvals", "tensordot", "tensorinv",
    "tensorsolve", "trace", "vecdot", "vector_norm",
]
