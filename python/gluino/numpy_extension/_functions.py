"""Functions of mx.npx that are made of several operators, or say no more than shapes."""
import numpy as onp

from .. import _core
from ..base import _Null
from ..numpy._call import (NP_FACE, ArgumentError, broadcast, call, cast, checked,
                           filled, give, is_np, real, shaped)
from ..numpy.creation import array
from ..numpy.indexing import argwhere
from ..numpy.multiarray import from_numpy as _of_nd


def _given(value, default):
    return default if value is None or value is _Null else value


def _options(**given):
    """The options that were given: the registry has the defaults of the others."""
    return {name: value for name, value in given.items() if _given(value, None) is not None}


def batch_dot(a=None, b=None, transpose_a=False, transpose_b=False, forward_stype=None, lhs=None,
              rhs=None, out=None, name=None):
    """The products of two rows of matrices, (n, i, k) and (n, k, j), each transposed if said so."""
    a, b = (checked(x, "batch_dot") for x in (lhs if a is None else a, rhs if b is None else b))
    return give(call("batch_dot", a, b, transpose_a=bool(_given(transpose_a, False)),
                     transpose_b=bool(_given(transpose_b, False))), out)


def pick(data, index, axis=-1, keepdims=False, mode="clip", out=None, name=None):
    """Per place along the other axes the element of an axis that `index` names."""
    checked(data, "pick")
    keepdims = _given(keepdims, False)
    index = checked(index, "pick")
    axis = _given(axis, -1)
    if axis is not None and not index.ndim:
        index = shaped(index, (1,))
    result = call("pick", data, index, axis=axis, keepdims=keepdims, mode=_given(mode, "clip"))
    return give(shaped(result, ()) if data.ndim == 1 and not keepdims else result, out)


def slice(data, begin, end, step=None, out=None, name=None):  # pylint: disable=redefined-builtin
    """data[begin:end:step], with a row of numbers for each; None takes what slices take."""
    def row(value):
        return tuple(value) if isinstance(value, (tuple, list)) else (value,)

    options = {"begin": row(begin), "end": row(end)}
    if _given(step, None) is not None:
        options["step"] = row(step)
    return give(call("slice", checked(data, "slice"), **options), out)


def _coded(sizes, codes):
    """The shape that codes of npx.reshape give: -1 infers, -2 copies a size, -3 drops a 1, -4
    copies all the rest, -5 merges two, -6 splits one into the next two numbers."""
    sizes, codes, result, at = list(sizes), list(codes), [], 0

    def take():
        nonlocal at
        if at >= len(sizes):
            raise ArgumentError(f"npx.reshape: the codes {tuple(codes)} ask for more axes than "
                             f"{tuple(sizes)} has")
        at += 1
        return sizes[at - 1]

    i = 0
    while i < len(codes):
        code = codes[i]
        if code >= -1:
            result.append(code)
            at += 1
        elif code == -2:
            result.append(take())
        elif code == -3:
            if take() != 1:
                raise ArgumentError(f"npx.reshape: -3 drops an axis of size 1, of {tuple(sizes)} that "
                                 "at its place has another")
        elif code == -4:
            while at < len(sizes):
                result.append(take())
        elif code == -5:
            result.append(take() * take())
        elif code == -6:
            if i + 2 >= len(codes):
                raise ArgumentError("npx.reshape: -6 needs two numbers after it")
            whole, first, second = take(), codes[i + 1], codes[i + 2]
            if first == -1 and second > 0:
                first = whole // second
            elif second == -1 and first > 0:
                second = whole // first
            if first < 1 or second < 1 or first * second != whole:
                raise ArgumentError(f"npx.reshape: {whole} is not {codes[i + 1]} times "
                                 f"{codes[i + 2]}")
            result += [first, second]
            i += 2
        else:
            raise ArgumentError(f"npx.reshape: there is no code {code}")
        i += 1
    return result


def reshape(a, newshape, reverse=False, order="C"):
    """The same elements under another shape with codes: -1 infers a size, -2 copies one, -3 drops
    one of 1, -4 copies all the rest, -5 merges two, -6 splits one into the next two numbers. With
    `reverse` they are read from the right. MXNetError where the elements do not fill it."""
    checked(a, "reshape")
    if order != "C":
        raise NotImplementedError(f"npx.reshape: only the order C is there, got {order}")
    codes = tuple(newshape) if isinstance(newshape, (tuple, list)) else (newshape,)
    if reverse:
        sizes = _coded(a.shape[::-1], codes[::-1])[::-1]
    else:
        sizes = _coded(a.shape, codes)
    from ..numpy.shaping import resolved_shape  # pylint: disable=import-outside-toplevel
    result = shaped(a, resolved_shape(a, sizes))
    return call("_copy", a) if result is a else result


def reshape_like(lhs, rhs, lhs_begin=None, lhs_end=None, rhs_begin=None, rhs_end=None, out=None,
                 name=None):
    """lhs in the shape of rhs, or its axes from begin to end in that of a part of rhs."""
    return give(call("reshape_like", checked(lhs, "reshape_like"), checked(rhs, "reshape_like"),
                     **_options(lhs_begin=lhs_begin, lhs_end=lhs_end, rhs_begin=rhs_begin,
                                rhs_end=rhs_end)), out)


def broadcast_like(lhs, rhs, lhs_axes=None, rhs_axes=None):
    """lhs repeated to the shape of rhs, or some of its axes to the sizes of some of rhs'."""
    checked(lhs, "broadcast_like")
    checked(rhs, "broadcast_like")
    if lhs_axes is None and lhs.ndim != rhs.ndim:
        return broadcast(lhs, rhs.shape)
    return call("broadcast_like", lhs, rhs, lhs_axes=lhs_axes, rhs_axes=rhs_axes)


