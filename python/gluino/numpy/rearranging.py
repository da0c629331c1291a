"""Elements put elsewhere along axes: turned, rolled, padded, taken out and put in."""
import numpy as onp

from .._tracing import is_tracing
from ._call import (ArgumentError, axes_in, axis_in, broadcast, call, cast, checked, filled, give,
                    is_np, is_number, kind, shaped, whole)
from .creation import array
from .indexing import flatnonzero
from .shaping import picked


def flip(m, axis=None, out=None):
    """The elements in reverse order along all axes, or those named."""
    axes = axes_in(axis, checked(m, "flip").ndim, "flip")
    return give(call("_npi_flip", m, axis=axes), out)


def fliplr(m):
    """The columns in reverse order."""
    if checked(m, "fliplr").ndim < 2:
        raise ArgumentError("mx.np.fliplr: expected at least two axes")
    return flip(m, 1)


def flipud(m):
    """The rows in reverse order."""
    if checked(m, "flipud").ndim < 1:
        raise ArgumentError("mx.np.flipud: expected at least one axis")
    return flip(m, 0)


def rot90(m, k=1, axes=(0, 1)):
    """Turned by k quarters in the plane of two axes."""
    axes = axes_in(tuple(axes), checked(m, "rot90").ndim, "rot90")
    return call("_npi_rot90", m, k=k, axes=axes)


def roll(a, shift, axis=None):
    """The elements moved along axes; what leaves at the end comes back at the front."""
    checked(a, "roll")
    if axis is None:
        shift = sum(shift) if isinstance(shift, (tuple, list)) else shift
    else:
        axis = tuple(axis_in(each, a.ndim, "roll")
                     for each in (axis if isinstance(axis, (tuple, list)) else (axis,)))
    return call("_np_roll", a, shift=shift, axis=axis)


def _pairs(widths, ndim, where):
    """(before, after) for each axis, from NumPy's shorter forms."""
    if isinstance(widths, (int, onp.integer)):
        widths = ((widths, widths),)
    elif widths and not isinstance(widths[0], (tuple, list)):
        widths = (tuple(widths) if len(widths) == 2 else tuple(widths) * 2,)
    widths = tuple(tuple(pair) if len(pair) == 2 else tuple(pair) * 2 for pair in widths)
    if len(widths) == 1:
        widths *= ndim
    if len(widths) != ndim:
        raise ArgumentError(f"mx.np.{where}: expected one pair for each of {ndim} axes")
    return widths


def pad(x, pad_width=None, mode="constant", **kwargs):
    """The array with more around it: `constant` numbers (constant_values), its `edge`, its image
    in a mirror (`reflect` without the edge, `symmetric` with it), `wrap`, its `maximum`,
    `minimum` or `mean`."""
    checked(x, "pad")
    if isinstance(pad_width, list):
        pad_width = tuple(pad_width)
    widths = _pairs(pad_width, x.ndim, "pad")
    values = _pairs(kwargs.pop("constant_values", 0), x.ndim, "pad") if x.ndim else ()
    if kwargs and set(kwargs) - {"reflect_type", "stat_length"} or \
            kwargs.get("reflect_type", "even") != "even" or kwargs.get("stat_length") is not None:
        raise NotImplementedError(f"mx.np.pad: the options {', '.join(kwargs)}")
    if any(width < 0 for pair in widths for width in pair):
        raise ArgumentError("mx.np.pad: expected no negative widths")
    for length, pair in zip(x.shape, widths):
        if any(pair) and not length and mode != "constant":
            raise ArgumentError(f"mx.np.pad: an axis without elements has no {mode}")
    # Parts are joined to the array sooner, but of one size, which a graph is not.
    constants = {value for pair in values for value in pair}
    by_operator = mode == "constant" and len(constants) == 1 and is_tracing()
    if mode in ("edge", "reflect", "symmetric", "maximum", "minimum") or by_operator:
        options = {"pad_width": widths, "mode": mode}
        if by_operator:
            options["constant_value"] = float(constants.pop())
        if kind(x) == "b":
            return cast(call("_npi_pad", cast(x, onp.uint8), **options), onp.bool_)
        return call("_npi_pad", x, **options)
    if mode not in ("constant", "mean", "wrap"):
        raise ArgumentError(f"mx.np.pad: there is no mode {mode!r}")
    result = x
    for axis, (before, after) in enumerate(widths):
        if before or after:
            result = _padded(result, axis, before, after, mode, values[axis])
    return call("_copy", x) if result is x else result


def _padded(x, axis, before, after, mode, values):
    """The array with more along one axis; `values` are the constants at both ends."""
    if mode == "wrap":
        places = onp.arange(-before, x.shape[axis] + after) % x.shape[axis]
        return picked(x, places.tolist(), axis)
    ends = []
    for width, value in zip((before, after), values):
        shape = x.shape[:axis] + (width,) + x.shape[axis + 1:]
        if mode == "constant":
            ends.append(filled(shape, value, x.dtype, x.ctx))
        else:
            ends.append(broadcast(call("mean", x, axis=(axis,), keepdims=True), shape))
    parts = [each for each in (ends[0], x, ends[1]) if each is x or each.shape[axis]]
    return call("Concat", *parts, dim=axis)


def _edited(op, name, arr, obj, values, axis):
    """insert and delete: `obj` is a number, a slice, or a row of numbers or truths."""
    checked(arr, name)
    options = {"axis": axis}
    if is_number(values):
        options["val"] = values
    arrays = (arr,) if values is None or is_number(values) else (arr, values)
    length = arr.size if axis is None else arr.shape[axis_in(axis, arr.ndim, name)]
    if isinstance(obj, slice):
        start, stop, step = obj.indices(length)
        stop = -length - 1 if stop < 0 else stop  # Before the first place: backwards to it.
        return call(op["slice"], *arrays, start=start, stop=stop, step=step, **options)
    if is_number(obj) and not isinstance(obj, (bool, onp.bool_)):
        return call(op["place"], *arrays, int_ind=whole(obj, name), **options)
    places = obj if is_np(obj) else array(onp.asarray(obj), dtype=None, ctx=arr.ctx)
    if kind(places) == "b":
        if places.shape != (length,):
            raise ArgumentError(f"mx.np.{name}: expected {length} truths, got {places.shape}")
        places = flatnonzero(places)
    return call(op["array"], *arrays, cast(places, onp.int64), **options)


_DELETE = {how: "_npi_delete" for how in ("place", "slice", "array")}
_INSERT = {"place": "_npi_insert_scalar", "slice": "_npi_insert_slice",
           "array": "_npi_insert_tensor"}


def delete(arr, obj, axis=None):
    """The array without some places of an axis; None lays it flat."""
    return _edited(_DELETE, "delete", arr, obj, None, axis)


def insert(arr, obj, values, axis=None):
    """The values before some places of an axis; None lays the array flat."""
    if not is_np(values) and not is_number(values):
        values = array(values, dtype=arr.dtype, ctx=arr.ctx)
    return _edited(_INSERT, "insert", arr, obj, values, axis)


__all__ = [
    "delete", "flip", "fliplr", "flipud", "insert", "pad", "roll", "rot90",
]
