"""Draws of mx.npx: in batches, and of truths."""
from ..numpy.random import bernoulli, chosen, in_batches, multinomial, normal, uniform
from ..random import seed as _seed

__all__ = ["bernoulli", "categorical", "multinomial", "normal_n", "seed", "uniform_n"]


def seed(seed, ctx="all", device=None):  # pylint: disable=redefined-outer-name
    """Starts all draws anew; the same as mx.random.seed."""
    _seed(seed)


def categorical(data=None, shape=None, get_prob=False, dtype="int32", **kwargs):
    """Places along the last axis of `data`, drawn as often as the chances that stand there say;
    `shape` of them for each of its rows. Not with get_prob: NotImplementedError."""
    if get_prob:
        raise NotImplementedError("npx.random.categorical: get_prob")
    return chosen(data, () if shape is None else shape, dtype)


def uniform_n(low=0.0, high=1.0, batch_shape=None, dtype=None, ctx=None, device=None):
    """Uniform numbers of the shape `batch_shape`, and behind it that of low and high."""
    return in_batches(uniform, low, high, batch_shape, dtype, ctx if device is None else device)


def normal_n(loc=0.0, scale=1.0, batch_shape=None, dtype=None, ctx=None, device=None):
    """Normally distributed numbers of the shape `batch_shape`, and behind it that of loc and
    scale."""
    return in_batches(normal, loc, scale, batch_shape, dtype, ctx if device is None else device)
