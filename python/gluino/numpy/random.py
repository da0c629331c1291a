"""Random arrays. The one seed (`mx.random.seed`, `mx.np.random.seed`) governs all of them.

Uniform and normal numbers are drawn by the registry's operators, the same as MXNet 1.x draws on a
processor. Other distributions are made of those by inverting them; those that have no such form
are not there yet.
"""
import math

import numpy as onp

from .. import _core
from ..context import current_context
from ..random import seed
from ._call import (NP_FACE, ArgumentError, broadcast, call, cast, checked, common_shape,
                    default_float, filled, give, is_np, is_number, not_there, shaped)
from .binary import where as select
from .reductions import cumsum, sum as total
from .unary import expm1, log, sqrt


def _size(size, *parameters):
    """The shape of the result: `size`, or what the parameters have together."""
    if size is None:
        return common_shape(*(p.shape for p in parameters if is_np(p))) if any(
            is_np(p) for p in parameters) else ()
    return (int(size),) if is_number(size) else tuple(int(n) for n in size)


def _context(ctx, device, parameters=()):
    where = ctx if device is None else device
    if where is not None:
        return where
    return next((p.ctx for p in parameters if is_np(p)), None) or current_context()


def _checked_parameters(where, parameters):
    for parameter in parameters:
        if not is_number(parameter):
            checked(parameter, f"random.{where}")


def _standard_uniform(shape, dtype, ctx):
    return call("_random_uniform", low=0.0, high=1.0, shape=shape, dtype=dtype, ctx=ctx)


