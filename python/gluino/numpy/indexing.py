"""Elements looked up, and where they stand."""
import numpy as onp

from ._call import (ArgumentError, axis_in, call, cast, checked, filled, give, is_np,
                    is_number, is_real, shaped, whole, whole_sizes)
from .creation import _context, _sizes, arange, array


def take(a, indices, axis=None, mode="raise", out=None):
    """The elements, or slices along an axis, at the places that `indices` names. A place outside
    is an IndexError (`raise`), the nearest one (`clip`), or counted around (`wrap`)."""
    checked(a, "take")
    if not is_np(indices):
        indices = array(indices, dtype=onp.int64, ctx=a.ctx)
    if axis is None:
        a, axis = shaped(a, (a.size,)), 0
    axis = axis_in(axis, a.ndim, "take")
    if mode not in ("raise", "clip", "wrap"):
        raise ArgumentError(f"mx.np.take: expected mode raise, clip or wrap, got {mode!r}")
    return give(call("take", a, indices, axis=axis, mode=mode), out)


def take_along_axis(arr, indices, axis):
    """Per place along the other axes the elements of an axis that `indices` names there."""
    checked(arr, "take_along_axis")
    checked(indices, "take_along_axis")
    if axis is None:
        arr, axis = shaped(arr, (arr.size,)), 0
    axis = axis_in(axis, arr.ndim, "take_along_axis")
    if not indices.size:
        return filled(indices.shape, 0, arr.dtype, arr.ctx)
    # Numbered in the array laid flat.
    shape, along = arr.shape, onp.prod(arr.shape[axis + 1:], dtype=onp.int64)
    numbers = call("_npi_mod_scalar", cast(indices, onp.int64), scalar=shape[axis], is_int=True)
    numbers = numbers * int(along) if along != 1 else numbers
    step = 1
    for other in reversed(range(arr.ndim)):
        if other != axis and shape[other] > 1:
            row = arange(shape[other], dtype=onp.int64, ctx=arr.ctx) * int(step)
            numbers = numbers + shaped(row, (shape[other],) + (1,) * (arr.ndim - 1 - other))
        step *= shape[other]
    return call("take", shaped(arr, (arr.size,)), numbers, axis=0, mode="clip")


def nonzero(a):
    """Where the elements are that are not 0: for each axis an int64 row of places."""
    places = argwhere(a)
    return tuple(places[:, axis] for axis in range(places.shape[1]))


def flatnonzero(a):
    """Where the elements are that are not 0 in the array laid flat, int64."""
    return argwhere(shaped(checked(a, "flatnonzero"), (a.size,)))[:, 0]


def argwhere(a):
    """The places of elements that are not 0, one per row, int64."""
    return call("_npx_nonzero", checked(a, "nonzero"))


def unravel_index(indices, shape, order="C"):
    """For each axis of a shape the places of elements that are numbered in the array laid flat."""
    if order != "C":
        raise NotImplementedError(f"mx.np.unravel_index: only the order C is there, got {order}")
    if isinstance(indices, (int, onp.integer)):
        return onp.unravel_index(indices, shape)
    if not is_np(indices):
        indices = array(indices, dtype=onp.int64)
    if is_real(indices):
        raise TypeError(f"mx.np.unravel_index: expected whole numbers, got {indices.dtype}")
    shape = whole_sizes(shape)
    count = 1
    for size in shape:
        count *= size
    if indices.size and float(call("max", indices)) >= count:
        raise ArgumentError(f"mx.np.unravel_index: there is no such place in {shape}")
    if not indices.size or not shape:
        return (indices,) * len(shape)
    return tuple(call("_unravel_index", indices, shape=shape))


def diag_indices_from(arr):
    """The places of the diagonal of an array all of whose axes have one size."""
    checked(arr, "diag_indices_from")
    if arr.ndim < 2 or len(set(arr.shape)) != 1:
        raise ArgumentError(f"mx.np.diag_indices_from: expected at least two axes of one size, got "
                         f"{arr.shape}")
    return (arange(arr.shape[0], dtype=onp.int64, ctx=arr.ctx),) * arr.ndim


def _lower_places(sizes, k, ctx):
    # Beyond the matrix all diagonals are the same.
    rows, columns = sizes
    return tuple(call("_npi_tril_indices", n=rows, k=min(max(k, -rows), columns), m=columns,
                      ctx=_context(ctx)))


def _triangle_places(n, k, m, lower, ctx=None):
    sizes = _sizes((n, n if m is None else m))
    k = whole(k, "tri: k")
    if lower:
        return _lower_places(sizes, k, ctx)
    # Of the matrix after half a turn they are the lower ones, in reverse order.
    turned = _lower_places(sizes, sizes[1] - sizes[0] - k, ctx)
    return tuple(size - 1 - call("_npi_flip", row, axis=0) for size, row in zip(sizes, turned))


def tril_indices(n, k=0, m=None):
    """The places on and below a diagonal of n rows and m columns."""
    return _triangle_places(n, k, m, True)


def triu_indices(n, k=0, m=None, ctx=None, device=None):
    """The places on and above a diagonal of n rows and m columns."""
    return _triangle_places(n, k, m, False, ctx if device is None else device)


def tril_indices_from(arr, k=0):
    """The places on and below a diagonal of a matrix."""
    return _triangle_places(arr.shape[0], k, arr.shape[1], True, arr.ctx)


def triu_indices_from(arr, k=0):
    """The places on and above a diagonal of a matrix."""
    return _triangle_places(arr.shape[0], k, arr.shape[1], False, arr.ctx)


def fill_diagonal(a, val, wrap=False):
    """Writes a number, or several over and over, on the diagonal of a matrix, in the array itself.
    With `wrap` it begins again below itself in a matrix higher than wide, a row left out."""
    if checked(a, "fill_diagonal").ndim < 2 or a.ndim > 2 and len(set(a.shape)) != 1:
        raise ArgumentError(f"mx.np.fill_diagonal: expected a matrix, or axes of one size, got "
                            f"{a.shape}")
    count = min(a.shape)
    if wrap and a.ndim == 2:
        step = a.shape[1] + 1
        places = onp.arange(0, a.size, step, dtype=onp.int64)
        places = onp.unravel_index(places, a.shape)
    else:
        places = (onp.arange(count, dtype=onp.int64),) * a.ndim
    if not is_number(val):
        numbers = onp.resize(val.asnumpy() if is_np(val) else val, len(places[0]))
        val = array(numbers, dtype=a.dtype, ctx=a.ctx)
    a[tuple(array(place, dtype=onp.int64, ctx=a.ctx) for place in places)] = val


def may_share_memory(a, b, max_work=None):
    """Whether the arrays lie in the same memory."""
    from .. import _core  # pylint: disable=import-outside-toplevel
    return bool(_core.shares_memory(checked(a, "may_share_memory"), checked(b, "may_share_memory")))


def shares_memory(a, b, max_work=None):
    """Whether the arrays lie in the same memory."""
    return may_share_memory(a, b, max_work)


__all__ = [
    "argwhere", "diag_indices_from", "fill_diagonal", "flatnonzero", "may_share_memory", "nonzero",
    "shares_memory", "take", "take_along_axis", "tril_indices", "tril_indices_from",
    "triu_indices", "triu_indices_from", "unravel_index",
]
