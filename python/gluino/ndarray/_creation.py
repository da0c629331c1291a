"""The ways to make arrays of mx.nd."""
import numbers

import numpy as onp

from .. import _core
from ..context import current_context
from . import op

# The face of arrays that are NDArrays and no arrays of mx.np.
ND = 0


def _as_shape(shape):
    if isinstance(shape, numbers.Integral):
        return (shape,)
    sizes = tuple(shape) if hasattr(shape, "__iter__") else (shape,)
    if not all(isinstance(size, numbers.Integral) for size in sizes):
        raise TypeError(f"expected a shape of whole numbers, such as (2, 3), got {shape!r}")
    return sizes


def _new_shape(shape, what, any_size=False):
    """Without npx.set_np_shape a size of 0 means "not known" to operators, and no array has no axes.
    MXNet makes some arrays by none, and those may have `any_size`."""
    shape = _as_shape(shape)
    if not (any_size or _core.is_np_shape()) and (not shape or 0 in shape):
        raise _core.MXNetError(f"{what}: shape {shape} has no elements, or no axes, which MXNet's old "
                               "rules do not know; use mx.npx.set_np()")
    if any(size < 0 for size in shape):
        raise _core.MXNetError(f"{what}: expected sizes of at least 0, got shape {shape}")
    return shape


def zeros(shape, ctx=None, dtype=None, **kwargs):
    """An array of zeros."""
    return _filled("zeros", shape, 0, ctx, dtype, **kwargs)


def ones(shape, ctx=None, dtype=None, **kwargs):
    """An array of ones."""
    return _filled("ones", shape, 1, ctx, dtype, **kwargs)


def empty(shape, ctx=None, dtype=None):
    """An array with elements of any value."""
    return _core.empty(_new_shape(shape, "nd.empty", any_size=True), dtype, ctx, ND)


def full(shape, val, ctx=None, dtype=None, out=None, **kwargs):
    """An array of which every element is `val`."""
    return _filled("full", shape, val, ctx, dtype, out, **kwargs)


def _filled(maker, shape, val, ctx=None, dtype=None, out=None, **kwargs):
    ctx = kwargs.pop("device", ctx)
    _refuse_others(maker, kwargs, "shape, ctx, dtype, out")
    shape = _new_shape(shape, f"nd.{maker}", any_size=maker == "full" and shape != ())
    if out is not None:
        return _written(maker, out, val, shape)
    if not isinstance(val, (numbers.Real, onp.bool_)):
        result = empty(shape, ctx, dtype)
        result[:] = val
        return result
    return _core.full(shape, val, dtype, ctx, ND)


def _written(maker, out, value, shape):
    if tuple(out.shape) != tuple(shape):
        raise _core.MXNetError(f"nd.{maker}: out: expected shape {tuple(shape)}, got {out.shape}")
    out[:] = value
    return out


def _refuse_others(maker, kwargs, possible):
    """MXNetError for options that there are not; a name, and attributes of symbols, say nothing."""
    others = [key for key in kwargs
              if key != "name" and not (key.startswith("__") and key.endswith("__"))]
    if others:
        raise _core.MXNetError(f"nd.{maker}: there is no {others[0]!r}; possible are {possible}")


def array(source_array, ctx=None, dtype=None):
    """A copy of a number, rows of numbers, or an array; float32 unless told otherwise, or unless
    the source is an NDArray, whose type is kept."""
    if dtype is None and isinstance(source_array, _core.Array):
        dtype = source_array.dtype
    if source_array is None:
        raise TypeError("nd.array: expected a number, rows of numbers, or an array, got None")
    return _core.array_from(source_array, dtype, ctx, ND)


def of_large_integers(start, stop, step, dtype):
    """Whether a range of int64 has whole numbers that float64, in which ranges are computed, may
    not hold."""
    return (step != 0 and all(isinstance(v, numbers.Integral) for v in (start, stop, step))
            and max(abs(int(start)), abs(int(stop)), abs(int(step))) > 2**53
            and dtype in (onp.int64, "int64", int))


