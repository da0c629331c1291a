"""Elements in order: sorted, without repetitions, and those at a share of the way."""
import math
from typing import Any, NamedTuple

import numpy as onp

from .._tracing import is_tracing
from ._call import (ArgumentError, axes_in, axis_in, call, cast, checked, compute,
                    default_float, filled, give, is_np, is_number, shaped)
from ._call import kind as kind_of
from .creation import array
from .shaping import picked


def _no_order(order, where):
    if order is not None:
        raise NotImplementedError(f"mx.np.{where}: order is for arrays with fields, which are not "
                                  "there")


def _axis_of_order(a, axis, where):
    """The array, flat if `axis` is None, and the axis along which it is ordered."""
    checked(a, where)
    if axis is None:
        return shaped(a, (a.size,)), 0
    return a, axis_in(axis, a.ndim, where)


def _as_numbers(a):
    """Truths as 0 and 1, which can be ordered."""
    return cast(a, onp.uint8) if kind_of(a) == "b" else a


# pylint: disable-next=redefined-outer-name
def sort(a, axis=-1, kind=None, order=None, *, descending=False, stable=True):
    """The elements along an axis from the smallest to the largest, NaN last, or `descending`, NaN
    first; None lays the array flat. `kind` and `stable` change nothing: equal elements keep their
    order."""
    _no_order(order, "sort")
    a, axis = _axis_of_order(a, axis, "sort")
    if not a.size:
        return call("_copy", a)
    return cast(call("sort", _as_numbers(a), axis=axis, is_ascend=not descending), a.dtype)


def msort(a):
    """The elements along the first axis from the smallest to the largest."""
    return sort(a, axis=0)


# pylint: disable-next=redefined-outer-name
def argsort(a, axis=-1, kind=None, order=None, *, descending=False, stable=True):
    """The places along an axis that the elements of the array have, in the order of sort(); int64.
    Equal elements keep their order, whatever `kind` and `stable` say."""
    _no_order(order, "argsort")
    a, axis = _axis_of_order(a, axis, "argsort")
    if not a.size:
        return filled(a.shape, 0, onp.int64, a.ctx)
    return call("_npi_argsort", _as_numbers(a), axis=axis, is_ascend=not descending, dtype=onp.int64)


def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None):
    """The different elements in order, NaN once and last, or the different parts along `axis`; on
    demand also where each stands first, which of them each element is, and how often each is there,
    all int64."""
    if kind_of(checked(ar, "unique")) == "b":
        truths = unique(_as_numbers(ar), return_index, return_inverse, return_counts, axis)
        return cast(truths, onp.bool_) if is_np(truths) else (cast(truths[0], onp.bool_),
                                                              *truths[1:])
    return compute("_npi_unique", (ar,), {
        "return_index": return_index, "return_inverse": return_inverse,
        "return_counts": return_counts, "axis": axis}, None)


