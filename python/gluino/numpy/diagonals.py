"""Diagonals of matrices and what lies on one side of them."""
import numpy as onp

from ._call import ArgumentError, broadcast, call, checked, compute, filled, shaped
from ._table import DIAGONALS, functions_of

globals().update(functions_of(DIAGONALS, compute, __name__))


def triu(m, k=0):
    """The elements on and above the diagonal that is k to the right; 0 below."""
    from .creation import tri  # pylint: disable=import-outside-toplevel
    if checked(m, "triu").ndim == 0:
        raise ArgumentError("mx.np.triu: expected at least one axis")
    if m.ndim == 1:
        m = broadcast(shaped(m, (1, m.size)), (m.size, m.size))
    below = tri(*m.shape[-2:], k - 1, dtype=onp.bool_, ctx=m.ctx)
    return call("_npi_where", below, filled((), 0, m.dtype, m.ctx), m)


__all__ = ["diag", "diagflat", "diagonal", "tril", "triu"]
