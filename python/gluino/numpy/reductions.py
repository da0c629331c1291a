"""Sums, means, extremes and the like over axes."""
import numpy as onp

from ._call import (ArgumentError, axes_in, axis_in, call, cast, checked, filled, give, is_np,
                    is_number, is_real, kind, real, shaped)


def _reduced(op, x, axis, keepdims, where):
    """The registry's reduction over some axes. All axes give an array of none."""
    axes = axes_in(axis, x.ndim, where)
    if not axes:
        return call("_copy", x)
    result = call(op, x, axis=axes, keepdims=bool(keepdims))
    if len(axes) == x.ndim and not keepdims:
        return shaped(result, ())
    return result


# pylint: disable=redefined-builtin


def sum(a, axis=None, dtype=None, keepdims=False, initial=None, out=None):
    """The sum over `axis`, a number or a tuple of them; None is all. bool counts in int64, other
    types in their own unless `dtype` says another. `initial` is added."""
    checked(a, "sum")
    if dtype is not None:
        a = cast(a, dtype)
    elif kind(a) == "b":
        a = cast(a, onp.int64)
    result = _reduced("sum", a, axis, keepdims, "sum")
    return give(result if initial is None else result + initial, out)


def prod(a, axis=None, dtype=None, out=None, keepdims=False, initial=None):
    """The product over `axis`, with the types of sum()."""
    checked(a, "prod")
    if dtype is not None:
        a = cast(a, dtype)
    elif kind(a) == "b":
        a = cast(a, onp.int64)
    result = _reduced("prod", a, axis, keepdims, "prod")
    return give(result if initial is None else result * initial, out)


product = prod


def mean(a, axis=None, dtype=None, out=None, keepdims=False):
    """The mean over `axis`; of whole numbers in float32, unless `dtype` says another type."""
    checked(a, "mean")
    a = real(a) if dtype is None else cast(a, dtype)
    if not is_real(a):
        return give(cast(mean(real(a), axis, keepdims=keepdims), dtype), out)
    return give(_reduced("mean", a, axis, keepdims, "mean"), out)


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    """The mean squared distance from the mean over `axis`; divided by the count less `ddof`."""
    checked(a, "var")
    a = real(a) if dtype is None else real(cast(a, dtype))
    axes = axes_in(axis, a.ndim, "var")
    count = 1
    for place in axes:
        count *= a.shape[place]
    away = a - _reduced("mean", a, axes, True, "var")
    result = _reduced("mean", call("square", away), axes, keepdims, "var")
    if ddof:
        result = result * (count / (count - ddof) if count != ddof else onp.inf)
    return give(result, out)


def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    """The square root of var()."""
    return give(call("sqrt", var(a, axis, dtype, None, ddof, keepdims)), out)


def _extreme(op, a, axis, keepdims):
    checked(a, op)
    axes = axes_in(axis, a.ndim, op)
    if not a.size and 0 not in (size for i, size in enumerate(a.shape) if i not in axes):
        raise ArgumentError(f"mx.np.{op}: shape {a.shape} has no elements to choose from")
    if kind(a) != "b":
        return _reduced(op, a, axes, keepdims, op)
    return cast(_reduced(op, cast(a, onp.uint8), axes, keepdims, op), onp.bool_)


def max(a, axis=None, keepdims=False, out=None):
    """The largest element over `axis`. NaN is passed on."""
    return give(_extreme("max", a, axis, keepdims), out)


def min(a, axis=None, keepdims=False, out=None):
    """The smallest element over `axis`. NaN is passed on."""
    return give(_extreme("min", a, axis, keepdims), out)


amax, amin = max, min


def ptp(a, axis=None, out=None, keepdims=False):
    """The largest element less the smallest."""
    return give(max(a, axis, keepdims) - min(a, axis, keepdims), out)


def _truths(op, a, axis, keepdims):
    numbers = cast(cast(a, onp.bool_), onp.float32)  # Of none, -inf and inf count as well.
    extreme = _reduced(op, numbers, axis, keepdims, op)
    return cast(call("_greater_scalar", extreme, scalar=0), onp.bool_)


