"""Other shapes and orders of axes."""
import numpy as onp

from ._call import (ArgumentError, axes_in, axis_in, broadcast, call, checked, common_shape,
                    emptied, give, shaped, whole)


def _of_c_order(order, where):
    if order not in ("C", "A", "K"):
        raise NotImplementedError(f"mx.np.{where}: only the order C is there, got {order}")


def resolved_shape(array, newshape, where="reshape"):
    """The shape that is meant by one with at most one -1. MXNetError, a ValueError too, where the
    sizes do not match."""
    sizes = [whole(size, where) for size in (newshape if isinstance(newshape, (tuple, list)) else
                                             (newshape,))]
    if any(size < -1 for size in sizes) or sizes.count(-1) > 1:
        raise ArgumentError(f"mx.np.{where}: expected sizes of at least 0 and at most one -1, got "
                         f"{tuple(sizes)}; npx.reshape has codes")
    known = 1
    for size in sizes:
        known *= size if size >= 0 else 1
    if -1 in sizes:
        if known == 0 or array.size % known:
            raise ArgumentError(f"mx.np.{where}: cannot reshape an array of shape {array.shape} to "
                             f"{tuple(sizes)}")
        sizes[sizes.index(-1)] = known = array.size // known
    elif known != array.size:
        raise ArgumentError(f"mx.np.{where}: cannot reshape an array of shape {array.shape} to "
                         f"{tuple(sizes)}")
    return tuple(sizes)


def has_codes(newshape):
    """Whether there are codes in a shape that npx.reshape knows: numbers below -1."""
    return any(size < -1 for size in (newshape if isinstance(newshape, (tuple, list)) else
                                      (newshape,)))


def reshape(a, newshape, order="C", out=None):
    """The same elements under another shape; -1 stands for the size that fits."""
    _of_c_order(order, "reshape")
    checked(a, "reshape")
    result = shaped(a, resolved_shape(a, newshape), newshape)
    return give(call("_copy", a) if result is a else result, out)


def ravel(x, order="C"):
    """The elements in one axis."""
    _of_c_order(order, "ravel")
    return reshape(checked(x, "ravel"), (-1,))


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
            raise ArgumentError(f"mx.np.squeeze: axis {place} of {a.shape} has not the size 1")
    result = shaped(a, tuple(size for i, size in enumerate(a.shape) if i not in places))
    return give(call("_copy", a) if result is a else result, out)


def transpose(a, axes=None):
    """The axes in reverse order, or in the one given."""
    checked(a, "transpose")
    if axes is None:
        axes = tuple(range(a.ndim))[::-1]
    axes = axes_in(axes, a.ndim, "transpose")
    if len(axes) != a.ndim:
        raise ArgumentError(f"mx.np.transpose: expected {a.ndim} axes, got {len(axes)}")
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
        raise ArgumentError("mx.np.moveaxis: expected as many places as axes")
    order = [axis for axis in range(a.ndim) if axis not in sources]
    for place, axis in sorted(zip(places, sources)):
        order.insert(place, axis)
    return transpose(a, tuple(order))


def rollaxis(a, axis, start=0):
    """An axis moved before place `start`."""
    return call("_npi_rollaxis", checked(a, "rollaxis"), axis=axis, start=start)


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


def part(a, axis, begin, end):
    """The places [begin, end) of an axis."""
    if begin >= end:
        return emptied(a, a.shape[:axis] + (0,) + a.shape[axis + 1:])
    if (begin, end) == (0, a.shape[axis]):
        return call("_copy", a)
    return call("slice_axis", a, axis=axis, begin=begin, end=end)


def picked(a, places, axis):
    """The places of an axis that a list of numbers names."""
    from .creation import array  # pylint: disable=import-outside-toplevel
    if not places:
        return part(a, axis, 0, 0)
    return call("take", a, array(places, dtype=onp.int64, ctx=a.ctx), axis=axis)


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
    "broadcast_arrays", "broadcast_to", "expand_dims", "moveaxis", "ndim", "permute_dims", "ravel",
    "reshape", "rollaxis", "shape", "size", "squeeze", "swapaxes", "transpose",
]
