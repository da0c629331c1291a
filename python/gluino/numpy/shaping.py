"""Other shapes, orders and joins of arrays."""
import numpy as onp

from ..base import MXNetError
from ._call import (axes_in, axis_in, broadcast, call, checked, common_shape, filled, give, is_np,
                    is_number, promoted, scalar_like, shaped)


def _of_c_order(order, where):
    if order not in ("C", "A", "K"):
        raise NotImplementedError(f"mx.np.{where}: only the order C is there, got {order}")


def resolved_shape(array, newshape, where="reshape"):
    """The shape that is meant by one with at most one -1. MXNetError, a ValueError too, where the
    sizes do not match."""
    sizes = [int(size) for size in (newshape if isinstance(newshape, (tuple, list)) else
                                    (newshape,))]
    if any(size < -1 for size in sizes) or sizes.count(-1) > 1:
        raise ShapeError(f"mx.np.{where}: expected sizes of at least 0 and at most one -1, got "
                         f"{tuple(sizes)}; npx.reshape has codes")
    known = 1
    for size in sizes:
        known *= size if size >= 0 else 1
    if -1 in sizes:
        if known == 0 or array.size % known:
            raise ShapeError(f"mx.np.{where}: cannot reshape an array of shape {array.shape} to "
                             f"{tuple(sizes)}")
        sizes[sizes.index(-1)] = known = array.size // known
    elif known != array.size:
        raise ShapeError(f"mx.np.{where}: cannot reshape an array of shape {array.shape} to "
                         f"{tuple(sizes)}")
    return tuple(sizes)


class ShapeError(MXNetError, ValueError):
    """A shape that the elements do not fill: what MXNet and what NumPy raise, in one."""


def reshape(a, newshape, order="C", out=None):
    """The same elements under another shape; -1 stands for the size that fits."""
    _of_c_order(order, "reshape")
    checked(a, "reshape")
    result = shaped(a, resolved_shape(a, newshape))
    return give(call("_copy", a) if result is a else result, out)


def ravel(x, order="C"):
    """The elements in one axis."""
    _of_c_order(order, "ravel")
    return reshape(checked(x, "ravel"), (x.size,))


def expand_dims(a, axis):
    """A new axis of size 1, or several, at places of the result."""
    checked(a, "expand_dims")
    places = axis if isinstance(axis, (tuple, list)) else (axis,)
    ndim = a.ndim + len(places)
    places = axes_in(tuple(places), ndim, "expand_dims")
    sizes = iter(a.shape)
    return shaped(a, tuple(1 if i in places else next(sizes) for i in range(ndim)))


def squeeze(a, axis=None, out=None):
    """Without axes of size 1: all of them, or those named. ValueError for one of another size."""
    checked(a, "squeeze")
    if axis is None:
        places = tuple(i for i, size in enumerate(a.shape) if size == 1)
    else:
        places = axes_in(axis, a.ndim, "squeeze")
    for place in places:
        if a.shape[place] != 1:
            raise ShapeError(f"mx.np.squeeze: axis {place} of {a.shape} has not the size 1")
    result = shaped(a, tuple(size for i, size in enumerate(a.shape) if i not in places))
    return give(call("_copy", a) if result is a else result, out)


def transpose(a, axes=None):
    """The axes in reverse order, or in the one given."""
    checked(a, "transpose")
    if axes is None:
        axes = tuple(range(a.ndim))[::-1]
    axes = axes_in(axes, a.ndim, "transpose")
    if len(axes) != a.ndim:
        raise ShapeError(f"mx.np.transpose: expected {a.ndim} axes, got {len(axes)}")
    return call("transpose", a, axes=axes) if a.ndim > 1 else call("_copy", a)


permute_dims = transpose


def swapaxes(a, axis1, axis2):
    """Two axes exchanged."""
    checked(a, "swapaxes")
    first, second = (axis_in(axis, a.ndim, "swapaxes") for axis in (axis1, axis2))
    order = list(range(a.ndim))
    order[first], order[second] = second, first
    return transpose(a, tuple(order))