class UniqueAll(NamedTuple):
    """What unique_all() gives."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """What unique_inverse() gives."""

    values: Any
    inverse_indices: Any


def unique_all(x):
    """The different elements in order; where each stands first, which of them each element is, in
    the shape of x, and how often each is there."""
    values, indices, inverse, counts = unique(x, True, True, True)
    return UniqueAll(values, indices, shaped(inverse, x.shape), counts)


def unique_inverse(x):
    """The different elements in order, and which of them each element is, in the shape of x."""
    values, inverse = unique(x, return_inverse=True)
    return UniqueInverse(values, shaped(inverse, x.shape))


def unique_values(x):
    """The different elements in order."""
    return unique(x)


# Which of the neighbours a place between two elements means: the weight of the upper one.
_WEIGHTS = {
    "linear": lambda place: place - math.floor(place),
    "lower": lambda place: 0.0,
    "higher": lambda place: 1.0,
    "midpoint": lambda place: 0.5,
    "nearest": lambda place: round(place) - math.floor(place),
}


def interp(x, xp, fp, left=None, right=None, period=None):
    """The lines through the points (xp, fp), xp rising, at x, a number or an array, in float64. Below
    the first point it is `left`, beyond the last `right`; None is fp there. With a `period` the
    points, in any order, come again."""
    options = {"left": left, "right": right, "period": period}
    if is_number(x):
        arrays = (xp, fp)
        options.update(x_scalar=float(x), x_is_scalar=True)
    else:
        arrays = (xp, fp, x)
    return call("_npi_interp", *(cast(one if is_np(one) else array(one), onp.float64)
                                 for one in arrays), **options)


def quantile(a, q, axis=None, out=None, overwrite_input=None, interpolation="linear",
             keepdims=False, *, method=None):
    """The element that stands at the share `q` of the way from the smallest to the largest, over
    axes; None is all. q is a number from 0 to 1, or a row of them, whose axis stands first in the
    result.

    Between two elements, `interpolation` says: linear, lower, higher, midpoint or nearest. Whole
    numbers and half precision give float32. NaN where there is one. ValueError for other shares.
    """
    return _at_shares(a, _shares(q), axis, out, method or interpolation, keepdims, "quantile")


def percentile(a, q, axis=None, out=None, overwrite_input=None, interpolation="linear",
               keepdims=False, *, method=None):
    """The same as quantile, with `q` from 0 to 100."""
    return _at_shares(a, _shares(q) / 100, axis, out, method or interpolation, keepdims,
                      "percentile")


def median(a, axis=None, out=None, overwrite_input=None, keepdims=False):
    """The element in the middle, or the mean of the two there, over axes; None is all."""
    return _at_shares(a, onp.float64(0.5), axis, out, "midpoint", keepdims, "median")


def _shares(q):
    if is_number(q):
        return onp.float64(q)
    return onp.asarray(q.asnumpy() if is_np(q) else q, dtype=onp.float64)


def _at_shares(a, shares, axis, out, interpolation, keepdims, where):
    checked(a, where)
    if interpolation not in _WEIGHTS:
        raise ArgumentError(f"mx.np.{where}: there is no interpolation {interpolation!r}; expected "
                            f"one of {', '.join(_WEIGHTS)}")
    if shares.ndim > 1 or not ((shares >= 0) & (shares <= 1)).all():
        raise ArgumentError(f"mx.np.{where}: expected q, a number or one axis of them, within its "
                            "range")
    dtype = a.dtype if a.dtype == onp.float64 else onp.dtype(default_float())
    axes = axes_in(axis, a.ndim, where)
    rest = tuple(size for i, size in enumerate(a.shape) if i not in axes)
    kept = tuple(1 if i in axes else size for i, size in enumerate(a.shape))
    order = tuple(i for i in range(a.ndim) if i not in axes) + axes
    rows = call("transpose", a, axes=order) if order and a.size else a
    length = a.size // math.prod(rest) if math.prod(rest) else 0
    # One row for each result, its elements in order. Graphs hold for batches of other sizes, unless
    # those are what is put in order.
    is_open = is_tracing() and 0 not in axes and a.size > 0
    table = (-1 if is_open else math.prod(rest), length)
    columns = _picked_from(cast(shaped(rows, (math.prod(rest), length), table), dtype),
                           shares.reshape(-1), _WEIGHTS[interpolation])
    sizes = kept if keepdims else rest
    result = shaped(call("transpose", columns) if columns.size else columns, shares.shape + sizes,
                    shares.shape + ((-1, *sizes[1:]) if is_open else sizes))
    return give(result, out)


def _picked_from(rows, shares, weight_of):
    """Of each row the elements at the shares: (rows, shares)."""
    count, length = rows.shape
    if not rows.size:
        return filled((count, len(shares)), onp.nan, rows.dtype, rows.ctx)
    rows = call("sort", rows, axis=1)
    places = [share * (length - 1) for share in shares]
    low = picked(rows, [math.floor(place) for place in places], 1)
    high = picked(rows, [math.ceil(place) for place in places], 1)
    weights = _row([weight_of(place) if place % 1 else 0.0 for place in places], rows)
    # Where the weight is 0 or 1 it is the element itself, also an infinite one.
    result = call("_npi_where", weights == 0, low,
                  call("_npi_where", weights == 1, high, low + (high - low) * weights))
    last = call("slice_axis", rows, axis=1, begin=length - 1, end=length)
    return call("_npi_where", last == last, result, last)  # NaN stands last.


def _row(values, like):
    from .creation import array  # pylint: disable=import-outside-toplevel
    return array([values], dtype=like.dtype, ctx=like.ctx)


__all__ = ["argsort", "median", "msort", "percentile", "quantile", "sort", "unique",
           "unique_all", "unique_inverse", "unique_values"]