def arange(start, stop=None, step=1.0, repeat=1, infer_range=None, ctx=None, dtype="float32"):
    """Numbers from `start` on, below `stop`, `step` apart, each `repeat` times."""
    if stop is None:
        start, stop = 0, start
    step = 1 if step == 1 else step
    if of_large_integers(start, stop, step, dtype):
        result = array(onp.arange(start, stop, step), ctx, dtype)
    else:
        ctx = current_context() if ctx is None else ctx
        result = _core.arange(start, stop, step, dtype, ctx, ND)
    return result if repeat == 1 else op.repeat(result, repeats=repeat)


def linspace(start, stop, num, endpoint=True, ctx=None, dtype="float32"):
    """`num` numbers from `start` to `stop`, equally far apart."""
    if num < 0:
        raise ValueError(f"linspace: expected at least 0 numbers, got {num}")
    return array(onp.linspace(start, stop, num, endpoint=endpoint), ctx, dtype)


def eye(N, M=0, k=0, ctx=None, dtype=None, **kwargs):
    """A matrix with ones on the k-th diagonal, zeros elsewhere."""
    ctx, out = kwargs.pop("device", ctx), kwargs.pop("out", None)
    _refuse_others("eye", kwargs, "N, M, k, ctx, dtype, out")
    result = array(onp.eye(N, M or None, k), ctx, dtype)
    return result if out is None else _written("eye", out, result, result.shape)


def from_numpy(ndarray, zero_copy=True, array_cls=None):
    """An array with the elements of a NumPy array; with `zero_copy` in its memory, which becomes
    read-only for NumPy. Of memory that nobody may write (`np.frombuffer` of bytes, a file that is
    mapped to be read) it is a copy. `array_cls` is mx.nd.NDArray, by default, or mx.np.ndarray.
    ValueError for elements that cannot be shared."""
    result = _from_numpy(ndarray, zero_copy)
    return result if array_cls in (None, type(result)) else result.as_np_ndarray()


def _from_numpy(ndarray, zero_copy):
    if not isinstance(ndarray, onp.ndarray):
        raise TypeError(f"from_numpy: expected a numpy.ndarray, got {type(ndarray).__name__}")
    if not zero_copy:
        return array(ndarray, dtype=ndarray.dtype)
    if not ndarray.flags["C_CONTIGUOUS"]:
        raise ValueError("from_numpy: expected an array that lies row by row (C-contiguous); "
                         "zero_copy=False takes any")
    if not ndarray.dtype.isnative:
        raise ValueError(f"from_numpy: {ndarray.dtype.str} has another byte order than this machine, "
                         "and cannot be shared; pass zero_copy=False")
    before = ndarray.flags["WRITEABLE"]
    try:
        ndarray.flags["WRITEABLE"] = True
    except ValueError:
        return array(ndarray, dtype=ndarray.dtype)
    try:
        result = _core.from_buffer(ndarray, ndarray.shape, ndarray.dtype)
    except TypeError:
        ndarray.flags["WRITEABLE"] = before
        raise ValueError(f"from_numpy: elements of {ndarray.dtype} are not supported") from None
    ndarray.flags["WRITEABLE"] = False
    return _core.as_face(result, 0)


def from_dlpack(dlpack):
    """An array in the memory of a DLPack capsule, or of an array of another library; a copy of
    elements that nobody may write, or that do not lie row by row."""
    return _core.as_face(_taken_over(dlpack), 0)


def _taken_over(dlpack):
    try:
        return _core.from_dlpack(dlpack)
    except TypeError as error:
        if not hasattr(dlpack, "__dlpack__"):
            raise TypeError("from_dlpack: expected an array of another library, or a capsule "
                            "'dltensor' that nobody has taken yet, got "
                            f"{type(dlpack).__name__}") from error
        is_numpy = isinstance(dlpack, onp.ndarray)
        elements = dlpack if is_numpy else onp.from_dlpack(dlpack)
        if elements.flags.writeable:
            raise
    return _core.from_dlpack(elements.copy())