def moveaxis(a, source, destination):
    """Axes moved to other places; the others keep their order."""
    checked(a, "moveaxis")
    sources = axes_in(source, a.ndim, "moveaxis")
    places = axes_in(destination, a.ndim, "moveaxis")
    if len(sources) != len(places):
        raise ValueError("mx.np.moveaxis: expected as many places as axes")
    order = [axis for axis in range(a.ndim) if axis not in sources]
    for place, axis in sorted(zip(places, sources)):
        order.insert(place, axis)
    return transpose(a, tuple(order))


def rollaxis(a, axis, start=0):
    """An axis moved before place `start`."""
    axis = axis_in(axis, checked(a, "rollaxis").ndim, "rollaxis")
    start = start + a.ndim if start < 0 else start
    return moveaxis(a, axis, start - 1 if axis < start else start)


def broadcast_to(array, shape):
    """The array repeated along axes of size 1, and new ones in front, to the shape."""
    checked(array, "broadcast_to")
    shape = (shape,) if isinstance(shape, (int, onp.integer)) else tuple(shape)
    return call("_copy", array) if array.shape == shape else broadcast(array, shape)


def broadcast_arrays(*args, subok=False):
    """The arrays repeated to the shape that they have together, in a list."""
    arrays = [checked(a, "broadcast_arrays") for a in args]
    shape = common_shape(*(a.shape for a in arrays))
    return [broadcast_to(a, shape) for a in arrays]


def _arrays(seq, where):
    if is_np(seq):
        seq = list(seq)
    arrays = [checked(a, where) for a in seq]
    if not arrays:
        raise ShapeError(f"mx.np.{where}: expected at least one array")
    return promoted(*arrays)


def concatenate(seq, axis=0, out=None):
    """The arrays joined along an axis; None lays each flat first."""
    arrays = _arrays(seq, "concatenate")
    if axis is None:
        arrays, axis = [shaped(a, (a.size,)) for a in arrays], 0
    axis = axis_in(axis, arrays[0].ndim, "concatenate")
    filled_ones = [a for a in arrays if a.shape[axis]] or arrays[:1]
    return give(call("Concat", *filled_ones, dim=axis), out)


concat = concatenate


def stack(arrays, axis=0, out=None):
    """The arrays, of one shape, along a new axis."""
    arrays = _arrays(arrays, "stack")
    if any(a.shape != arrays[0].shape for a in arrays):
        raise ShapeError("mx.np.stack: all arrays must have the same shape, got "
                         + ", ".join(str(a.shape) for a in arrays))
    axis = axis_in(axis, arrays[0].ndim + 1, "stack")
    shape = arrays[0].shape
    kept = shape[:axis] + (1,) + shape[axis:]
    return give(call("Concat", *(shaped(a, kept) for a in arrays), dim=axis), out)


def _of_at_least(ndim, a):
    if a.ndim >= ndim:
        return a
    if ndim == 3 and a.ndim == 2:
        return shaped(a, a.shape + (1,))
    if ndim == 3 and a.ndim == 1:
        return shaped(a, (1,) + a.shape + (1,))
    return shaped(a, (1,) * (ndim - a.ndim) + a.shape)


def _atleast(ndim, arys):
    results = [_of_at_least(ndim, checked(a, f"atleast_{ndim}d")) for a in arys]
    return results[0] if len(results) == 1 else results


def atleast_1d(*arys):
    """The array with at least one axis; a list of several."""
    return _atleast(1, arys)


def atleast_2d(*arys):
    """The array with at least two axes, new ones in front; a list of several."""
    return _atleast(2, arys)


def atleast_3d(*arys):
    """The array with at least three axes, new ones around a row; a list of several."""
    return _atleast(3, arys)


def vstack(arrays, out=None):
    """The arrays as rows, one below the other."""
    return concatenate([_of_at_least(2, a) for a in _arrays(arrays, "vstack")], 0, out)


row_stack = vstack


def hstack(arrays):
    """The arrays side by side: along the second axis, rows along the first."""
    parts = [_of_at_least(1, a) for a in _arrays(arrays, "hstack")]
    return concatenate(parts, 0 if parts[0].ndim == 1 else 1)


