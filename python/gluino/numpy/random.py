"""Random arrays. The one seed (`mx.random.seed`, `mx.np.random.seed`) governs all of them.

Parameters are numbers, or arrays that are broadcast together, or to `size`. The numbers are those
that MXNet 1.9.1 draws on a processor, but for vectors with covariances and choices without
repetition.
"""
import numpy as onp

from .. import _core
from ..base import MXNetError
from ..context import current_context
from ..random import seed, wrap_ctx_to_device_func  # noqa: F401
from ._call import (NP_FACE, ArgumentError, call, cast, checked, common_shape, default_float, give,
                    is_np, is_number, refuse_options, whole, whole_sizes)
from .products import matmul
from .reductions import sum as total


def _size(size, *parameters):
    """The shape of the result: `size`, or what the parameters have together."""
    if size is None:
        return common_shape(*(p.shape for p in parameters if is_np(p))) if any(
            is_np(p) for p in parameters) else ()
    return whole_sizes((size,) if is_number(size) else size)


def _context(ctx, device, parameters=()):
    where = ctx if device is None else device
    if where is not None:
        return where
    return next((p.ctx for p in parameters if is_np(p)), None) or current_context()


def _checked_parameters(where, parameters):
    for parameter in parameters:
        if not is_number(parameter):
            checked(parameter, f"random.{where}")


def _drawn(op, *arrays, **options):
    """An operator's numbers. A parameter with which it cannot draw is a ValueError too, as NumPy's
    and MXNet's."""
    try:
        return call(op, *arrays, **options)
    except ArgumentError:
        raise
    except MXNetError as error:
        raise ArgumentError(str(error)) from None


def draw(op, parameters, size, ctx, dtype=None, out=None):
    """Numbers of one distribution. An operator's option that is None stands for an input."""
    _checked_parameters(op.removeprefix("_npi_"), parameters.values())
    arrays = [value for value in parameters.values() if is_np(value)]
    numbers = {name: None if is_np(value) else float(value) for name, value in parameters.items()}
    if size is not None or not arrays:
        numbers["size"] = _size(size)
    return give(_drawn(op, *arrays, ctx=_context(ctx, None, arrays),
                       dtype=dtype or default_float(), **numbers), out)


