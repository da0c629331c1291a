"""Draws of mx.npx: in batches, and of truths."""
from ..numpy._call import refuse_options
from ..numpy.random import bernoulli, chosen, draw, multinomial
from ..random import seed as _seed, wrap_ctx_to_device_func  # noqa: F401

__all__ = ["bernoulli", "categorical", "multinomial", "normal_n", "seed", "uniform_n"]


def seed(seed, ctx="all", device=None):  # pylint: disable=redefined-outer-name
    """Starts all draws anew; the same as mx.random.seed."""
    _seed(seed)


def categorical(data=None, shape=None, get_prob=False, dtype="int32", **kwargs):
    """Places along the last axis of `data`, drawn as often as the chances that stand there say;
    `shape` of them for each of its rows. With get_prob also the logarithms of their chances."""
    others = {name for name in kwargs if name not in ("name", "out")}
    refuse_options("random.categorical", others, "shape, get_prob and dtype")
    return chosen(data, shape, get_prob, dtype)


def uniform_n(low=0.0, high=1.0, batch_shape=None, dtype=None, ctx=None, device=None):
    """Uniform numbers of the shape `batch_shape`, and behind it that of low and high."""
    return draw("_npi_uniform_n", {"low": low, "high": high}, batch_shape, device or ctx, dtype)


def normal_n(loc=0.0, scale=1.0, batch_shape=None, dtype=None, ctx=None, device=None):
    """Normally distributed numbers of the shape `batch_shape`, and behind it that of loc and
    scale."""
    return draw("_npi_normal_n", {"loc": loc, "scale": scale}, batch_shape, device or ctx,
                      dtype)
