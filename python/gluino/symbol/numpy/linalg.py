"""Nodes that compute norms."""
from ._symbol import call

__all__ = ["norm"]


def norm(x, ord=None, axis=None, keepdims=False):  # pylint: disable=redefined-builtin
    """A node that computes the norm 1 or 2 along an axis, or of all elements."""
    if ord not in (None, 1, 2) or (axis is None and ord is not None):
        raise NotImplementedError(f"mx.sym.np.linalg.norm: ord={ord} with axis={axis}")
    result = call("norm", x, ord=ord or 2, axis=axis, keepdims=keepdims)
    return call("Reshape", result, shape=()) if axis is None and not keepdims else result
