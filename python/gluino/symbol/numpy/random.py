"""Nodes that draw random numbers."""
from ._symbol import call

__all__ = ["normal", "rand", "randn", "uniform"]


def _shape(size):
    return (size,) if isinstance(size, int) else tuple(size or ())


def uniform(low=0.0, high=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """A node that draws numbers uniform in [low, high)."""
    return call("_random_uniform", low=low, high=high, shape=_shape(size), dtype=dtype, ctx=ctx)


def normal(loc=0.0, scale=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """A node that draws normally distributed numbers."""
    return call("_random_normal", loc=loc, scale=scale, shape=_shape(size), dtype=dtype, ctx=ctx)


def rand(*size, **kwargs):
    """A node that draws numbers uniform in [0, 1)."""
    return uniform(size=size, **kwargs)


def randn(*size, **kwargs):
    """A node that draws normally distributed numbers."""
    return normal(size=size, **kwargs)