def all(a, axis=None, keepdims=False, out=None):
    """True where no element over `axis` is 0."""
    return give(_truths("min", checked(a, "all"), axis, keepdims), out)


def any(a, axis=None, keepdims=False, out=None):
    """True where an element over `axis` is not 0."""
    return give(_truths("max", checked(a, "any"), axis, keepdims), out)


sometrue, alltrue = any, all


def _place(op, a, axis, keepdims, out):
    """argmax and argmin: places in int64. The registry gives them in the array's type."""
    checked(a, op)
    place = None if axis is None else axis_in(axis, a.ndim, op)
    if a.size == 0:
        return _place_of_none(op, a, place, keepdims)
    if a.dtype in (onp.uint8, onp.int8, onp.bool_, onp.float16) or kind(a) == "V":
        a = cast(a, onp.float32)
    longest = a.size if axis is None else a.shape[place]
    if a.dtype == onp.float32 and longest > 1 << 24:
        a = cast(a, onp.float64)
    if axis is None:
        result = call(op, shaped(a, (a.size,)), axis=0)
        shape = (1,) * a.ndim if keepdims else ()
    else:
        result = call(op, a, axis=axis, keepdims=bool(keepdims))
        shape = result.shape if a.ndim > 1 or keepdims else ()
    return give(cast(shaped(result, shape), onp.int64), out)


def _place_of_none(op, a, axis, keepdims):
    if axis is None or a.shape[axis] == 0:
        raise ArgumentError(f"mx.np.{op}: shape {a.shape} has no elements to choose from")
    kept = (1,) if keepdims else ()
    return filled(a.shape[:axis] + kept + a.shape[axis + 1:], 0, onp.int64, a.ctx)


def argmax(a, axis=None, out=None, keepdims=False):
    """The place of the first largest element, int64: along `axis`, or in the array laid flat."""
    return _place("argmax", a, axis, keepdims, out)


def argmin(a, axis=None, out=None, keepdims=False):
    """The place of the first smallest element, int64: along `axis`, or in the array laid flat."""
    return _place("argmin", a, axis, keepdims, out)


def average(a, axis=None, weights=None, returned=False, out=None):
    """The mean, weighted by an array of a's shape or along one axis. With `returned`, a tuple with
    the sum of the weights. ZeroDivisionError where that sum is 0 is not checked: NaN."""
    checked(a, "average")
    a = real(a)
    if weights is None:
        result = mean(a, axis)
        count = a.size // result.size if result.size else 0
        total = filled(result.shape, count, result.dtype, a.ctx)
    else:
        weights = cast(checked(weights, "average"), a.dtype)
        if weights.shape != a.shape:
            if axis is None or weights.ndim != 1:
                raise TypeError("mx.np.average: weights of another shape need an axis and one "
                                "dimension")
            place = axis_in(axis, a.ndim, "average")
            if weights.shape[0] != a.shape[place]:
                raise ArgumentError(f"mx.np.average: {weights.shape[0]} weights for an axis of "
                                 f"{a.shape[place]}")
            weights = shaped(weights, tuple(
                size if i == place else 1 for i, size in enumerate(a.shape)))
            weights = weights + filled(a.shape, 0, a.dtype, a.ctx)
        total = sum(weights, axis)
        result = sum(a * weights, axis) / total
    result = give(result, out)
    return (result, total) if returned else result


def cumsum(a, axis=None, dtype=None, out=None):
    """The sums of the elements so far along `axis`; None lays the array flat."""
    checked(a, "cumsum")
    if dtype is not None:
        a = cast(a, dtype)
    elif kind(a) == "b":
        a = cast(a, onp.int64)
    if axis is None:
        a, axis = shaped(a, (a.size,)), 0
    axis = axis_in(axis, a.ndim, "cumsum")
    result = call("_np_cumsum", a, axis=axis) if a.size else call("_copy", a)
    return give(result, out)


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
    for _ in range(n):
        length = a.shape[axis]
        after = call("slice_axis", a, axis=axis, begin=1 if length else 0, end=length)
        before = call("slice_axis", a, axis=axis, begin=0, end=length - 1 if length else 0)
        a = not_equal_bool(after, before) if kind(a) == "b" else after - before
    return a


