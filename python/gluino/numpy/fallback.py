"""What MXNet itself leaves to NumPy: computed by it on the arrays' elements, without gradients.

Functions of MXNet's list for which the registry has what they need are not here: they stand with
the others and are differentiable.
"""
import functools

import numpy as onp

from .. import _core
from ..autograd import is_recording
from ._call import NP_FACE

NAMES = [
    "allclose", "apply_along_axis", "apply_over_axes", "argpartition", "array_equal", "array_equiv",
    "choose", "compress", "corrcoef", "correlate", "cov", "cumprod", "digitize", "divmod", "extract",
    "float_power", "frexp", "heaviside", "histogram2d", "histogram_bin_edges", "histogramdd", "i0",
    "in1d", "intersect1d", "isclose", "isin", "ix_", "lexsort", "min_scalar_type", "modf",
    "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmedian", "nanmin",
    "nanpercentile", "nanprod", "nanquantile", "nanstd", "nanvar", "packbits", "partition",
    "piecewise", "poly", "polyadd", "polydiv", "polyfit", "polyint", "polymul", "polysub",
    "promote_types", "real", "result_type", "roots", "searchsorted", "select", "setdiff1d",
    "setxor1d", "signbit", "spacing", "trapz", "trim_zeros", "union1d", "unpackbits", "unwrap",
    "vander",
]
# Of that list, what NumPy 2 has no more, under the names it has for them.
_TODAY = {"in1d": "isin", "trapz": "trapezoid"}
# Of that list, what may write into what it is given: functions of the caller's, or itself where
# overwrite_input says so.
_WRITING = {"apply_along_axis", "apply_over_axes", "nanmedian", "nanpercentile", "nanquantile",
            "piecewise"}  # fmt: skip
# Gone from NumPy since 1.20: they compute with money.
_GONE = ["mirr", "npv", "ppmt", "pv", "rate"]


def _copied(array):
    return array.asnumpy()


def _seen(array):
    """The elements where they lie, only to be read; of types that NumPy has not, copied."""
    try:
        return onp.asarray(memoryview(array))
    except BufferError:
        return array.asnumpy()


def to_host(value, one=_copied):
    """Arrays in a value, also in rows, as NumPy's; `one` makes one of them."""
    if isinstance(value, _core.Array):
        return one(value)
    if isinstance(value, (list, tuple)):
        items = [to_host(item, one) for item in value]
        return items if isinstance(value, list) else _same_tuple(value, items)
    if isinstance(value, dict):
        return {key: to_host(item, one) for key, item in value.items()}
    return value


def _same_tuple(like, items):
    return type(like)(*items) if hasattr(like, "_fields") else tuple(items)


def from_host(value, ctx=None):
    """NumPy's arrays in a value as ours, with their types. ValueError for types we have not."""
    if isinstance(value, onp.ndarray):
        if value.dtype.kind not in "biuf":
            raise ValueError(f"arrays of {value.dtype} are not supported")
        wide = {"uint16": "int32", "int16": "int32", "uint32": "int64", "uint64": "int64"}
        dtype = wide.get(value.dtype.name, value.dtype.name)
        return _core.array_from(value, dtype, ctx, NP_FACE)
    if isinstance(value, list):
        return [from_host(item, ctx) for item in value]
    if isinstance(value, tuple):
        return _same_tuple(value, [from_host(item, ctx) for item in value])
    return value


def on_host(func, name=None, writes=True):
    """A function of NumPy's arrays as one of ours, of copies if it may write into them. ValueError
    while autograd records, since no gradient would come back."""
    name = name or func.__name__
    one = _copied if writes else _seen

    @functools.wraps(func)
    def wrapped(*args, **kwargs):
        if is_recording():
            raise ValueError(f"mx.np.{name} is computed by NumPy and has no gradient; call it "
                             "outside autograd.record()")
        ctx = next((arg.ctx for arg in args if isinstance(arg, _core.Array)), None)
        return from_host(func(*to_host(args, one), **to_host(kwargs, one)), ctx)

    return wrapped


def get_func(obj, doc):
    """NumPy's function of a name, or `obj` itself, as one of ours."""
    func = getattr(onp, obj, None) if isinstance(obj, str) else obj
    if func is None:
        raise AttributeError(f"NumPy has no function {obj}")
    return on_host(func)


def _lacking(name):
    def missing(*args, **kwargs):
        raise NotImplementedError(f"mx.np.{name}: NumPy, which computed it, has it no more")

    missing.__name__ = missing.__qualname__ = name
    missing.__doc__ = "Gone from NumPy: NotImplementedError."
    missing.is_missing = True
    return missing


def _made(name):
    func = getattr(onp, name if name not in _TODAY else _TODAY[name], None)
    if func is None:
        func = getattr(onp, name, None)
    return _lacking(name) if func is None else on_host(func, name, name in _WRITING)


for _name in NAMES:
    globals()[_name] = _made(_name)
for _name in _GONE:
    globals()[_name] = _lacking(_name)


def nansum(a, axis=None, dtype=None, keepdims=False):
    """The sum over axes in which NaN counts as 0."""
    from . import reductions, unary  # pylint: disable=import-outside-toplevel
    return reductions.sum(unary.nan_to_num(a, posinf=onp.inf, neginf=-onp.inf), axis, dtype,
                          keepdims)


from .ordering import interp  # noqa: E402

__all__ = NAMES + _GONE + ["interp", "nansum"]
