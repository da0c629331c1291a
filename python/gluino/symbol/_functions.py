"""Functions on symbols that are no operators of the registry."""
import numbers

import numpy as onp

from .. import _core
from . import _internal


def as_option(value):
    """A number as an option of an operator: what is whole is written as such."""
    return int(value) if isinstance(value, (numbers.Integral, onp.bool_)) else float(value)


def _binary(both, right, left, python):
    def function(lhs, rhs):
        if isinstance(lhs, _core.Symbol) and isinstance(rhs, _core.Symbol):
            return _core.sym_invoke(both, [lhs, rhs])
        if isinstance(lhs, _core.Symbol) and isinstance(rhs, numbers.Number):
            return _core.sym_invoke(right, [lhs], {"scalar": as_option(rhs)})
        if isinstance(rhs, _core.Symbol) and isinstance(lhs, numbers.Number):
            return _core.sym_invoke(left, [rhs], {"scalar": as_option(lhs)})
        if isinstance(lhs, numbers.Number) and isinstance(rhs, numbers.Number):
            return python(lhs, rhs)
        raise TypeError(f"types ({type(lhs)}, {type(rhs)}) not supported")
    return function


def pow(base, exp):
    """`base` to the power of `exp`; either may be a number."""
    return _power(base, exp)


_power = _binary("_power", "_power_scalar", "_rpower_scalar", lambda a, b: a ** b)
power = pow


def maximum(left, right):
    """The larger of both; either may be a number."""
    return _maximum(left, right)


_maximum = _binary("_maximum", "_maximum_scalar", "_maximum_scalar", max)


def minimum(left, right):
    """The smaller of both; either may be a number."""
    return _minimum(left, right)


_minimum = _binary("_minimum", "_minimum_scalar", "_minimum_scalar", min)


def hypot(left, right):
    """sqrt(left^2 + right^2); either may be a number."""
    return _hypot(left, right)


_hypot = _binary("_hypot", "_hypot_scalar", "_hypot_scalar", lambda a, b: float(onp.hypot(a, b)))


def zeros(shape, dtype=None, **kwargs):
    """A node that gives zeros."""
    return _internal._zeros(shape=shape, dtype=dtype or "float32", **kwargs)


def ones(shape, dtype=None, **kwargs):
    """A node that gives ones."""
    return _internal._ones(shape=shape, dtype=dtype or "float32", **kwargs)


def full(shape, val, dtype=None, **kwargs):
    """A node that gives `val` everywhere."""
    return _internal._full(shape=shape, dtype=dtype or "float32", value=float(val), **kwargs)


def eye(N, M=0, k=0, dtype=None, **kwargs):
    """A node that gives ones on a diagonal."""
    return _internal._eye(N=N, M=M, k=k, dtype=dtype or "float32", **kwargs)


def arange(start, stop=None, step=1.0, repeat=1, infer_range=False, name=None, dtype=None):
    """A node that gives numbers from `start` on, below `stop`, `step` apart. Where they end is not
    found from what they are used with (`infer_range` without `stop`): NotImplementedError."""
    if infer_range and stop is None:
        raise NotImplementedError("sym.arange: infer_range: expected `stop`; numbers as many as an "
                                  "array has are sym.contrib.arange_like's")
    return _internal._arange(start=start, stop=stop, step=step, repeat=repeat, name=name,
                             dtype=dtype or "float32")


def linspace(start, stop, num, endpoint=True, name=None, dtype=None):
    """A node that gives `num` numbers from `start` to `stop`."""
    return _internal._linspace(start=start, stop=stop, num=num, endpoint=endpoint, name=name,
                               dtype=dtype or "float32")


def histogram(a, bins=10, range=None, **kwargs):  # pylint: disable=redefined-builtin
    """How many elements lie in each bin, int64, and the edges of the bins. `bins` is their number,
    all of them as wide, from range[0] to range[1], or a symbol of the edges."""
    if isinstance(bins, _core.Symbol):
        return _internal._histogram(data=a, bins=bins, **kwargs)
    if not isinstance(bins, numbers.Integral):
        raise ValueError("histogram: bins: expected a whole number, or a Symbol of edges, got "
                         f"{type(bins)}")
    if range is None:
        raise ValueError("histogram: expected a range: a symbol has no smallest element yet")
    return _internal._histogram(data=a, bin_cnt=bins, range=tuple(range), **kwargs)


def split_v2(ary, indices_or_sections, axis=0, squeeze_axis=False):
    """Cuts an array into equal parts, or at the places given."""
    sections, places = 0, ()
    if isinstance(indices_or_sections, numbers.Integral):
        sections = indices_or_sections
    else:
        places = (0, *indices_or_sections)
    return _internal._split_v2(ary, indices=places, axis=axis, squeeze_axis=squeeze_axis,
                               sections=sections)