def not_equal_bool(x, y):
    """The difference of truths: where they are not the same."""
    return cast(call("broadcast_not_equal", x, y), onp.bool_)


def ediff1d(ary, to_end=None, to_begin=None):
    """The differences of neighbours in the array laid flat, between other numbers."""
    checked(ary, "ediff1d")
    parts = [diff(shaped(ary, (ary.size,)))]
    for value, place in ((to_begin, 0), (to_end, len(parts) + 1)):
        if value is None:
            continue
        value = value if is_np(value) else _row(value, ary)
        parts.insert(place, shaped(cast(value, ary.dtype), (value.size,)))
    return parts[0] if len(parts) == 1 else call("Concat", *parts, dim=0)


def _row(value, like):
    from .creation import array  # pylint: disable=import-outside-toplevel
    return array([value] if is_number(value) else value, dtype=like.dtype, ctx=like.ctx)


def trace(a, offset=0, axis1=0, axis2=1, out=None):
    """The sum of a diagonal."""
    from .diagonals import diagonal  # pylint: disable=import-outside-toplevel
    return give(sum(diagonal(a, offset, axis1, axis2), axis=-1), out)


def bincount(x, weights=None, minlength=0):
    """How often each whole number from 0 on stands in a row, or the sums of their weights.
    ValueError for negative numbers."""
    checked(x, "bincount")
    if is_real(x):
        raise TypeError(f"mx.np.bincount: expected whole numbers, got {x.dtype}")
    if x.ndim != 1:
        raise ArgumentError(f"mx.np.bincount: expected one axis, got {x.ndim}")
    if x.size and int(min(x)) < 0:
        raise ArgumentError("mx.np.bincount: expected no negative numbers")
    depth = int(max(x)) + 1 if x.size else 0
    depth = minlength if minlength > depth else depth
    ones = call("one_hot", x, depth=depth, dtype=onp.float64)
    if weights is None:
        return cast(sum(ones, axis=0), onp.int64)
    weights = checked(weights, "bincount")
    counted = call("dot", cast(weights, onp.float64), ones)
    return cast(counted, weights.dtype) if is_real(weights) else counted


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
        edges = linspace(range[0], range[1], int(bins) + 1, ctx=a.ctx)
    if edges.ndim != 1 or edges.size < 2:
        raise ArgumentError("mx.np.histogram: expected at least two edges in one axis")
    row = cast(shaped(a, (1, a.size)), onp.float64)
    ends = shaped(cast(edges, onp.float64), (edges.size, 1))
    low, high = (call("slice_axis", ends, axis=0, begin=b, end=b + edges.size - 1) for b in (0, 1))
    # The last bin has its upper edge, too.
    last = call("broadcast_equal", row, call("slice_axis", ends, axis=0, begin=edges.size - 1,
                                             end=edges.size))
    inside = call("broadcast_mul", call("broadcast_greater_equal", row, low),
                  call("broadcast_lesser", row, high))
    counts = sum(inside, axis=1)
    at_end = shaped(sum(last), (1,))
    if edges.size > 2:
        none = filled((edges.size - 2,), 0, onp.float64, a.ctx)
        at_end = call("Concat", none, at_end, dim=0)
    return [cast(counts + at_end, onp.int64), edges]


def count_nonzero(a, axis=None, keepdims=False):
    """How many elements are not 0, int64."""
    counted = sum(cast(checked(a, "count_nonzero"), onp.bool_), axis, keepdims=keepdims)
    return int(counted) if axis is None and not keepdims else counted


__all__ = [
    "all", "alltrue", "amax", "amin", "any", "argmax", "argmin", "average", "bincount",
    "count_nonzero", "cumsum", "diff", "ediff1d", "histogram", "max", "mean", "min", "prod",
    "product", "ptp", "sometrue", "std", "sum", "trace", "var",
]