def dstack(arrays):
    """The arrays one behind the other, along a third axis."""
    return concatenate([_of_at_least(3, a) for a in _arrays(arrays, "dstack")], 2)


def column_stack(tup):
    """Rows as columns, side by side."""
    return concatenate([shaped(a, (a.size, 1)) if a.ndim < 2 else a
                        for a in _arrays(tup, "column_stack")], 1)


def part(a, axis, begin, end):
    """The places [begin, end) of an axis."""
    if begin >= end:
        return filled(a.shape[:axis] + (0,) + a.shape[axis + 1:], 0, a.dtype, a.ctx)
    if (begin, end) == (0, a.shape[axis]):
        return call("_copy", a)
    return call("slice_axis", a, axis=axis, begin=begin, end=end)


def _cuts(indices, length):
    ends = [index + length if index < 0 else index for index in indices] + [length]
    begin = 0
    for end in ends:
        begin, end = min(max(begin, 0), length), min(max(end, 0), length)
        yield begin, end
        begin = end


def array_split(ary, indices_or_sections, axis=0):
    """The parts of an axis, in a list: so many of nearly one size, or cut at the places given."""
    checked(ary, "split")
    axis = axis_in(axis, ary.ndim, "split")
    length = ary.shape[axis]
    if isinstance(indices_or_sections, (int, onp.integer)):
        count = int(indices_or_sections)
        if count <= 0:
            raise ValueError("mx.np.split: expected at least one part")
        size, more = divmod(length, count)
        indices_or_sections = [i * size + min(i, more) for i in range(1, count)]
    elif is_np(indices_or_sections):
        indices_or_sections = [int(i) for i in indices_or_sections.tolist()]
    return [part(ary, axis, *cut) for cut in _cuts(indices_or_sections, length)]


def split(ary, indices_or_sections, axis=0):
    """The same; ValueError where so many parts of one size do not fill the axis."""
    axis = axis_in(axis, checked(ary, "split").ndim, "split")
    if isinstance(indices_or_sections, (int, onp.integer)) and (
            indices_or_sections <= 0 or ary.shape[axis] % indices_or_sections):
        raise ValueError(f"mx.np.split: an axis of {ary.shape[axis]} cannot be cut into "
                         f"{indices_or_sections} equal parts")
    return array_split(ary, indices_or_sections, axis)


def hsplit(ary, indices_or_sections):
    """split() along the second axis; of a row along the first."""
    if checked(ary, "hsplit").ndim < 1:
        raise ValueError("mx.np.hsplit: expected at least one axis")
    return split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


def vsplit(ary, indices_or_sections):
    """split() along the first axis of at least two."""
    if checked(ary, "vsplit").ndim < 2:
        raise ValueError("mx.np.vsplit: expected at least two axes")
    return split(ary, indices_or_sections, 0)


def dsplit(ary, indices_or_sections):
    """split() along the third axis."""
    if checked(ary, "dsplit").ndim < 3:
        raise ValueError("mx.np.dsplit: expected at least three axes")
    return split(ary, indices_or_sections, 2)


def tile(A, reps):
    """The array repeated so often along each axis."""
    if is_number(A):
        A = filled((), A, onp.float32, None)
    checked(A, "tile")
    reps = (reps,) if isinstance(reps, (int, onp.integer)) else tuple(reps)
    ndim = max(len(reps), A.ndim)
    if ndim == 0:
        return call("_copy", A)
    whole = shaped(A, (1,) * (ndim - A.ndim) + A.shape)
    reps = (1,) * (ndim - len(reps)) + tuple(int(n) for n in reps)
    if 0 in reps or 0 in whole.shape:
        shape = tuple(size * n for size, n in zip(whole.shape, reps))
        return filled(shape, 0, A.dtype, A.ctx)
    return call("tile", whole, reps=reps)