def arange_like(data, start=0.0, step=1.0, repeat=1, ctx=None, axis=None, out=None, name=None):
    """Numbers from `start` on in the shape of an array, or as many as one of its axes is long."""
    checked(data, "arange_like")
    numbers = call("_contrib_arange_like", real(data),
                   **_options(start=start, step=step, repeat=repeat, axis=axis))
    return give(cast(numbers, data.dtype), out)


def shape_array(data, out=None, name=None):
    """The sizes of an array's axes, an int64 array."""
    return give(call("shape_array", checked(data, "shape_array")), out)


def gather_nd(data, indices, out=None, name=None):
    """The elements, or slices, at places: column i of `indices` names, from its top down, the place
    along the first axes of one of them."""
    return give(call("gather_nd", checked(data, "gather_nd"), checked(indices, "gather_nd")), out)


def sequence_mask(data, sequence_length=None, use_sequence_length=False, value=0.0, axis=0,
                  out=None, name=None):
    """data (time, batch, ...), or with `axis` 1 (batch, time, ...), where times beyond each one's
    length have `value`. Without `use_sequence_length` a copy."""
    checked(data, "sequence_mask")
    if not _given(use_sequence_length, False):
        return give(call("_copy", data), out)
    return give(call("SequenceMask", data, checked(sequence_length, "sequence_mask"),
                     use_sequence_length=True, **_options(value=value, axis=axis)), out)


def nonzero(a):
    """The places of elements that are not 0, one per row, int64."""
    return argwhere(a)


# pylint: disable-next=redefined-builtin
def norm(data, ord=2, axis=None, keepdims=False, out_dtype=None, out=None, name=None):
    """The norm 1 or 2 over axes, as an array of `out_dtype`, the data's if it is not said."""
    from ..numpy.linalg import vector_norm  # pylint: disable=import-outside-toplevel
    result = vector_norm(data, _given(ord, 2), _given(axis, None), bool(_given(keepdims, False)))
    return give(result if _given(out_dtype, None) is None else cast(result, out_dtype), out)


def _at_places(op, a, ind, val):
    checked(a, op)
    value = val if is_np(val) else filled((), val, a.dtype, a.ctx)
    return call(f"_npx_{op}", a, checked(ind, op), value)


def index_update(a, ind, val):
    """A copy of `a` with the elements, or slices, at places replaced, of those for one place by the
    last. `ind` (M, ...) holds along its first axis a place on the first M axes, negative numbers
    counting from an axis' end; IndexError for one outside."""
    return _at_places("index_update", a, ind, val)


def index_add(a, ind, val):
    """A copy of `a` with `val` added to the elements, or slices, at places; a place that is named
    twice has both added. `ind` is that of index_update()."""
    return _at_places("index_add", a, ind, val)


def batch_norm_with_relu(data, gamma, beta, moving_mean, moving_var, **options):
    """batch_norm, and relu of what it gives; mean and variance, if asked for, as they are."""
    result = call("BatchNorm", data, gamma, beta, moving_mean, moving_var, **options)
    if isinstance(result, list):
        return [call("relu", result[0]), *result[1:]]
    return call("relu", result)


def constraint_check(x, msg="Constraint violated."):
    """True if all truths in the array are; else ValueError with the message."""
    if not bool(checked(x, "constraint_check").all()):
        raise ArgumentError(msg)
    return array(True, dtype=onp.bool_, ctx=x.ctx)


def from_numpy(ndarray, zero_copy=True):
    """An array over the memory of a NumPy array, which becomes read-only; or a copy."""
    return _core.as_face(_of_nd(ndarray, zero_copy), NP_FACE)


def from_dlpack(dlpack):
    """An array over the memory of another library's."""
    from ..numpy.creation import from_dlpack as made  # pylint: disable=import-outside-toplevel
    return made(dlpack)


def to_dlpack_for_read(data):
    """A capsule by which another library reads the array's memory."""
    from .. import ndarray as nd  # pylint: disable=import-outside-toplevel
    return nd.to_dlpack_for_read(data.as_nd_ndarray())


def to_dlpack_for_write(data):
    """A capsule by which another library writes the array's memory."""
    from .. import ndarray as nd  # pylint: disable=import-outside-toplevel
    return nd.to_dlpack_for_write(data.as_nd_ndarray())


def _control(name):
    """foreach and while_loop, which take arrays of either face."""

    def function(*args, **kwargs):
        from ..ndarray import contrib  # pylint: disable=import-outside-toplevel
        return getattr(contrib, name)(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"See mx.nd.contrib.{name}."
    return function


foreach, while_loop = _control("foreach"), _control("while_loop")


def cond(pred, then_func, else_func, inputs=None, name="cond"):
    """What `then_func()` gives if `pred` is not 0, else what `else_func()` gives; with `inputs`,
    an array or a list, as 2.0 has it: all three are functions of those."""
    from ..ndarray import contrib  # pylint: disable=import-outside-toplevel
    if inputs is None:
        return contrib.cond(pred, then_func, else_func)
    given = inputs if isinstance(inputs, (list, tuple)) else [inputs]
    return contrib.cond(pred(*given), lambda: then_func(*given), lambda: else_func(*given))

__all__ = [
    "arange_like", "batch_dot", "batch_norm_with_relu", "broadcast_like", "cond",
    "constraint_check", "foreach", "from_dlpack", "from_numpy", "gather_nd", "index_add",
    "index_update", "nonzero", "norm", "pick", "reshape", "reshape_like", "sequence_mask",
    "shape_array", "to_dlpack_for_read", "to_dlpack_for_write", "while_loop",
]
