"""How the functions of `mx.np` reach the operators of the registry."""
import numbers

import numpy as onp

from .. import _core
from .._operators import NP
from .._tracing import is_tracing
from ..base import ArgumentError, MXNetError

NP_FACE = 1

# What NumPy calls numbers; Python's bool is one too.
NUMBERS = (numbers.Number, onp.generic)

_functions: dict = {}


def operator(op):
    """The registry's operator as a function of np arrays. NotImplementedError where it is not
    there."""
    function = _functions.get(op)
    if function is None:
        try:
            function = _core.make_operator(op, NP, op)
        except MXNetError:
            raise NotImplementedError(f"the operator {op} is not implemented yet") from None
        _functions[op] = function
    return function


def call(op, *arrays, **options):
    """Calls an operator of the registry; what it gives are mx.np.ndarrays."""
    return (_functions.get(op) or operator(op))(*arrays, **options)


def np_face(array):
    """The array as mx.np.ndarray; the same elements and history."""
    return array if is_np(array) else _core.as_face(array, NP_FACE)


def is_np(value):
    """Whether a value is an mx.np.ndarray."""
    return getattr(value, "_is_np_face", False)


def is_old(value):
    """Whether a value is an mx.nd.NDArray, where those are what programs work with."""
    return isinstance(value, _core.Array) and not is_np(value) and not _core.is_np_array()


def is_number(value):
    """Whether a value is a number of Python's or NumPy's; arrays are not."""
    return isinstance(value, NUMBERS)


def is_whole(number):
    """Whether a number leaves whole arrays whole: bool and whole numbers do."""
    return isinstance(number, (numbers.Integral, onp.integer, onp.bool_))


def checked(value, where):
    """`value` if it is an mx.np.ndarray, else a TypeError that names the function."""
    if is_np(value):
        return value
    if isinstance(value, _core.Array):
        raise TypeError(f"mx.np.{where}: expected an mx.np.ndarray, got an mx.nd.NDArray; "
                        "use as_np_ndarray()")
    raise TypeError(f"mx.np.{where}: expected an mx.np.ndarray, got {type(value).__name__}; "
                    "use mx.np.array()")


def give(result, out):
    """What a function with `out` returns: the result, or `out` with the result's elements. An out
    of another shape or type is refused."""
    if out is None:
        return result
    if isinstance(out, tuple) and len(out) == 1:
        out = out[0]
    if not is_np(out):
        raise TypeError(f"out must be an mx.np.ndarray, got {type(out).__name__}")
    if out.shape != result.shape:
        raise MXNetError(f"out has shape {out.shape}, expected {result.shape}")
    if out.dtype != result.dtype:
        raise MXNetError(f"out has type {out.dtype}, expected {result.dtype}")
    return call("_copy", result, out=out)


def compute(op, arrays, options, out):
    """What a function of the table (_table.py) gives: the operator's results, those of several as
    a tuple, or `out`."""
    for array in arrays:
        if not is_np(array):
            checked(array, op)
    result = call(op, *arrays, **options)
    return tuple(result) if isinstance(result, list) else give(result, out)


_type_of = _core.Array.dtype.__get__  # A scalar type of NumPy's, or "bfloat16".
_REAL = {onp.float32, onp.float64, onp.float16, "bfloat16"}


def kind(array):
    """NumPy's letter for the array's type: b, i, u, f; V for bfloat16, which NumPy lacks."""
    dtype = array.dtype
    return dtype.kind if isinstance(dtype, onp.dtype) else "V"


def is_real(array):
    """Whether the elements are real numbers, half precision included."""
    return _type_of(array) in _REAL


def default_float():
    """The type in which real numbers are made of whole ones."""
    from .. import util  # pylint: disable=import-outside-toplevel
    return onp.float64 if util.is_np_default_dtype() else onp.float32


def cast(array, dtype):
    """The array in another type; itself where it has it."""
    if array.dtype == dtype:
        return array
    return call("Cast", array, dtype=dtype)


def real(array):
    """The array in real numbers: whole ones and bool become float32 as in a division."""
    return array if is_real(array) else cast(array, default_float())


def promoted(*arrays):
    """The arrays in the one type in which MXNet computes with them."""
    dtype = _type_of(arrays[0])
    if all(_type_of(array) is dtype for array in arrays):
        return list(arrays)
    for array in arrays[1:]:
        dtype = _core.promote(dtype, _type_of(array))
    return [cast(array, dtype) for array in arrays]


def type_with(value, array):
    """The type in which a number computes with an array: the array's, unless a fraction meets whole
    numbers, or a number truths."""
    dtype = _type_of(array)
    if isinstance(value, (bool, onp.bool_)) or dtype in _REAL:
        return dtype
    if isinstance(value, (numbers.Integral, onp.integer)):
        return onp.int64 if dtype is onp.bool_ else dtype
    return default_float()


def scalar_like(value, array, shape=()):
    """An array of a number, of no axes unless said, of the type that it has beside `array`."""
    return filled(shape, value, type_with(value, array), array.ctx)


def filled(shape, value, dtype, ctx):
    """A new array of one number."""
    return _core.full(shape, value, dtype, ctx, NP_FACE)


