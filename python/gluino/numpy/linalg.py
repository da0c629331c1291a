"""Linear algebra: norms, decompositions, systems of equations."""
import numpy as onp

from ._call import (ArgumentError, axes_in, broadcast, call, cast, checked, compute, filled, is_np,
                    is_real, promoted, real, shaped, whole)
from ._table import LINALG, functions_of, least_squares_options, norm_options
from .creation import eye
from .diagonals import diagonal as diagonal_of
from .fallback import on_host
from .reductions import sum as total
from .shaping import moveaxis, swapaxes
from .products import cross, matmul, outer, tensordot  # noqa: F401


def norm(x, ord=None, axis=None, keepdims=False):  # pylint: disable=redefined-builtin
    """The norm of vectors along an axis (`ord` a number, inf, -inf, 0), of matrices along two
    ("fro", "nuc", 1, -1, 2, -2, inf, -inf), or without `ord` and `axis` of the array laid flat."""
    x = real(checked(x, "linalg.norm"))
    return compute("_npi_norm", (x,), norm_options(x.ndim, ord, axis, keepdims), None)


def vector_norm(x, ord=None, axis=None, keepdims=False):  # pylint: disable=redefined-builtin
    """The norm of vectors along axes taken together."""
    axes = axes_in(axis, checked(x, "linalg.vector_norm").ndim, "linalg.vector_norm")
    if len(axes) > 1:  # As one axis, at the end.
        rest = tuple(size for i, size in enumerate(x.shape) if i not in axes)
        result = norm(shaped(moveaxis(x, axes, tuple(range(-len(axes), 0))), rest + (-1,)), ord, -1)
        return shaped(result, tuple(1 if i in axes else size for i, size in enumerate(x.shape))) \
            if keepdims else result
    return norm(x, 2 if ord is None else ord, axes or None, keepdims)


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


def _compute(op, arrays, options, out):
    """Whole numbers are computed in float64, as in NumPy."""
    arrays = [checked(array, "linalg") for array in arrays]
    arrays = promoted(*(array if is_real(array) else cast(array, onp.float64)
                        for array in arrays))
    return compute(op, arrays, options, out)


globals().update(functions_of(LINALG, _compute, __name__))


_host_qr = on_host(onp.linalg.qr, "linalg.qr")
_lower_cholesky, _eigh, _eigvalsh = cholesky, eigh, eigvalsh  # noqa: F821


def cholesky(a, upper=False):
    lower = _lower_cholesky(a)
    return swapaxes(lower, -1, -2) if upper else lower


def eigh(a, UPLO="L", *, upper=None):  # pylint: disable=invalid-name
    return _eigh(a, _triangle(UPLO, upper))


def eigvalsh(a, UPLO="L", *, upper=None):  # pylint: disable=invalid-name
    return _eigvalsh(a, _triangle(UPLO, upper))


def _triangle(uplo, upper):
    """Which triangle of a matrix is read: MXNet 2 asks whether it is the upper one."""
    return uplo if upper is None else "U" if upper else "L"


for _own, _made in ((cholesky, _lower_cholesky), (eigh, _eigh), (eigvalsh, _eigvalsh)):
    _own.__doc__ = _made.__doc__


def svdvals(x):
    """The singular values of matrices, (..., min(M, N)), falling."""
    wide = x if x.shape[-2] <= x.shape[-1] else swapaxes(x, -1, -2)
    return _compute("_npi_svd", (wide,), {}, None)[1]


def qr(a, mode="reduced"):
    """q and r of matrices (..., M, N): a = q r, the columns of q of length 1 and at right angles, r
    0 below its diagonal. Gradients are those of the mode "reduced", of matrices whose first columns
    are independent; others of NumPy's modes have none."""
    return tuple(_compute("_npi_qr", (a,), {}, None)) if mode == "reduced" else _host_qr(a, mode)


def pinv(a, rcond=1e-15, hermitian=False, *, rtol=None):
    """The pseudo-inverses of matrices (..., M, N). Singular values up to `rcond`, or `rtol`, a
    number or an array of one for each matrix, times the largest count as 0."""
    rcond = rcond if rtol is None else rtol
    if is_np(rcond):
        return _compute("_npi_pinv", (a, rcond), {"hermitian": hermitian}, None)
    return _compute("_npi_pinv_scalar_rcond", (a,), {"rcond": rcond, "hermitian": hermitian}, None)


def matrix_rank(M, tol=None, hermitian=False, *, rtol=None):  # pylint: disable=invalid-name
    """How many rows, or columns, of matrices (..., M, N) are independent: how many singular values
    are above `tol`, a number or an array of one for each matrix. Without it they are above the
    precision times the longer side times the largest. `rtol` is what MXNet 2 calls it."""
    tol = tol if rtol is None else rtol
    if tol is None:
        return _compute("_npi_matrix_rank_none_tol", (M,), {"hermitian": hermitian}, None)
    tol = tol if is_np(tol) else filled((), tol, onp.float64, checked(M, "linalg.matrix_rank").ctx)
    return _compute("_npi_matrix_rank", (M, tol), {"hermitian": hermitian}, None)


def lstsq(a, b, rcond="warn"):
    """x with the least squares of b - a x, their sums, the rank of a, and its singular values.
    Those up to `rcond` times the largest count as 0: None, or MXNet's word "warn", is the precision
    times the longer side of a; below 0, the precision."""
    return _compute("_npi_lstsq", (a, b), least_squares_options(rcond), None)


def tensorsolve(a, b, axes=None):
    """x with tensordot(a, x, x.ndim) = b; `axes` of a are moved to its end first."""
    return _compute("_npi_tensorsolve", (a, b), {"a_axes": () if axes is None else axes}, None)


def matrix_power(a, n):
    """Matrices (..., N, N) multiplied with themselves to n factors; those of their inverses below
    0."""
    shape = checked(a, "linalg.matrix_power").shape
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ArgumentError("mx.np.linalg.matrix_power: expected square matrices (..., N, N), got "
                            f"{shape}")
    n = whole(n, "linalg.matrix_power: n")
    if n == 0:
        return call("_copy", broadcast(eye(shape[-1], dtype=a.dtype, ctx=a.ctx), shape))
    if n < 0:
        a, n = inv(a), -n  # noqa: F821
    result = None
    while True:
        if n % 2:
            result = a if result is None else matmul(result, a)
        n //= 2
        if not n:
            return call("_copy", a) if result is a else result
        a = matmul(a, a)


# What MXNet itself leaves to NumPy.
from .fallback_linalg import cond, multi_dot  # noqa: E402

__all__ = [
    "cholesky", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv",
    "lstsq", "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose", "multi_dot", "norm",
    "outer", "pinv", "qr", "slogdet", "solve", "svd", "svdvals", "tensordot", "tensorinv",
    "tensorsolve", "trace", "vecdot", "vector_norm",
]
