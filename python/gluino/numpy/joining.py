"""Arrays joined and cut."""
import numpy as onp

from ._call import (ArgumentError, axis_in, call, checked, emptied, filled, give, is_np, is_number,
                    promoted, shaped, whole)
from .creation import array
from .shaping import part, picked


def _arrays(seq, where):
    if is_np(seq):
        seq = list(seq)
    arrays = [checked(a, where) for a in seq]
    if not arrays:
        raise ArgumentError(f"mx.np.{where}: expected at least one array")
    return promoted(*arrays)


def concatenate(seq, axis=0, out=None):
    """The arrays joined along an axis; None lays each flat first."""
    arrays = _arrays(seq, "concatenate")
    if axis is None:
        arrays, axis = [shaped(a, (a.size,)) for a in arrays], 0
    axis = axis_in(axis, arrays[0].ndim, "concatenate")
    rest = {a.shape[:axis] + a.shape[axis + 1:] if a.ndim == arrays[0].ndim else None
            for a in arrays}
    if len(rest) > 1:
        raise ArgumentError("mx.np.concatenate: apart from the axis the arrays must have the same "
                            "shape, got " + ", ".join(str(a.shape) for a in arrays))
    filled_ones = [a for a in arrays if a.shape[axis]] or arrays[:1]
    return give(call("Concat", *filled_ones, dim=axis), out)


concat = concatenate


def stack(arrays, axis=0, out=None):
    """The arrays, of one shape, along a new axis."""
    arrays = _arrays(arrays, "stack")
    if any(a.shape != arrays[0].shape for a in arrays):
        raise ArgumentError("mx.np.stack: all arrays must have the same shape, got "
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
    arrays = [array(a) if is_number(a) else checked(a, f"atleast_{ndim}d") for a in arys]
    results = [_of_at_least(ndim, a) if a.ndim < ndim else a.copy() for a in arrays]
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
            raise ArgumentError("mx.np.split: expected at least one part")
        size, more = divmod(length, count)
        indices_or_sections = [i * size + min(i, more) for i in range(1, count)]
    elif is_np(indices_or_sections):
        indices_or_sections = [whole(i, "split") for i in indices_or_sections.tolist()]
    return [part(ary, axis, *cut) for cut in _cuts(indices_or_sections, length)]


def split(ary, indices_or_sections, axis=0):
    """The same; ValueError where so many parts of one size do not fill the axis."""
    axis = axis_in(axis, checked(ary, "split").ndim, "split")
    if isinstance(indices_or_sections, (int, onp.integer)) and (
            indices_or_sections <= 0 or ary.shape[axis] % indices_or_sections):
        raise ArgumentError(f"mx.np.split: an axis of {ary.shape[axis]} cannot be cut into "
                         f"{indices_or_sections} equal parts")
    return array_split(ary, indices_or_sections, axis)


def hsplit(ary, indices_or_sections):
    """split() along the second axis; of a row along the first."""
    if checked(ary, "hsplit").ndim < 1:
        raise ArgumentError("mx.np.hsplit: expected at least one axis")
    return split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


def vsplit(ary, indices_or_sections):
    """split() along the first axis of at least two."""
    if checked(ary, "vsplit").ndim < 2:
        raise ArgumentError("mx.np.vsplit: expected at least two axes")
    return split(ary, indices_or_sections, 0)


def dsplit(ary, indices_or_sections):
    """split() along the third axis."""
    if checked(ary, "dsplit").ndim < 3:
        raise ArgumentError("mx.np.dsplit: expected at least three axes")
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
    tiled = shaped(A, (1,) * (ndim - A.ndim) + A.shape)
    reps = (1,) * (ndim - len(reps)) + tuple(whole(n, "tile: reps") for n in reps)
    if 0 in reps or 0 in tiled.shape:
        return emptied(tiled, tuple(size * n for size, n in zip(tiled.shape, reps)))
    return call("tile", tiled, reps=reps)


def repeat(a, repeats, axis=None):
    """Each element so often, one after the other; `repeats` a number, or one per place."""
    checked(a, "repeat")
    if axis is None:
        a, axis = shaped(a, (a.size,)), 0
    axis = axis_in(axis, a.ndim, "repeat")
    if is_np(repeats):
        repeats = repeats.tolist()
    if isinstance(repeats, (list, tuple)):
        return call("_npi_repeats", a, repeats=[whole(n, "repeat") for n in repeats], axis=axis)
    if repeats == 0:
        return part(a, axis, 0, 0)
    return call("repeat", a, repeats=whole(repeats, "repeat"), axis=axis)


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


__all__ = [
    "append", "array_split", "atleast_1d", "atleast_2d", "atleast_3d", "column_stack", "concat",
    "concatenate", "dsplit", "dstack", "hsplit", "hstack", "repeat", "resize", "row_stack", "split",
    "stack", "tile", "vsplit", "vstack",
]