def repeat(a, repeats, axis=None):
    """Each element so often, one after the other; `repeats` a number, or one per place."""
    checked(a, "repeat")
    if axis is None:
        a, axis = shaped(a, (a.size,)), 0
    axis = axis_in(axis, a.ndim, "repeat")
    if is_np(repeats):
        repeats = repeats.tolist()
    if isinstance(repeats, (list, tuple)):
        if len(repeats) == 1:
            repeats = repeats * a.shape[axis]
        places = [i for i, n in enumerate(repeats) for _ in range(int(n))]
        if len(repeats) != a.shape[axis]:
            raise ValueError(f"mx.np.repeat: {len(repeats)} numbers for an axis of "
                             f"{a.shape[axis]}")
        return picked(a, places, axis)
    if repeats == 0:
        return part(a, axis, 0, 0)
    return call("repeat", a, repeats=int(repeats), axis=axis)


def picked(a, places, axis):
    """The places of an axis that a list of numbers names."""
    from .creation import array  # pylint: disable=import-outside-toplevel
    if not places:
        return part(a, axis, 0, 0)
    return call("take", a, array(places, dtype=onp.int64, ctx=a.ctx), axis=axis)


def flip(m, axis=None, out=None):
    """The elements in reverse order along all axes, or those named."""
    checked(m, "flip")
    if not m.ndim:
        return give(call("_copy", m), out)
    steps = [1] * m.ndim
    for axis_to_turn in axes_in(axis, m.ndim, "flip"):
        steps[axis_to_turn] = -1
    none = (None,) * m.ndim
    result = call("_copy", m) if m.size == 0 else call(
        "slice", m, begin=none, end=none, step=tuple(steps))
    return give(result, out)


def fliplr(m):
    """The columns in reverse order."""
    if checked(m, "fliplr").ndim < 2:
        raise ValueError("mx.np.fliplr: expected at least two axes")
    return flip(m, 1)


def flipud(m):
    """The rows in reverse order."""
    if checked(m, "flipud").ndim < 1:
        raise ValueError("mx.np.flipud: expected at least one axis")
    return flip(m, 0)


def rot90(m, k=1, axes=(0, 1)):
    """Turned by k quarters in the plane of two axes."""
    first, second = axes_in(tuple(axes), checked(m, "rot90").ndim, "rot90")
    quarters = k % 4
    if quarters == 0:
        return call("_copy", m)
    if quarters == 2:
        return flip(m, (first, second))
    if quarters == 1:
        return swapaxes(flip(m, second), first, second)
    return flip(swapaxes(m, first, second), second)


def roll(a, shift, axis=None):
    """The elements moved along axes; what leaves at the end comes back at the front."""
    checked(a, "roll")
    if axis is None:
        return shaped(roll(shaped(a, (a.size,)), shift, 0), a.shape)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    shifts = shift if isinstance(shift, (tuple, list)) else (shift,) * len(axes)
    if len(shifts) != len(axes):
        axes = axes * len(shifts) if len(axes) == 1 else axes
    result = call("_copy", a)
    for places, axis_to_roll in zip(shifts, axes):
        along = axis_in(axis_to_roll, a.ndim, "roll")
        length = a.shape[along]
        cut = length - places % length if length else 0
        if length and cut != length:
            result = call("Concat", part(result, along, cut, length),
                          part(result, along, 0, cut), dim=along)
    return result


def append(arr, values, axis=None):
    """The values after the array; None lays both flat."""
    checked(arr, "append")
    if not is_np(values):
        from .creation import array  # pylint: disable=import-outside-toplevel
        values = array(values, dtype=arr.dtype, ctx=arr.ctx)
    return concatenate([arr, values], axis)