def shaped(array, shape, said=None):
    """The elements under another shape of the same size, part of what is recorded. `said` is the
    shape as a program says it, with -1, if it does."""
    if array.shape == tuple(shape):
        return array
    if array.size == 0:  # To Reshape a 0 is the code of a size to be copied.
        return call("_npx_reshape", array, newshape=tuple(shape))
    if is_tracing():
        shape = _codes(array.shape, shape) if said is None else said
    return call("Reshape", array, shape=tuple(shape) if hasattr(shape, "__iter__") else (shape,))


def _codes(before, after):
    """Another shape as codes of Reshape, which hold in a graph for batches of other sizes, too: sizes
    in front that stay are copied, and the first of the others that is not 1 is inferred."""
    codes = list(after)
    kept = 0
    while kept < min(len(before), len(codes)) and before[kept] == codes[kept]:
        codes[kept] = 0
        kept += 1
    for place in range(kept, len(codes)):
        if codes[place] != 1:
            codes[place] = -1
            break
    return tuple(codes)


def filled_like(array, value, dtype=None):
    """An array of one number in the shape, and unless said otherwise the type, of another, which in
    graphs may have another shape in each call."""
    value = int(value) if isinstance(value, (bool, onp.bool_)) else value
    if dtype is None or array.dtype == dtype:
        return call("_npi_full_like", array, fill_value=value)
    return call("_npi_full_like", array, fill_value=value, dtype=dtype)


def emptied(array, shape):
    """No element of the array, under a shape of size 0; part of what is recorded."""
    row = call("slice_axis", shaped(array, (array.size,)), axis=0, begin=0, end=0)
    return shaped(row, shape)


def broadcast(array, shape):
    """The array repeated along axes of size 1 and new ones in front."""
    shape = tuple(shape)
    if array.shape == shape:
        return array
    lacking = len(shape) - array.ndim
    fits = lacking >= 0 and all(
        own in (1, size) for own, size in zip(array.shape, shape[max(lacking, 0):]))
    if not fits:
        raise ArgumentError(f"an array of shape {array.shape} cannot be broadcast to {shape}")
    if 0 in shape:
        return emptied(array, shape)
    if not array.ndim:
        array = shaped(array, (1,) * len(shape))
    elif lacking:
        array = shaped(array, (1,) * lacking + array.shape)
    if array.shape == shape:
        return array
    if is_tracing():  # A size of 0 is the code of one that stays.
        shape = tuple(0 if own == size else size for own, size in zip(array.shape, shape))
    return call("broadcast_to", array, shape=shape)


def common_shape(*shapes):
    """The shape to which arrays of these shapes are broadcast together."""
    try:
        return tuple(onp.broadcast_shapes(*shapes))
    except ValueError:
        listed = ", ".join(str(shape) for shape in shapes)
        raise ArgumentError(f"arrays of the shapes {listed} cannot be broadcast together") from None


def axis_in(axis, ndim, where):
    """An axis counted from the front. MXNetError, an IndexError too, where there is none."""
    place = axis + ndim if axis < 0 else axis
    if not 0 <= place < ndim:
        raise AxisError(f"mx.np.{where}: there is no axis {axis} in an array of {ndim} axes")
    return place


def axes_in(axes, ndim, where):
    """Several of them, in the order given; None is all. ValueError for one given twice."""
    if axes is None:
        return tuple(range(ndim))
    places = tuple(axis_in(axis, ndim, where)
                   for axis in (axes if isinstance(axes, (tuple, list)) else (axes,)))
    if len(set(places)) != len(places):
        raise ArgumentError(f"mx.np.{where}: an axis is named twice in {axes}")
    return places


def refuse_options(function, given, possible):
    """TypeError where there are options that a function, given by its name, does not have."""
    if given:
        raise TypeError(f"mx.np.{function}: there is no {next(iter(given))!r}; possible are {possible}")


class KindError(MXNetError, TypeError):
    """A value of a kind that a function cannot use: the same."""


def whole(value, what):
    """A whole number as Python's. KindError for a fraction; `what` is said to be one."""
    if type(value) is int:
        return value
    try:
        number = int(value)
    except (ValueError, OverflowError):  # Infinities are none.
        number = None
    if number is None or number != value:
        raise KindError(f"mx.np.{what}: expected a whole number, got {value}")
    return number


def whole_sizes(shape):
    """The sizes of a row as Python's numbers. KindError for what is no whole number, ArgumentError
    for what is below 0."""
    shape = tuple(shape) if hasattr(shape, "__iter__") else (shape,)
    try:
        sizes = tuple(int(size) for size in shape)
    except (TypeError, ValueError):
        sizes = None
    if sizes != shape:
        raise KindError(f"expected a shape of whole numbers, such as (2, 3), got {shape}")
    if sizes and min(sizes) < 0:
        raise ArgumentError(f"expected sizes of at least 0, got shape {sizes}")
    return sizes


class PlaceError(MXNetError, IndexError):
    """A place outside of an array: the same."""


class AxisError(ArgumentError, PlaceError):
    """An axis that an array does not have: the same."""


def not_there(name, lacks, module="mx.np"):
    """A function that stands for one of MXNet's which is not there yet, and says so."""

    def missing(*args, **kwargs):
        raise NotImplementedError(f"{module}.{name} is not implemented yet: it needs {lacks}")

    missing.__name__ = missing.__qualname__ = name.rpartition(".")[2]
    missing.__doc__ = f"Not there yet: NotImplementedError. It needs {lacks}."
    missing.is_missing = True
    return missing
