"""Random numbers: `mx.nd.random`. One seed, mx.random.seed, governs them all."""
from .. import _core
from ..base import _Null, missing
from ..context import current_context
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


def shuffle(data, **kwargs):
    """The rows of an array in a random order."""
    order = _core.array_from(_core.permutation(data.shape[0]), "int64", data.context, 0)
    result = data.take(order)
    out = kwargs.get("out")
    if out is None:
        return result
    out[:] = result
    return out


def _missing_distribution(name):
    def draw(*args, **kwargs):
        if name in _operators:
            return _operators[name](*args, **kwargs)
        missing(f"random.{name}", "its operator is not registered")
    draw.__name__ = draw.__qualname__ = name
    draw.__doc__ = f"Numbers of the distribution {name}; raises NotImplementedError."
    return draw


poisson, exponential, gamma, multinomial, negative_binomial, generalized_negative_binomial, randint = (
    _missing_distribution(name) for name in ("poisson", "exponential", "gamma", "multinomial",
                                             "negative_binomial", "generalized_negative_binomial",
                                             "randint"))

__getattr__ = missing_operator("mx.nd.random")