def uniform(low=0.0, high=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """Numbers uniform in [low, high), numbers or arrays that are broadcast together."""
    _checked_parameters("uniform", (low, high))
    shape, where = _size(size, low, high), _context(ctx, device, (low, high))
    dtype = dtype or default_float()
    if is_number(low) and is_number(high):
        return give(call("_random_uniform", low=float(low), high=float(high), shape=shape,
                           dtype=dtype, ctx=where), out)
    draw = _standard_uniform(shape, dtype, where)
    return give(cast(low + draw * (high - low), dtype), out)


def normal(loc=0.0, scale=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """Normally distributed numbers with mean `loc` and standard deviation `scale`, numbers or
    arrays that are broadcast together."""
    _checked_parameters("normal", (loc, scale))
    shape, where = _size(size, loc, scale), _context(ctx, device, (loc, scale))
    dtype = dtype or default_float()
    if is_number(loc) and is_number(scale):
        return give(call("_random_normal", loc=float(loc), scale=float(scale), shape=shape,
                           dtype=dtype, ctx=where), out)
    draw = call("_random_normal", loc=0.0, scale=1.0, shape=shape, dtype=dtype, ctx=where)
    return give(cast(draw * scale + loc, dtype), out)


def lognormal(mean=0.0, sigma=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """Numbers whose logarithm is normally distributed."""
    return give(call("exp", normal(mean, sigma, size, dtype, ctx, None, device)), out)


def rand(*size, **kwargs):
    """Numbers uniform in [0, 1), of the shape that the arguments are."""
    return uniform(0.0, 1.0, size=size, **kwargs)


def randn(*size, **kwargs):
    """Normally distributed numbers with mean 0 and deviation 1, of the shape that the arguments
    are."""
    return normal(0.0, 1.0, size=size, **kwargs)


def randint(low, high=None, size=None, dtype=None, ctx=None, out=None, device=None):
    """Whole numbers in [low, high), or [0, low), int64 unless `dtype` says another type.
    ValueError for an empty range."""
    if high is None:
        low, high = 0, low
    if low >= high:
        raise ArgumentError(f"mx.np.random.randint: expected low < high, got {low} and {high}")
    where = _context(ctx, device)
    draw = call("_random_uniform", low=0.0, high=float(high - low), shape=_size(size),
                dtype=onp.float64, ctx=where)
    numbers = cast(call("floor", draw), onp.int64) + int(low)
    return give(cast(numbers, dtype or onp.int64), out)


def _inverted(invert, parameters, size, dtype, ctx, out):
    """A draw from the distribution of which `invert` makes a number from one uniform in (0, 1)."""
    _checked_parameters("draw", parameters)
    shape, where = _size(size, *parameters), _context(ctx, None, parameters)
    dtype = dtype or default_float()
    unit = _standard_uniform(shape, dtype, where)
    # 0 has no logarithm: drawn once in 2**32 times, it becomes half the smallest that is drawn.
    unit = call("_maximum_scalar", unit, scalar=2.0 ** -33)
    return give(cast(invert(unit, *parameters), dtype), out)


def exponential(scale=1.0, size=None, ctx=None, out=None, device=None):
    """Exponentially distributed numbers with mean `scale`."""
    return _inverted(lambda u, s: -log(u) * s, (scale,), size, None, device or ctx, out)


def rayleigh(scale=1.0, size=None, ctx=None, out=None, device=None):
    """Lengths of vectors of two normally distributed numbers with deviation `scale`."""
    return _inverted(lambda u, s: sqrt(log(u) * -2) * s, (scale,), size, None, device or ctx, out)


def gumbel(loc=0.0, scale=1.0, size=None, ctx=None, out=None, device=None):
    """Gumbel's distribution of extremes around `loc`."""
    return _inverted(lambda u, m, s: m - log(-log(u)) * s, (loc, scale), size, None,
                     device or ctx, out)


def logistic(loc=0.0, scale=1.0, size=None, ctx=None, out=None, device=None):
    """The logistic distribution around `loc`."""
    return _inverted(lambda u, m, s: m + (log(u) - log(1 - u)) * s, (loc, scale), size, None,
                     device or ctx, out)


def laplace(loc=0.0, scale=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """Laplace's distribution around `loc`."""
    return _inverted(lambda u, m, s: m + select(u < 0.5, log(u * 2), -log((1 - u) * 2)) * s,
                     (loc, scale), size, dtype, device or ctx, out)


def weibull(a, size=None, ctx=None, out=None, device=None):
    """Weibull's distribution with the shape `a`."""
    return _inverted(lambda u, k: (-log(u)) ** (1.0 / k), (a,), size, None, device or ctx, out)


def pareto(a, size=None, ctx=None, out=None, device=None):
    """Pareto's second distribution with the shape `a`."""
    return _inverted(lambda u, k: expm1(log(u) * (-1.0 / k)), (a,), size, None, device or ctx, out)


def power(a, size=None, ctx=None, out=None, device=None):
    """The distribution with density a x**(a - 1) in [0, 1]."""
    return _inverted(lambda u, k: (1 - u) ** (1.0 / k), (a,), size, None, device or ctx, out)


def shuffle(x):
    """Puts the rows of an array into a random order, in the array itself."""
    checked(x, "random.shuffle")
    if x.ndim and x.shape[0] > 1:
        x[:] = permutation(x)


def permutation(x):
    """The rows of an array in a random order, or so many numbers from 0 on; int64."""
    count = int(x) if is_number(x) else checked(x, "random.permutation").shape[0]
    where = current_context() if is_number(x) else x.ctx
    places = _core.array_from(_core.permutation(count), "int64", where, NP_FACE)
    return places if is_number(x) else (call("take", x, places, axis=0) if count else x.copy())


def _places_by_chance(shape, p, ctx):
    """Places in a row, each as often as `p` says: where a uniform number falls among the sums of
    the chances before. What the chances lack to 1 is the last place's."""
    ends = cumsum(cast(p, onp.float64))
    count = 1
    for size in shape:
        count *= size
    draw = shaped(_standard_uniform((count,), onp.float64, ctx), (count, 1))
    beyond = call("broadcast_greater_equal", draw, shaped(ends, (1, ends.size)))
    places = call("_minimum_scalar", total(beyond, axis=1), scalar=ends.size - 1)
    return shaped(cast(places, onp.int64), shape)


def _different_places(p, drawn):
    """So many places, none twice, each drawn with the chances of those that are left: the order of
    exponential times whose rates are the chances (Efraimidis and Spirakis, 2006)."""
    if int(total(p > 0)) < drawn:
        raise ArgumentError(f"mx.np.random.choice: {drawn} of {int(total(p > 0))} places that have "
                            "a chance")
    times = exponential(1.0, p.shape, ctx=p.ctx) / cast(p, default_float())
    return call("argsort", times, axis=0, dtype=onp.int64)[:drawn]


def choice(a, size=None, replace=True, p=None, ctx=None, out=None, device=None):
    """Numbers below `a`, or elements of the row `a`, drawn with chances `p`, or equal ones; without
    `replace` each at most once. ValueError for more than there are."""
    count = int(a) if is_number(a) else checked(a, "random.choice").shape[0]
    where = _context(ctx, device, (a,))
    shape = _size(size)
    drawn = int(onp.prod(shape, dtype=onp.int64))
    if count <= 0:
        raise ArgumentError("mx.np.random.choice: there is nothing to choose from")
    if replace:
        p = None if p is None else _chances(p, where)
        if p is not None and (p.shape != (count,) or abs(float(total(p)) - 1) > 1e-3):
            raise ArgumentError(f"mx.np.random.choice: expected {count} chances that sum to 1, got "
                                f"{p.size} with the sum {float(total(p)):g}")
        places = randint(0, count, shape, ctx=where) if p is None else \
            _places_by_chance(shape, p, where)
    elif drawn > count:
        raise ArgumentError(f"mx.np.random.choice: {drawn} of {count} without replacement")
    elif p is None:
        places = shaped(permutation(count)[:drawn], shape)
    else:
        places = shaped(_different_places(_chances(p, where), drawn), shape)
    result = places if is_number(a) else call("take", a, places, axis=0)
    return give(result, out)


def chosen(data, shape, dtype):
    """Places along the last axis of `data`, which holds their chances: `shape` for each row."""
    rows = shaped(checked(data, "random.categorical"), (-1 if not data.size else
                                                        data.size // data.shape[-1],
                                                        data.shape[-1]))
    shape = _size(shape)
    drawn = [_places_by_chance(shape, row, data.ctx) for row in rows]
    return cast(shaped(call("stack", *drawn, axis=0), data.shape[:-1] + shape), dtype)


def _chances(p, ctx):
    if is_np(p):
        return p
    return _core.array_from(p, "float64", ctx, NP_FACE)


def multinomial(n, pvals, size=None, **kwargs):
    """How often each of several outcomes with chances `pvals` comes in n draws, int64."""
    chances = _chances(pvals, current_context())
    shape = _size(size)
    if not chances.size:
        return filled(shape + (0,), 0, onp.int64, chances.ctx)
    if float(total(chances[:-1])) > 1 + 1e-5:
        raise ArgumentError("mx.np.random.multinomial: the chances sum to more than 1")
    places = _places_by_chance(shape + (int(n),), chances, chances.ctx)
    counts = call("sum", call("one_hot", places, depth=chances.size, dtype="int64"),
                  axis=(len(shape),))
    return shaped(counts, shape + (chances.size,))


def bernoulli(prob=None, logit=None, size=None, dtype=None, ctx=None, out=None, device=None):
    """1 with the chance `prob`, or the one whose logarithm of odds is `logit`; else 0. ValueError
    unless exactly one is given."""
    if (prob is None) == (logit is None):
        raise ArgumentError("npx.random.bernoulli: give either prob or logit")
    if prob is None:
        prob = call("sigmoid", logit) if is_np(logit) else 1.0 / (1.0 + math.exp(-logit))
    _checked_parameters("bernoulli", (prob,))
    draw = _standard_uniform(_size(size, prob), default_float(), _context(ctx, device, (prob,)))
    return give(cast(draw < prob, dtype or default_float()), out)


def in_batches(draw, first, second, batch_shape, dtype, ctx):
    """Draws of the shape `batch_shape` in front of that of the parameters."""
    shape = _size(None, first, second)
    lead = () if batch_shape is None else _size(batch_shape)
    return draw(*(broadcast(p, shape) if is_np(p) else p for p in (first, second)),
                size=lead + shape, dtype=dtype, ctx=ctx)


def _missing(name, lacks):
    return not_there(f"random.{name}", lacks)


beta = _missing("beta", "the operator sample_gamma")
chisquare = _missing("chisquare", "the operator sample_gamma")
f = _missing("f", "the operator sample_gamma")
gamma = _missing("gamma", "the operator sample_gamma")
multivariate_normal = _missing("multivariate_normal", "the operator potrf")

__all__ = [
    "beta", "chisquare", "choice", "exponential", "f", "gamma", "gumbel", "laplace", "logistic",
    "lognormal", "multinomial", "multivariate_normal", "normal", "pareto", "permutation", "power",
    "rand", "randint", "randn", "rayleigh", "seed", "shuffle", "uniform", "weibull",
]
