"""Random numbers: `mx.nd.random`. One seed, mx.random.seed, governs them all.

Uniform and normal numbers are drawn by the registry's operators; those of other distributions are
made of them.
"""
import numpy as _np

from .. import _core
from ..base import MXNetError, _Null, integer_types, missing
from ..context import current_context
from . import op as _op
from .ndarray import NDArray
from .register import missing_operator, operators_of

_operators = operators_of("random")

__all__ = ["uniform", "normal", "randn", "poisson", "exponential", "gamma", "multinomial",
           "negative_binomial", "generalized_negative_binomial", "shuffle", "randint"]


def _draw(name, parameters, shape, dtype, ctx, out, kwargs):
    """Numbers of one distribution; parameters that are arrays have numbers drawn per element."""
    if shape is None:
        shape = _Null
    arrays = [value for value in parameters.values() if isinstance(value, NDArray)]
    if arrays:
        return _draw_each(name, parameters, arrays, shape, dtype, out)
    if shape is _Null and out is not None:
        shape = out.shape
    if ctx is None and out is None:
        ctx = current_context()
    return _operators[name](shape=(1,) if shape is _Null else shape, dtype=dtype,
                            ctx=_Null if ctx is None else str(ctx), out=out, **parameters, **kwargs)


def _draw_each(name, parameters, arrays, shape, dtype, out):
    if len(arrays) != len(parameters):
        raise ValueError(f"random.{name}: distribution parameters must all be arrays, or all numbers")
    low, high = parameters.values()
    rest = () if shape is _Null else ((shape,) if isinstance(shape, int) else tuple(shape))
    first = low.reshape(low.shape + (1,) * len(rest))
    second = high.reshape(high.shape + (1,) * len(rest))
    dtype = low.dtype if dtype is _Null else dtype
    standard = _operators[name](shape=low.shape + rest, dtype=dtype, ctx=str(low.context))
    spread = second - first if name == "uniform" else second
    result = standard * spread.broadcast_to(standard.shape) + first.broadcast_to(standard.shape)
    if out is not None:
        out[:] = result
        return out
    return result


