"""Sums, means, extremes and the like over axes."""
import numpy as onp

from ._call import (ArgumentError, axis_in, call, cast, checked, compute, default_float, filled,
                    give, is_np, is_number, is_real, kind, real, shaped, whole)
from ._table import REDUCTIONS, functions_of


globals().update(functions_of(REDUCTIONS, compute, __name__))
product, amax, amin = prod, max, min  # noqa: F821  pylint: disable=redefined-builtin
sometrue, alltrue = any, all  # pylint: disable=undefined-variable

_mean, _var, _std = mean, var, std  # noqa: F821


def _real_type(a, dtype):
    """The type of a mean: real numbers keep theirs, whole ones have what NumPy's default says."""
    return default_float() if dtype is None and is_np(a) and not is_real(a) else dtype


def mean(a, axis=None, dtype=None, out=None, keepdims=False):
    return _mean(a, axis, _real_type(a, dtype), out, keepdims)


def _less(ddof, correction):
    """What is taken off the count: MXNet 2 and NumPy 2 call it `correction`, too."""
    if correction is None:
        return ddof
    if ddof:
        raise ValueError("ddof and correction say the same: give one of them")
    return correction


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, correction=None):
    return _var(a, axis, _real_type(a, dtype), out, _less(ddof, correction), keepdims)


def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, correction=None):
    return _std(a, axis, _real_type(a, dtype), out, _less(ddof, correction), keepdims)


mean.__doc__, var.__doc__, std.__doc__ = _mean.__doc__, _var.__doc__, _std.__doc__


def ptp(a, axis=None, out=None, keepdims=False):
    """The largest element less the smallest."""
    return give(max(a, axis, keepdims) - min(a, axis, keepdims), out)


def _counted(a, where):
    """Truths as whole numbers, which are added up."""
    return cast(a, onp.int64) if kind(checked(a, where)) == "b" else a


def trace(a, offset=0, axis1=0, axis2=1, out=None):
    """The sum of a diagonal; bool counts in int64."""
    return compute("_np_trace", (_counted(a, "trace"),),
                   {"offset": offset, "axis1": axis1, "axis2": axis2}, out)


def cumsum(a, axis=None, dtype=None, out=None):
    """The sums of the elements so far along `axis`; None lays the array flat. bool counts in
    int64."""
    a = _counted(a, "cumsum") if dtype is None else cast(checked(a, "cumsum"), dtype)
    return compute("_np_cumsum", (a,), {"axis": axis}, out)


def average(a, axis=None, weights=None, returned=False, out=None):
    """The mean, weighted by an array of a's shape or along one axis. With `returned`, a tuple with
    the sum of the weights. ZeroDivisionError where that sum is 0 is not checked: NaN."""
    a = real(checked(a, "average"))
    arrays = (a,) if weights is None else (a, weights)
    options = {"axis": axis, "returned": True, "weighted": weights is not None}
    result, total = compute("_npi_average", arrays, options, None)
    return (give(result, out), total) if returned else give(result, out)


def diff(a, n=1, axis=-1, prepend=None, append=None):
    """The differences of neighbours along an axis, taken n times."""
    checked(a, "diff")
    if n < 0:
        raise ArgumentError(f"mx.np.diff: expected n to be at least 0, got {n}")
    axis = axis_in(axis, a.ndim, "diff")
    parts = [part for part in (prepend, a, append) if part is not None]
    if len(parts) > 1:
        edge = a.shape[:axis] + (1,) + a.shape[axis + 1:]
        parts = [filled(edge, part, a.dtype, a.ctx) if is_number(part) else part for part in parts]
        a = call("Concat", *parts, dim=axis)
    if kind(a) != "b":
        return call("_npi_diff", a, n=n, axis=axis)
    for _ in range(n):
        length = a.shape[axis]
        after = call("slice_axis", a, axis=axis, begin=1 if length else 0, end=length)
        before = call("slice_axis", a, axis=axis, begin=0, end=length - 1 if length else 0)
        a = not_equal_bool(after, before)
    return a


def not_equal_bool(x, y):
    """The difference of truths: where they are not the same."""
    return cast(call("broadcast_not_equal", x, y), onp.bool_)


def ediff1d(ary, to_end=None, to_begin=None):
    """The differences of neighbours in the array laid flat, between other numbers."""
    from .creation import array  # pylint: disable=import-outside-toplevel
    arrays, options = [ary], {}
    for name, value in (("to_begin", to_begin), ("to_end", to_end)):
        if is_number(value):
            options[f"{name}_scalar"] = value
        elif value is not None:
            arrays.append(value if is_np(value) else array(value, dtype=ary.dtype, ctx=ary.ctx))
            options[f"{name}_arr_given"] = True
    return compute("_npi_ediff1d", arrays, options, None)


def bincount(x, weights=None, minlength=0):
    """How often each whole number from 0 on stands in a row, int64, or the sums of their weights.
    ValueError for negative numbers."""
    arrays = (x,) if weights is None else (x, weights)
    return compute("_npi_bincount", arrays,
                   {"minlength": minlength, "has_weights": weights is not None}, None)


def histogram(a, bins=10, range=None, normed=None, weights=None, density=None):
    """How many elements fall between neighbouring edges, int64, and the edges. `bins` is their
    number, within `range`, or the edges themselves, an array. Weights and densities are
    NotImplementedError, as in MXNet."""
    checked(a, "histogram")
    if weights is not None or density or normed:
        raise NotImplementedError("mx.np.histogram: weights, density and normed")
    from .creation import linspace  # pylint: disable=import-outside-toplevel
    if is_np(bins):
        edges = bins
    else:
        if range is None:
            raise NotImplementedError("mx.np.histogram: say the range of the bins")
        edges = linspace(range[0], range[1], whole(bins, "histogram: bins") + 1, ctx=a.ctx)
    if edges.ndim != 1 or edges.size < 2:
        raise ArgumentError("mx.np.histogram: expected at least two edges in one axis")
    same = a.dtype == edges.dtype and a.dtype in (onp.float32, onp.float64)
    data, bins = (a, edges) if same else (cast(x, onp.float64) for x in (a, edges))
    return [call("_histogram", data, bins)[0], edges]


def count_nonzero(a, axis=None, keepdims=False):
    """How many elements are not 0, int64."""
    truths = a if kind(checked(a, "count_nonzero")) == "b" else a != 0
    counted = sum(truths, axis, keepdims=keepdims)
    return int(counted) if axis is None and not keepdims else counted


__all__ = [
    "all", "alltrue", "amax", "amin", "any", "argmax", "argmin", "average", "bincount",
    "count_nonzero", "cumsum", "diff", "ediff1d", "histogram", "max", "mean", "min", "prod",
    "product", "ptp", "sometrue", "std", "sum", "trace", "var",
]
