"""Random numbers: `mx.nd.random`. One seed, mx.random.seed, governs them all.

Parameters are numbers, and `shape` is that of the result, or all are arrays: then as many numbers
as `shape` says are drawn for each of their elements. The numbers are those that MXNet 1.9.1 draws
on a processor for the seed, where gluino/ops/random/random.h says nothing else.
"""
from ..base import _Null, numeric_types
from ..context import current_context
from . import _internal
from .ndarray import NDArray
from .register import missing_operator, operators_of

globals().update(operators_of("random"))

__all__ = ["uniform", "normal", "randn", "poisson", "exponential", "gamma", "multinomial",
           "categorical", "negative_binomial", "binomial", "generalized_negative_binomial",
           "shuffle", "randint"]


def _draw(name, parameters, shape, dtype, ctx, out, kwargs):
    """Numbers of one distribution; parameters that are arrays have numbers drawn per element."""
    if out is not None and dtype in (_Null, None):
        dtype = out.dtype
    if any(isinstance(parameter, NDArray) for parameter in parameters):
        if not all(isinstance(parameter, NDArray) for parameter in parameters):
            raise ValueError(f"random.{name}: distribution parameters must all be arrays, or all "
                             "numbers")
        sample = getattr(_internal, "_sample_" + name)
        return sample(*parameters, shape=shape, dtype=dtype, out=out, **kwargs)
    if not all(isinstance(parameter, numeric_types) for parameter in parameters):
        raise ValueError(f"random.{name}: distribution parameters must be either NDArrays or "
                         "numbers")
    return _draw_numbers(name, parameters, shape, dtype, ctx, out, kwargs)


def _draw_numbers(name, parameters, shape, dtype, ctx, out, kwargs):
    if shape is _Null or shape is None:
        shape = (1,) if out is None else out.shape
    if ctx is None:
        ctx = current_context() if out is None else out.context
    draw = getattr(_internal, "_random_" + name)
    return draw(*parameters, shape=shape, dtype=_Null if dtype is None else dtype, ctx=str(ctx),
                out=out, **kwargs)


def uniform(low=0, high=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Numbers uniform in [low, high)."""
    return _draw("uniform", (low, high), shape, dtype, ctx, out, kwargs)


def normal(loc=0, scale=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Normally distributed numbers with mean `loc` and standard deviation `scale`."""
    return _draw("normal", (loc, scale), shape, dtype, ctx, out, kwargs)


def randn(*shape, **kwargs):
    """Normally distributed numbers of the shape given."""
    loc, scale = kwargs.pop("loc", 0), kwargs.pop("scale", 1)
    return normal(loc, scale, shape or _Null, kwargs.pop("dtype", _Null), kwargs.pop("ctx", None),
                  kwargs.pop("out", None), **kwargs)


def poisson(lam=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Whole numbers of Poisson's distribution with mean `lam`, in a type of real numbers."""
    return _draw("poisson", (lam,), shape, dtype, ctx, out, kwargs)


def exponential(scale=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Exponentially distributed numbers with mean `scale`."""
    return _draw("exponential", (1.0 / scale,), shape, dtype, ctx, out, kwargs)


def gamma(alpha=1, beta=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Numbers of the gamma distribution with shape `alpha` and scale `beta`: mean alpha * beta."""
    return _draw("gamma", (alpha, beta), shape, dtype, ctx, out, kwargs)


def negative_binomial(k=1, p=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """How many failures come before the k-th success, each with the chance `p`."""
    return _draw("negative_binomial", (k, p), shape, dtype, ctx, out, kwargs)


def binomial(n=1, p=0.5, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """How many of `n` tries succeed, each with the chance `p`, in a type of real numbers."""
    return _draw("binomial", (n, p), shape, dtype, ctx, out, kwargs)


def generalized_negative_binomial(mu=1, alpha=1, shape=_Null, dtype=_Null, ctx=None, out=None,
                                  **kwargs):
    """The negative binomial distribution by mean `mu` and dispersion `alpha`: the variance is
    mu + alpha * mu**2."""
    return _draw("generalized_negative_binomial", (mu, alpha), shape, dtype, ctx, out, kwargs)


def randint(low, high, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Whole numbers in [low, high) of the type int32 or int64. MXNetError for other types, bounds
    that are no whole numbers, and an empty range."""
    return _draw_numbers("randint", (low, high), shape, dtype, ctx, out, kwargs)


def multinomial(data, shape=_Null, get_prob=False, out=None, dtype="int32", **kwargs):
    """Places drawn with the chances in `data`: a row (k,), or one of each row of (n, k), as many
    as `shape` says. What a row lacks to 1 goes to its last place that has a chance; MXNetError where
    it adds up to more. With `get_prob` also the logarithms of the chances, which have gradients."""
    return _internal._sample_multinomial(data, shape=shape, get_prob=get_prob, dtype=dtype, out=out,
                                         **kwargs)


categorical = multinomial  # its name in 2.0


def shuffle(data, **kwargs):
    """The rows of an array in a random order."""
    return _internal._shuffle(data, **kwargs)


__getattr__ = missing_operator("mx.nd.random")
