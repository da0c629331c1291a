"""Nodes that draw random numbers: `mx.sym.random`.

Parameters are numbers, and `shape` is that of the result, or all are symbols: then as many numbers
as `shape` says are drawn for each of their elements.
"""
from ..base import _Null, numeric_types
from . import _internal
from .register import missing_operator, operators_of
from .symbol import Symbol

globals().update(operators_of("random"))

__all__ = ["uniform", "normal", "randn", "poisson", "exponential", "gamma", "multinomial",
           "categorical", "negative_binomial", "binomial", "generalized_negative_binomial",
           "shuffle", "randint"]


def _draw(name, parameters, shape, dtype, kwargs):
    """A node of one distribution; parameters that are symbols have numbers drawn per element."""
    if all(isinstance(parameter, Symbol) for parameter in parameters):
        draw = getattr(_internal, "_sample_" + name)
    elif all(isinstance(parameter, numeric_types) for parameter in parameters):
        draw = getattr(_internal, "_random_" + name)
    else:
        raise ValueError(f"random.{name}: distribution parameters must all be symbols, or all "
                         "numbers")
    return draw(*parameters, shape=shape, dtype=dtype, **kwargs)


def uniform(low=0, high=1, shape=_Null, dtype=_Null, **kwargs):
    """Numbers uniform in [low, high)."""
    return _draw("uniform", (low, high), shape, dtype, kwargs)


def normal(loc=0, scale=1, shape=_Null, dtype=_Null, **kwargs):
    """Normally distributed numbers with mean `loc` and standard deviation `scale`."""
    return _draw("normal", (loc, scale), shape, dtype, kwargs)


def randn(*shape, **kwargs):
    """Normally distributed numbers of the shape given."""
    loc, scale = kwargs.pop("loc", 0), kwargs.pop("scale", 1)
    return normal(loc, scale, shape or _Null, kwargs.pop("dtype", _Null), **kwargs)


def poisson(lam=1, shape=_Null, dtype=_Null, **kwargs):
    """Whole numbers of Poisson's distribution with mean `lam`, in a type of real numbers."""
    return _draw("poisson", (lam,), shape, dtype, kwargs)


def exponential(scale=1, shape=_Null, dtype=_Null, **kwargs):
    """Exponentially distributed numbers with mean `scale`."""
    return _draw("exponential", (1.0 / scale,), shape, dtype, kwargs)


def gamma(alpha=1, beta=1, shape=_Null, dtype=_Null, **kwargs):
    """Numbers of the gamma distribution with shape `alpha` and scale `beta`: mean alpha * beta."""
    return _draw("gamma", (alpha, beta), shape, dtype, kwargs)


def negative_binomial(k=1, p=1, shape=_Null, dtype=_Null, **kwargs):
    """How many failures come before the k-th success, each with the chance `p`."""
    return _draw("negative_binomial", (k, p), shape, dtype, kwargs)


def binomial(n=1, p=0.5, shape=_Null, dtype=_Null, **kwargs):
    """How many of `n` tries succeed, each with the chance `p`, in a type of real numbers."""
    return _draw("binomial", (n, p), shape, dtype, kwargs)


def generalized_negative_binomial(mu=1, alpha=1, shape=_Null, dtype=_Null, **kwargs):
    """The negative binomial distribution by mean `mu` and dispersion `alpha`: the variance is
    mu + alpha * mu**2."""
    return _draw("generalized_negative_binomial", (mu, alpha), shape, dtype, kwargs)


def randint(low, high, shape=_Null, dtype=_Null, **kwargs):
    """Whole numbers in [low, high) of the type int32 or int64."""
    return _internal._random_randint(low, high, shape=shape, dtype=dtype, **kwargs)


def multinomial(data, shape=_Null, get_prob=True, dtype="int32", **kwargs):
    """Places drawn with the chances in `data`, and with `get_prob` the logarithms of their chances:
    a symbol of two outputs."""
    return _internal._sample_multinomial(data, shape=shape, get_prob=get_prob, dtype=dtype,
                                         **kwargs)


categorical = multinomial  # its name in 2.0


def shuffle(data, **kwargs):
    """The rows of an array in a random order."""
    return _internal._shuffle(data, **kwargs)


__getattr__ = missing_operator("mx.sym.random")
