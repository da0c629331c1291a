"""How MXNet's own tools see an index: functions for programs that call them."""
import numpy as onp

from ..base import integer_types

_NDARRAY_UNSUPPORTED_INDEXING = -1
_NDARRAY_BASIC_INDEXING = 0
_NDARRAY_ADVANCED_INDEXING = 1
_NDARRAY_EMPTY_TUPLE_INDEXING = 2


def get_indexing_dispatch_code(key):
    """0 for a tuple of numbers, slices and None, 1 where a list or an array is among them, -1 for
    what no index can be. AssertionError for what is no tuple."""
    from .ndarray import NDArray  # pylint: disable=import-outside-toplevel
    assert isinstance(key, tuple), f"key: expected a tuple, got {type(key).__name__}"
    for part in key:
        if isinstance(part, (NDArray, onp.ndarray, list, tuple, range)):
            return _NDARRAY_ADVANCED_INDEXING
        if not (part is None or isinstance(part, (slice, *integer_types))):
            return _NDARRAY_UNSUPPORTED_INDEXING
    return _NDARRAY_BASIC_INDEXING


def get_oshape_of_gather_nd_op(dshape, ishape):
    """The shape of gather_nd of data and indices of these shapes."""
    assert len(dshape) > 0 and len(ishape) > 0, \
        f"expected data and indices with axes, got shapes {dshape} and {ishape}"
    return tuple(ishape[1:]) + tuple(dshape[ishape[0]:])


def indexing_key_expand_implicit_axes(key, shape):
    """(the index as a tuple with a part for each axis of `shape`, and -1): what is left out, or
    stands under an Ellipsis, becomes whole slices."""
    key = key if isinstance(key, tuple) else (key,)
    if not any(part is Ellipsis for part in key):
        key += (Ellipsis,)
    place = next(i for i, part in enumerate(key) if part is Ellipsis)
    if sum(part is Ellipsis for part in key) > 1:
        raise IndexError(f"expected at most one Ellipsis, got {key}")
    named = sum(part is not None for part in key) - 1
    whole = (slice(None),) * max(0, len(shape) - named)
    return key[:place] + whole + key[place + 1:], -1


def check_boolean_array_dimension(array_shape, axis, bool_shape):
    """Raises IndexError unless a mask of the shape `bool_shape` fits to the axes from `axis` on."""
    for i, size in enumerate(bool_shape):
        if axis + i >= len(array_shape):
            raise IndexError(f"a mask of shape {tuple(bool_shape)} has more axes than "
                             f"{array_shape} has from axis {axis} on")
        if array_shape[axis + i] != size:
            raise IndexError(
                f"a mask of shape {tuple(bool_shape)} does not fit {array_shape}: along axis "
                f"{axis + i} it has {size}, and the array {array_shape[axis + i]}")
