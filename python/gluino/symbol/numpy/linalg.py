"""Nodes of linear algebra: mx.np.linalg's functions."""
from ...numpy._table import LINALG, functions_of, least_squares_options, norm_options
from ._symbol import call, compute

globals().update(functions_of(LINALG, compute, __name__, named=True))
__all__ = [*(row.name for row in LINALG), "lstsq", "matrix_rank", "norm", "pinv", "tensorsolve"]


def pinv(a, rcond=1e-15, hermitian=False, name=None):
    """A node with the pseudo-inverses of matrices; `rcond` a number or a symbol."""
    if isinstance(rcond, type(a)):
        return call("_npi_pinv", a, rcond, hermitian=hermitian, name=name)
    return call("_npi_pinv_scalar_rcond", a, rcond=rcond, hermitian=hermitian, name=name)


def matrix_rank(M, tol=None, hermitian=False, name=None):  # pylint: disable=invalid-name
    """A node with the ranks of matrices; `tol` a symbol, above which singular values count."""
    symbols = (M,) if tol is None else (M, tol)
    op = "_npi_matrix_rank" if tol is not None else "_npi_matrix_rank_none_tol"
    return call(op, *symbols, hermitian=hermitian, name=name)


def lstsq(a, b, rcond="warn", name=None):
    """Nodes with x of the least squares of b - a x, their sums, the rank of a, whose columns are taken
    for independent where it has more rows, and its singular values."""
    return compute("_npi_lstsq", (a, b), least_squares_options(rcond), None, name)


def tensorsolve(a, b, axes=None, name=None):
    """A node with x of which tensordot(a, x, x.ndim) = b."""
    return call("_npi_tensorsolve", a, b, a_axes=() if axes is None else axes, name=name)


def norm(x, ord=None, axis=None, keepdims=False, name=None):  # pylint: disable=redefined-builtin
    """A node that computes a norm of mx.np.linalg.norm; an `ord` needs its axes."""
    if axis is None and ord is not None:
        raise NotImplementedError("mx.sym.np.linalg.norm: name the axes: how many there are is not "
                                  "known")
    return call("_npi_norm", x, name=name, **norm_options(None, ord, axis, keepdims))