def uniform(low=0.0, high=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """Numbers uniform in [low, high)."""
    return draw("_npi_uniform", {"low": low, "high": high}, size, device or ctx, dtype, out)


def normal(loc=0.0, scale=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """Normally distributed numbers with mean `loc` and standard deviation `scale`."""
    return draw("_npi_normal", {"loc": loc, "scale": scale}, size, device or ctx, dtype, out)


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
    numbers = call("_random_randint", low=int(low), high=int(high), shape=_size(size),
                   dtype=onp.int64, ctx=_context(ctx, device))
    return give(cast(numbers, dtype or onp.int64), out)


def exponential(scale=1.0, size=None, ctx=None, out=None, device=None):
    """Exponentially distributed numbers with mean `scale`."""
    return draw("_npi_exponential", {"scale": scale}, size, device or ctx, out=out)


def rayleigh(scale=1.0, size=None, ctx=None, out=None, device=None):
    """Lengths of vectors of two normally distributed numbers with deviation `scale`."""
    return draw("_npi_rayleigh", {"scale": scale}, size, device or ctx, out=out)


def gumbel(loc=0.0, scale=1.0, size=None, ctx=None, out=None, device=None):
    """Gumbel's distribution of extremes around `loc`."""
    return draw("_npi_gumbel", {"loc": loc, "scale": scale}, size, device or ctx, out=out)


def logistic(loc=0.0, scale=1.0, size=None, ctx=None, out=None, device=None):
    """The logistic distribution around `loc`."""
    return draw("_npi_logistic", {"loc": loc, "scale": scale}, size, device or ctx, out=out)


def weibull(a, size=None, ctx=None, out=None, device=None):
    """Weibull's distribution with the shape `a`."""
    return draw("_npi_weibull", {"a": a}, size, device or ctx, out=out)


def pareto(a, size=None, ctx=None, out=None, device=None):
    """Pareto's second distribution with the shape `a`."""
    return draw("_npi_pareto", {"a": a}, size, device or ctx, out=out)


def gamma(shape, scale=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """The gamma distribution with mean `shape` * `scale`."""
    return draw("_npi_gamma", {"shape": shape, "scale": scale}, size, device or ctx, dtype, out)


def beta(a, b, size=None, dtype=None, ctx=None, device=None):
    """The beta distribution: the share that one of two draws of gamma distributions has."""
    size = _size(size, a, b)
    first = gamma(a, 1.0, size, dtype, ctx, None, device)
    return first / (first + gamma(b, 1.0, size, dtype, ctx, None, device))


def chisquare(df, size=None, dtype=None, ctx=None, device=None):
    """Sums of squares of `df` normally distributed numbers."""
    return gamma(df / 2, 2.0, size, dtype, ctx, None, device)


def f(dfnum, dfden, size=None, ctx=None, device=None):
    """Fisher's distribution: the ratio of two sums of squares, each over its count."""
    size = _size(size, dfnum, dfden)
    return chisquare(dfnum, size, None, ctx, device) / dfnum / (
        chisquare(dfden, size, None, ctx, device) / dfden)


def laplace(loc=0.0, scale=1.0, size=None, dtype=None, ctx=None, out=None, device=None):
    """Laplace's distribution around `loc`."""
    return draw("_npi_laplace", {"loc": loc, "scale": scale}, size, device or ctx, dtype, out)


def power(a, size=None, ctx=None, out=None, device=None):
    """The distribution with density a x**(a - 1) in [0, 1]."""
    return draw("_npi_powerd", {"a": a}, size, device or ctx, out=out)


def shuffle(x):
    """Puts the rows of an array into a random order, in the array itself."""
    checked(x, "random.shuffle")
    if x.ndim and x.shape[0] > 1:
        x[:] = call("_shuffle", x)


def permutation(x):
    """The rows of an array in a random order, or so many numbers from 0 on; int64."""
    if is_number(x):
        x = _core.array_from(onp.arange(whole(x, "random.permutation")), "int64", current_context(), NP_FACE)
    return call("_shuffle", checked(x, "random.permutation"))


def choice(a, size=None, replace=True, p=None, ctx=None, out=None, device=None):
    """Numbers below `a`, or elements of the row `a`, drawn with chances `p`, or equal ones; without
    `replace` each at most once. ValueError for more than there are."""
    count = whole(a, "random.choice: a") if is_number(a) else checked(a, "random.choice").shape[0]
    where = _context(ctx, device, (a,))
    shape = _size(size)
    drawn = int(onp.prod(shape, dtype=onp.int64))
    if count <= 0:
        raise ArgumentError("mx.np.random.choice: there is nothing to choose from")
    if not replace and drawn > count:
        raise ArgumentError(f"mx.np.random.choice: {drawn} of {count} without replacement")
    inputs = () if p is None else (_checked_chances(p, count, None if replace else drawn, where),)
    places = call("_npi_choice", *inputs, a=count, size=shape, ctx=where, replace=bool(replace),
                  weighted=p is not None)
    return give(places if is_number(a) else call("take", a, places, axis=0), out)


def _checked_chances(p, count, different, ctx):
    p = _chances(p, ctx)
    if p.shape != (count,) or abs(float(total(p)) - 1) > 1e-3:
        raise ArgumentError(f"mx.np.random.choice: expected {count} chances that sum to 1, got "
                            f"{p.size} with the sum {float(total(p)):g}")
    if different is not None and int(total(p > 0)) < different:
        raise ArgumentError(f"mx.np.random.choice: {different} of {int(total(p > 0))} places that "
                            "have a chance")
    return p


def chosen(data, shape, get_prob, dtype):
    """Places along the last axis of `data`, which holds their chances: `shape` for each row."""
    shape = checked(data, "random.categorical").shape[:-1] + _size(shape)
    drawn = call("_sample_multinomial", data, shape=_size(shape[data.ndim - 1:]), get_prob=get_prob,
                 dtype=dtype)
    return [array.reshape(shape) for array in drawn] if get_prob else drawn.reshape(shape)


def _chances(p, ctx):
    if is_np(p):
        return p
    return _core.array_from(p, "float64", ctx, NP_FACE)


def multinomial(n, pvals, size=None, **kwargs):
    """How often each of several outcomes with chances `pvals` comes in n draws, int64."""
    refuse_options("random.multinomial", kwargs, "n, pvals and size")
    options = {"n": whole(n, "random.multinomial: n"), "size": _size(size)}
    chances = _chances(pvals, current_context())
    if isinstance(pvals, (list, tuple)) and chances.ndim == 1:  # an option, as in MXNet
        return _drawn("_npi_multinomial", pvals=str(chances.tolist()), **options)
    return _drawn("_npi_multinomial", chances, **options)


def bernoulli(prob=None, logit=None, size=None, dtype=None, ctx=None, out=None, device=None):
    """1 with the chance `prob`, or the one whose logarithm of odds is `logit`; else 0. ValueError
    unless exactly one is given."""
    if (prob is None) == (logit is None):
        raise ArgumentError("npx.random.bernoulli: give either prob or logit")
    parameters = {"prob": prob} if logit is None else {"logit": logit}
    return _bernoulli(parameters, logit is not None, size, device or ctx, dtype, out)


def _bernoulli(parameters, is_logit, size, ctx, dtype, out):
    value, = parameters.values()
    _checked_parameters("bernoulli", (value,))
    options = {"size": _size(size, value), "ctx": _context(ctx, None, (value,)),
               "dtype": dtype or default_float(), "is_logit": is_logit}
    if is_np(value):
        return give(_drawn("_npi_bernoulli", value, **options), out)
    return give(_drawn("_npi_bernoulli", **{name: float(v) for name, v in parameters.items()},
                       **options), out)


def multivariate_normal(mean, cov, size=None, check_valid=None, tol=None):
    """Vectors of normally distributed numbers with the means and the covariances given; both may
    be batches. `size` stands in front of these. MXNetError unless `cov` is positive definite."""
    checked(mean, "random.multivariate_normal")
    factor = call("_linalg_potrf", checked(cov, "random.multivariate_normal"))
    each = common_shape(mean.shape[:-1], cov.shape[:-2])
    noise = normal(0.0, 1.0, _size(size) + each + mean.shape[-1:] + (1,), factor.dtype, mean.ctx)
    return matmul(factor, noise).squeeze(-1) + mean

__all__ = [
    "beta", "chisquare", "choice", "exponential", "f", "gamma", "gumbel", "laplace", "logistic",
    "lognormal", "multinomial", "multivariate_normal", "normal", "pareto", "permutation", "power",
    "rand", "randint", "randn", "rayleigh", "seed", "shuffle", "uniform", "weibull",
]
