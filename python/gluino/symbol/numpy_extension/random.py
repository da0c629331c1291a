"""Nodes that draw in batches, and truths. Parameters are numbers or symbols."""
from ..numpy.random import _draw

__all__ = ["bernoulli", "normal_n", "uniform_n"]


def bernoulli(prob=None, logit=None, size=None, dtype=None, ctx=None, out=None, device=None):
    """A node that draws 1 with the chance `prob`, or the one whose logarithm of odds is `logit`;
    else 0. ValueError unless exactly one is given."""
    if (prob is None) == (logit is None):
        raise ValueError("mx.sym.npx.random.bernoulli: give either prob or logit")
    given = {"prob": prob} if logit is None else {"logit": logit}
    return _draw("_npi_bernoulli", given, size, device or ctx, dtype, is_logit=logit is not None)


def uniform_n(low=0.0, high=1.0, batch_shape=None, dtype=None, ctx=None, device=None):
    """A node that draws uniform numbers of the shape `batch_shape`, and behind it that of low and
    high."""
    return _draw("_npi_uniform_n", {"low": low, "high": high}, batch_shape, device or ctx, dtype)


def normal_n(loc=0.0, scale=1.0, batch_shape=None, dtype=None, ctx=None, device=None):
    """A node that draws normally distributed numbers of the shape `batch_shape`, and behind it that
    of loc and scale."""
    return _draw("_npi_normal_n", {"loc": loc, "scale": scale}, batch_shape, device or ctx, dtype)
