"""Nodes that draw random numbers. Parameters are numbers or symbols."""
import numbers

from ... import _core
from ..._operators import SYM_NP
from ..symbol import Symbol
from ._symbol import call

__all__ = ["chisquare", "choice", "exponential", "gamma", "gumbel", "laplace", "logistic",
           "lognormal", "normal", "pareto", "power", "rand", "randint", "randn", "rayleigh", "shuffle",
           "uniform", "weibull"]


def _size(size):
    return (size,) if isinstance(size, numbers.Integral) else tuple(size or ())


def _draw(op, parameters, size, ctx, dtype=None, **options):
    """A node of one distribution. An operator's option that is None stands for an input."""
    symbols = [value for value in parameters.values() if isinstance(value, Symbol)]
    options.update({name: None if isinstance(value, Symbol) else float(value)
                    for name, value in parameters.items()})
    if size is not None or not symbols:
        options["size"] = _size(size)
    if ctx is not None:
        options["ctx"] = str(ctx)
    if dtype is not None:
        options["dtype"] = dtype
    return _core.make_operator(op, SYM_NP, op)(*symbols, **options)


def uniform(low=0.0, high=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """A node that draws numbers uniform in [low, high)."""
    return _draw("_npi_uniform", {"low": low, "high": high}, size, device or ctx, dtype)


def normal(loc=0.0, scale=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """A node that draws normally distributed numbers."""
    return _draw("_npi_normal", {"loc": loc, "scale": scale}, size, device or ctx, dtype)


def gamma(shape, scale=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """A node that draws from the gamma distribution with mean `shape` * `scale`."""
    return _draw("_npi_gamma", {"shape": shape, "scale": scale}, size, device or ctx, dtype)


def exponential(scale=1.0, size=None, ctx=None, out=None, device=None):
    """A node that draws exponentially distributed numbers with mean `scale`."""
    return _draw("_npi_exponential", {"scale": scale}, size, device or ctx)


def rayleigh(scale=1.0, size=None, ctx=None, out=None, device=None):
    """A node that draws lengths of vectors of two normally distributed numbers."""
    return _draw("_npi_rayleigh", {"scale": scale}, size, device or ctx)


def gumbel(loc=0.0, scale=1.0, size=None, ctx=None, out=None, device=None):
    """A node that draws from Gumbel's distribution of extremes around `loc`."""
    return _draw("_npi_gumbel", {"loc": loc, "scale": scale}, size, device or ctx)


def laplace(loc=0.0, scale=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """A node that draws from Laplace's distribution around `loc`."""
    return _draw("_npi_laplace", {"loc": loc, "scale": scale}, size, device or ctx, dtype)


def logistic(loc=0.0, scale=1.0, size=None, ctx=None, out=None, device=None):
    """A node that draws from the logistic distribution around `loc`."""
    return _draw("_npi_logistic", {"loc": loc, "scale": scale}, size, device or ctx)


def weibull(a, size=None, ctx=None, out=None, device=None):
    """A node that draws from Weibull's distribution with the shape `a`."""
    return _draw("_npi_weibull", {"a": a}, size, device or ctx)


def pareto(a, size=None, ctx=None, out=None, device=None):
    """A node that draws from Pareto's second distribution with the shape `a`."""
    return _draw("_npi_pareto", {"a": a}, size, device or ctx)


def power(a, size=None, ctx=None, out=None, device=None):
    """A node that draws from the distribution with density a x**(a - 1) in [0, 1]."""
    return _draw("_npi_powerd", {"a": a}, size, device or ctx)


def lognormal(mean=0.0, sigma=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """A node that draws numbers whose logarithm is normally distributed."""
    return call("_npi_exp", normal(mean, sigma, size, dtype, ctx, None, device))


def chisquare(df, size=None, dtype=None, ctx=None, device=None):
    """A node that draws sums of squares of `df` normally distributed numbers."""
    return gamma(df / 2, 2.0, size, dtype, ctx, None, device)


def choice(a, size=None, replace=True, p=None, ctx=None, out=None, device=None):
    """A node that draws whole numbers below `a`, with chances `p`, a symbol, or equal ones; without
    `replace` each at most once."""
    where = {} if (device or ctx) is None else {"ctx": str(device or ctx)}
    draw = _core.make_operator("_npi_choice", SYM_NP, "_npi_choice")
    return draw(*(() if p is None else (p,)), a=int(a), size=_size(size), replace=bool(replace),
                weighted=p is not None, **where)


def rand(*size, **kwargs):
    """A node that draws numbers uniform in [0, 1)."""
    return uniform(size=size, **kwargs)


def randn(*size, **kwargs):
    """A node that draws normally distributed numbers."""
    return normal(size=size, **kwargs)


def randint(low, high=None, size=None, dtype=None, ctx=None, out=None, device=None):
    """A node that draws whole numbers in [low, high), or [0, low), int32 or int64."""
    low, high = (0, low) if high is None else (low, high)
    where = {} if (device or ctx) is None else {"ctx": str(device or ctx)}
    draw = _core.make_operator("_random_randint", SYM_NP, "_random_randint")
    return draw(low=int(low), high=int(high), shape=_size(size), dtype=dtype or "int64", **where)


def shuffle(x):
    """A node that puts the rows of `x` into a random order."""
    return _core.make_operator("_shuffle", SYM_NP, "_shuffle")(x)
