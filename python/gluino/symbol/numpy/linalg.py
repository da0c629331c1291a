"""Nodes of linear algebra: mx.np.linalg's functions."""
from ...numpy._table import LINALG, functions_of, norm_options
from ._symbol import call, compute

globals().update(functions_of(LINALG, compute, __name__))
__all__ = [*(row.name for row in LINALG), "det", "norm", "pinv", "slogdet", "tensorsolve"]


def det(a):
    """A node with the determinants of matrices (..., N, N)."""
    return _of_stack("_linalg_det", a)


def slogdet(a):
    """Nodes with signs of determinants, and logarithms of their magnitudes."""
    result = call("_linalg_slogdet", call("expand_dims", a, axis=0))
    return tuple(call("_np_squeeze", part, axis=(0,)) for part in result)


def _of_stack(op, a):
    # Of a single matrix the operator gives a row of one; of a stack of them one for each.
    return call("_np_squeeze", call(op, call("expand_dims", a, axis=0)), axis=(0,))


def pinv(a, rcond=1e-15, hermitian=False):
    """A node with the pseudo-inverses of matrices; `rcond` a number or a symbol."""
    if isinstance(rcond, type(a)):
        return call("_npi_pinv", a, rcond, hermitian=hermitian)
    return call("_npi_pinv_scalar_rcond", a, rcond=rcond, hermitian=hermitian)


def tensorsolve(a, b, axes=None):
    """A node with x of which tensordot(a, x, x.ndim) = b."""
    return call("_npi_tensorsolve", a, b, a_axes=() if axes is None else axes)


def norm(x, ord=None, axis=None, keepdims=False):  # pylint: disable=redefined-builtin
    """A node that computes a norm of mx.np.linalg.norm; an `ord` needs its axes."""
    if axis is None and ord is not None:
        raise NotImplementedError("mx.sym.np.linalg.norm: name the axes: how many there are is not "
                                  "known")
    return call("_npi_norm", x, **norm_options(None, ord, axis, keepdims))