def uniform(low=0, high=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Numbers uniform in [low, high): those that MXNet draws on a processor for the seed."""
    return _draw("uniform", {"low": low, "high": high}, shape, dtype, ctx, out, kwargs)


def normal(loc=0, scale=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Normally distributed numbers: those that MXNet draws on a processor for the seed."""
    return _draw("normal", {"loc": loc, "scale": scale}, shape, dtype, ctx, out, kwargs)


def randn(*shape, **kwargs):
    """Normally distributed numbers of the shape given."""
    loc, scale = kwargs.pop("loc", 0), kwargs.pop("scale", 1)
    return normal(loc, scale, shape or _Null, kwargs.pop("dtype", _Null), kwargs.pop("ctx", None),
                  kwargs.pop("out", None), **kwargs)


def _tuple(shape, default):
    if shape is _Null or shape is None:
        return default
    return (int(shape),) if isinstance(shape, integer_types) else tuple(shape)


def _given(result, out):
    if out is None:
        return result
    out[:] = result
    return out


def _unit(shape, dtype, ctx):
    return _operators["uniform"](shape=shape, dtype=dtype, ctx=str(ctx or current_context()))


def randint(low, high, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Whole numbers in [low, high) of the type int32 or int64. MXNetError for other types, bounds
    that are no whole numbers, and an empty range."""
    dtype = "int32" if dtype in (_Null, None) else _np.dtype(dtype).name
    if dtype not in ("int32", "int64"):
        raise MXNetError(f"random.randint: expected the type int32 or int64, got {dtype}")
    if not (isinstance(low, integer_types) and isinstance(high, integer_types) and low < high):
        raise MXNetError("random.randint: expected whole numbers low < high, got "
                         f"{low} and {high}")
    shape = _tuple(shape, (1,) if out is None else out.shape)
    draw = _op.floor(_unit(shape, "float64", ctx if out is None else out.context) * (high - low))
    return _given((draw.astype("int64") + int(low)).astype(dtype), out)


def exponential(scale=1, shape=_Null, dtype=_Null, ctx=None, out=None, **kwargs):
    """Exponentially distributed numbers with mean `scale`; of an array as many per element as
    `shape` says, its axes behind the array's."""
    dtype = None if dtype is _Null else dtype
    if not isinstance(scale, NDArray):
        shape = _tuple(shape, (1,) if out is None else out.shape)
        draw = _unit(shape, dtype or "float32", ctx if out is None else out.context)
        return _given(-_op.log1p(-draw) * scale, out)
    shape = _tuple(shape, ())
    draw = -_op.log1p(-_unit(scale.shape + shape, dtype or scale.dtype, scale.context))
    means = scale.reshape(scale.shape + (1,) * len(shape)).astype(draw.dtype)
    return _given(_op.broadcast_mul(draw, means), out)


def multinomial(data, shape=_Null, get_prob=False, out=None, dtype="int32", **kwargs):
    """Places drawn with the chances in `data`: a row (k,), or one of each row of (n, k), as many
    as `shape` says. With `get_prob` also the logarithms of their chances, which have gradients."""
    name = _np.dtype(dtype).name
    if name not in ("uint8", "int32", "float16", "float32", "float64"):
        raise MXNetError(f"random.multinomial: places of the type {name} are not there")
    if data.ndim not in (1, 2):
        raise MXNetError(f"random.multinomial: expected (k,) or (n, k), got {data.shape}")
    rest = _tuple(shape, ())
    count, kinds = int(_np.prod(rest, dtype=int)), data.shape[-1]
    rows = data.reshape((-1, kinds))
    # A place is drawn where a uniform number falls among the sums of the chances before it.
    ends = _op.cumsum(rows.detach().astype("float64"), axis=1).expand_dims(1)
    draw = _unit((rows.shape[0], count, 1), "float32", data.context).astype("float64")
    places = _op.sum(_op.broadcast_greater_equal(draw, ends), axis=2)
    places = places.clip(0, kinds - 1)
    result_shape = (data.shape[:-1] + rest) or (1,)
    result = _given(places.astype(dtype).reshape(result_shape), out)
    if not get_prob:
        return result
    spread = _op.broadcast_to(rows.expand_dims(1), shape=(rows.shape[0], count, kinds))
    chances = _op.pick(spread, places, axis=2)
    return [result, _op.log(chances).reshape(result_shape)]


def uniform_like(data, low=0, high=1, out=None, **kwargs):
    """Numbers uniform in [low, high), in the shape, type and place of `data`."""
    return uniform(low, high, data.shape, data.dtype, data.context, out)


def normal_like(data, loc=0, scale=1, out=None, **kwargs):
    """Normally distributed numbers in the shape, type and place of `data`."""
    return normal(loc, scale, data.shape, data.dtype, data.context, out)


def exponential_like(data, lam=1, out=None, **kwargs):
    """Exponentially distributed numbers with mean 1 / lam, in the shape, type and place of
    `data`."""
    return exponential(1.0 / lam, data.shape, data.dtype, data.context, out)


def shuffle(data, **kwargs):
    """The rows of an array in a random order."""
    order = _core.array_from(_core.permutation(data.shape[0]), "int64", data.context, 0)
    return _given(data.take(order), kwargs.get("out"))


def _missing_distribution(name):
    def draw(*args, **kwargs):
        missing(f"random.{name}", "its operator is not registered")
    draw.__name__ = draw.__qualname__ = name
    draw.__doc__ = f"Numbers of the distribution {name}; raises NotImplementedError."
    return draw


poisson, gamma, negative_binomial, generalized_negative_binomial = (
    _operators.get(name) or _missing_distribution(name)
    for name in ("poisson", "gamma", "negative_binomial", "generalized_negative_binomial"))


def _sampling(name, names, draw, doc):
    """The older form of a draw: parameters that are arrays, and the shape drawn for each element."""

    # pylint: disable-next=redefined-outer-name
    def sample(*args, shape=_Null, dtype=_Null, out=None, name=None, **kwargs):
        parameters = list(args[:len(names)])
        if len(args) > len(names):
            shape = args[len(names)]
        parameters += [kwargs.pop(key) for key in names[len(parameters):]]
        return draw(*parameters, shape=shape, dtype=dtype, out=out)

    sample.__name__ = sample.__qualname__ = name
    sample.__doc__ = doc
    return sample


sample_uniform = _sampling("sample_uniform", ("low", "high"), uniform,
                           "Numbers uniform in [low, high), for each pair of two arrays.")
sample_normal = _sampling("sample_normal", ("mu", "sigma"), normal,
                          "Normally distributed numbers, for each pair of two arrays of means and "
                          "deviations.")
sample_exponential = _sampling("sample_exponential", ("lam",),
                               lambda lam, **options: exponential(1 / lam, **options),
                               "Exponentially distributed numbers with the mean 1 / lam, for each "
                               "element of an array.")


def random_exponential(lam=1, shape=_Null, ctx=None, dtype=_Null, out=None, name=None):
    """Exponentially distributed numbers with the mean 1 / lam."""
    return exponential(1.0 / lam, shape, dtype, ctx, out)


#: Under these names mx.nd itself has what is here.
OF_MX_ND = {
    "random_randint": randint, "random_exponential": random_exponential,
    "random_uniform_like": uniform_like, "random_normal_like": normal_like,
    "random_exponential_like": exponential_like, "sample_uniform": sample_uniform,
    "sample_normal": sample_normal, "sample_exponential": sample_exponential,
    "sample_multinomial": multinomial, "shuffle": shuffle,
}

__getattr__ = missing_operator("mx.nd.random")