def resize(a, new_shape):
    """The elements, repeated or cut off, under another shape."""
    new_shape = (new_shape,) if isinstance(new_shape, (int, onp.integer)) else tuple(new_shape)
    size = int(onp.prod(new_shape, dtype=onp.int64))
    flat = shaped(checked(a, "resize"), (a.size,))
    if size == 0 or a.size == 0:
        return filled(new_shape, 0, a.dtype, a.ctx)
    times = -(-size // a.size)
    return shaped(part(tile(flat, times) if times > 1 else flat, 0, 0, size), new_shape)


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
        raise ValueError(f"mx.np.{where}: expected one pair for each of {ndim} axes")
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
    for axis, (before, after) in enumerate(widths):
        if before < 0 or after < 0:
            raise ValueError("mx.np.pad: expected no negative widths")
        if before or after:
            x = _padded(x, axis, before, after, mode, values[axis])
    return x


def _padded(x, axis, before, after, mode, values):
    length = x.shape[axis]
    if mode in ("constant", "maximum", "minimum", "mean"):
        ends = []
        for width, value in zip((before, after), values):
            shape = x.shape[:axis] + (width,) + x.shape[axis + 1:]
            if mode == "constant":
                ends.append(filled(shape, value, x.dtype, x.ctx))
            else:
                op = {"maximum": "max", "minimum": "min", "mean": "mean"}[mode]
                ends.append(broadcast(call(op, x, axis=(axis,), keepdims=True), shape))
        parts = [part_ for part_ in (ends[0], x, ends[1]) if part_.shape[axis]]
        return call("Concat", *parts, dim=axis)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise ValueError(f"mx.np.pad: there is no mode {mode!r}")
    if not length:
        raise ValueError(f"mx.np.pad: an axis without elements has no {mode}")
    rows = onp.pad(onp.arange(length), (before, after), mode=mode)  # Which place goes where.
    return picked(x, rows.tolist(), axis)


def _band(rows, columns, k, ctx):
    from .creation import tri  # pylint: disable=import-outside-toplevel
    return tri(rows, columns, k, dtype=onp.bool_, ctx=ctx)


def _triangle(m, k, lower):
    if m.ndim == 1:
        m = broadcast(shaped(m, (1, m.size)), (m.size, m.size))
    if m.ndim < 2:
        raise ValueError("expected at least one axis")
    band = _band(*m.shape[-2:], k if lower else k - 1, m.ctx)
    nothing = filled(m.shape, 0, m.dtype, m.ctx)
    band = broadcast(band, m.shape)
    return call("where", band, m, nothing) if lower else call("where", band, nothing, m)


def tril(m, k=0):
    """The elements on and below the diagonal that is k to the right; 0 above."""
    return _triangle(checked(m, "tril"), k, True)


def triu(m, k=0):
    """The elements on and above the diagonal that is k to the right; 0 below."""
    return _triangle(checked(m, "triu"), k, False)


def diagonal(a, offset=0, axis1=0, axis2=1):
    """The diagonal of two axes that is `offset` to the right, as the last axis."""
    checked(a, "diagonal")
    if a.ndim < 2:
        raise ValueError(f"mx.np.diagonal: expected at least two axes, got {a.ndim}")
    first, second = axes_in((axis1, axis2), a.ndim, "diagonal")
    order = [i for i in range(a.ndim) if i not in (first, second)] + [first, second]
    rows, columns = a.shape[first], a.shape[second]
    row, column = max(0, -offset), max(0, offset)
    count = max(0, min(rows - row, columns - column))
    moved = transpose(a, tuple(order)) if order != list(range(a.ndim)) else a
    flat = shaped(moved, moved.shape[:-2] + (rows * columns,))
    places = [(row + i) * columns + column + i for i in range(count)]
    return picked(flat, places, a.ndim - 2)


def diagflat(array, k=0):
    """A matrix with the elements, laid flat, on the diagonal that is k to the right."""
    checked(array, "diagflat")
    size = array.size + abs(k)
    if array.size == 0:
        return filled((size, size), 0, array.dtype, array.ctx)
    row = shaped(array, (1, array.size))
    before, after = max(0, k), max(0, -k)
    row = _padded(row, 1, before, after, "constant", (0, 0)) if k else row
    from .creation import eye  # pylint: disable=import-outside-toplevel
    mask = eye(size, k=k, dtype=onp.bool_, ctx=array.ctx)
    zeros = filled((size, size), 0, array.dtype, array.ctx)
    return call("where", mask, broadcast(row, (size, size)), zeros)


def diag(array, k=0):
    """Of a row, the matrix with it on a diagonal; of a matrix, that diagonal."""
    if checked(array, "diag").ndim == 1:
        return diagflat(array, k)
    if array.ndim == 2:
        return diagonal(array, k)
    raise ValueError(f"mx.np.diag: expected one or two axes, got {array.ndim}")


def _obj_places(obj, length, where):
    """The places that an index, a slice or a row of them means."""
    if isinstance(obj, slice):
        return list(range(length))[obj]
    if is_np(obj):
        obj = obj.tolist()
    places = list(obj) if isinstance(obj, (list, tuple, onp.ndarray, range)) else [obj]
    for place in places:
        if not -length <= place < length:
            raise IndexError(f"mx.np.{where}: index {place} is out of bounds for size {length}")
    return [int(place) % length for place in places]


def delete(arr, obj, axis=None):
    """The array without some places of an axis; None lays it flat."""
    checked(arr, "delete")
    if axis is None:
        arr, axis = shaped(arr, (arr.size,)), 0
    axis = axis_in(axis, arr.ndim, "delete")
    gone = set(_obj_places(obj, arr.shape[axis], "delete"))
    return picked(arr, [i for i in range(arr.shape[axis]) if i not in gone], axis)


def insert(arr, obj, values, axis=None):
    """The values before some places of an axis; None lays the array flat."""
    checked(arr, "insert")
    if axis is None:
        arr, axis = shaped(arr, (arr.size,)), 0
    axis = axis_in(axis, arr.ndim, "insert")
    length = arr.shape[axis]
    single = isinstance(obj, (int, onp.integer))
    places = [obj] if single else obj
    if isinstance(places, slice):
        places = list(range(length))[places]
    elif is_np(places):
        places = [int(i) for i in shaped(places, (places.size,)).tolist()]
    for place in places:
        if not -length <= place <= length:
            raise IndexError(f"mx.np.insert: index {place} is out of bounds for size {length}")
    places = [place + length if place < 0 else int(place) for place in places]
    if not is_np(values):
        values = scalar_like(values, arr) if is_number(values) else _as_array(values, arr)
    values = call("Cast", values, dtype=arr.dtype)
    if single and values.ndim == arr.ndim and axis == 0 and values.ndim:
        places = places * values.shape[axis]
    elif single and values.ndim == arr.ndim - 1 and axis == 0:
        values = shaped(values, (1,) + values.shape)
    elif single and values.ndim == 1 and arr.ndim == 1:
        places = places * values.size
    shape = arr.shape[:axis] + (len(places),) + arr.shape[axis + 1:]
    both = call("Concat", arr, broadcast(values, shape), dim=axis)
    order = list(range(length))
    for number, place in sorted(enumerate(places), key=lambda p: (p[1], p[0]), reverse=True):
        order.insert(place, length + number)
    return picked(both, order, axis)


def _as_array(values, like):
    from .creation import array  # pylint: disable=import-outside-toplevel
    return array(values, dtype=like.dtype, ctx=like.ctx)


def shape(a):
    """The sizes of the axes."""
    return a.shape if hasattr(a, "shape") else onp.shape(a)


def ndim(a):
    """The number of axes."""
    return a.ndim if hasattr(a, "ndim") else onp.ndim(a)


def size(a, axis=None):
    """The number of elements, or the size of one axis."""
    return a.size if axis is None else a.shape[axis]


__all__ = [
    "append", "array_split", "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_arrays",
    "broadcast_to", "column_stack", "concat", "concatenate", "delete", "diag", "diagflat",
    "diagonal", "dsplit", "dstack", "expand_dims", "flip", "fliplr", "flipud", "hsplit", "hstack",
    "insert", "moveaxis", "ndim", "pad", "permute_dims", "ravel", "repeat", "reshape", "resize",
    "roll", "rollaxis", "rot90", "row_stack", "shape", "size", "split", "squeeze", "stack",
    "swapaxes", "tile", "transpose", "tril", "triu", "vsplit", "vstack",
]
