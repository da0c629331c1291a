"""Arrays made of numbers, of nothing, and like others."""
import math

import numpy as onp

from .. import _core
from ..base import MXNetError
from ..context import current_context
from ..ndarray._creation import of_large_integers
from ..util import is_np_default_dtype, is_np_shape
from ._call import (NP_FACE, ArgumentError, broadcast, call, cast, checked, default_float, filled,
                    filled_like, is_np, is_number, np_face, refuse_options, shaped, whole,
                    whole_sizes)


def _context(ctx, device=None):
    where = ctx if device is None else device
    return current_context() if where is None else where


def _sizes(shape):
    """A shape from a number or a row. MXNetError for none and 0 without NumPy's shapes."""
    if isinstance(shape, (int, onp.integer)):
        shape = (int(shape),)
    elif is_np(shape):
        shape = tuple(shape.tolist()) if shape.ndim else (shape.item(),)
    shape = whole_sizes(shape)
    if not is_np_shape() and (not shape or 0 in shape):
        raise MXNetError(f"an array of shape {shape} needs NumPy's shapes: npx.set_np()")
    return shape


def _order_c(order, where):
    if order not in ("C", "K", "A", None):
        raise NotImplementedError(f"mx.np.{where}: only the order C is there, got {order}")


def array(object, dtype=None, ctx=None, device=None):  # pylint: disable=redefined-builtin
    """An array of a number, rows of numbers, or another array, whose type it keeps; numbers are
    float32 unless `dtype` says another type."""
    ctx = _context(ctx, device)
    if isinstance(object, _core.Array):
        return _core.array_from(object, dtype, ctx, NP_FACE)
    if isinstance(object, (onp.ndarray, onp.generic)):
        dtype = object.dtype if dtype is None else dtype
    elif isinstance(object, (list, tuple)) and _holds_arrays(object):
        return _stacked(object, dtype, ctx)
    elif dtype is None and is_np_default_dtype():
        object = onp.asarray(object)
        dtype = object.dtype
    return _core.array_from(object, onp.float32 if dtype is None else dtype, ctx, NP_FACE)


def _holds_arrays(rows):
    while isinstance(rows, (list, tuple)) and rows:
        rows = rows[0]
    return is_np(rows)


def _stacked(rows, dtype, ctx):
    """A row of arrays, or of rows of them, as one array."""
    parts = [array(row, dtype, ctx) if not is_np(row) else row.as_in_ctx(ctx) for row in rows]
    dtype = dtype or parts[0].dtype
    return call("stack", *(cast(part, dtype) for part in parts), axis=0)


def asarray(obj, dtype=None, ctx=None, device=None, copy=None):
    """The array itself, where it has that type and place; else array()."""
    where = ctx if device is None else device
    same = is_np(obj) and (dtype is None or obj.dtype == dtype) and where in (None, obj.ctx)
    return obj if same and not copy else array(obj, dtype, where)


def full(shape, fill_value, dtype=None, order="C", ctx=None, out=None, device=None):
    """An array of one number, or of an array that is broadcast to the shape. A number is made
    float32, a bool bool, unless `dtype` says another type."""
    _order_c(order, "full")
    if is_np(fill_value):
        value = fill_value if dtype is None else cast(fill_value, dtype)
        return _given(call("_copy", broadcast(value, _sizes(shape))), out)
    if not is_number(fill_value):
        raise TypeError(f"mx.np.full: expected a number or an array, got {type(fill_value)}")
    if dtype is None:
        dtype = onp.bool_ if isinstance(fill_value, bool) else default_float()
    return _given(filled(_sizes(shape), fill_value, dtype, _context(ctx, device)), out)


def _given(result, out):
    if out is None:
        return result
    out[...] = result
    return out


def zeros(shape, dtype=None, order="C", ctx=None, device=None):
    """An array of zeros, float32 unless `dtype` says another type."""
    _order_c(order, "zeros")
    return filled(_sizes(shape), 0, dtype or default_float(), _context(ctx, device))


def ones(shape, dtype=None, order="C", ctx=None, device=None):
    """An array of ones, float32 unless `dtype` says another type."""
    _order_c(order, "ones")
    return filled(_sizes(shape), 1, dtype or default_float(), _context(ctx, device))


def empty(shape, dtype=None, order="C", ctx=None, device=None):
    """An array of any numbers."""
    _order_c(order, "empty")
    return _core.empty(_sizes(shape), dtype or default_float(), _context(ctx, device), NP_FACE)


def full_like(a, fill_value, dtype=None, order="C", ctx=None, out=None, device=None):
    """An array of one number in the shape, and unless said otherwise the type, of another."""
    _order_c(order, "full_like")
    checked(a, "full_like")
    where = ctx if device is None else device
    if where not in (None, a.ctx) or not is_number(fill_value) or abs(fill_value) > 2 ** 53:
        return _given(filled(a.shape, fill_value, dtype or a.dtype, where or a.ctx), out)
    return _given(filled_like(a, fill_value, dtype), out)


def zeros_like(a, dtype=None, order="C", ctx=None, out=None, device=None):
    """Zeros in the shape and type of another array."""
    return full_like(a, 0, dtype, order, ctx, out, device)


def ones_like(a, dtype=None, order="C", ctx=None, out=None, device=None):
    """Ones in the shape and type of another array."""
    return full_like(a, 1, dtype, order, ctx, out, device)


def empty_like(prototype, dtype=None, order="C", subok=False, shape=None, *, device=None):
    """Any numbers in the shape and type of another array."""
    if subok:
        raise NotImplementedError("mx.np.empty_like: subok")
    checked(prototype, "empty_like")
    return empty(prototype.shape if shape is None else shape, dtype or prototype.dtype, order,
                 device or prototype.ctx)


def arange(start, stop=None, step=1, dtype=None, ctx=None, device=None):
    """Numbers from `start`, or 0, up to `stop`, not included; float32 unless `dtype` says so.
    ValueError where the step is 0."""
    if step is None:
        step = 1
    if start is None and stop is None:
        raise ArgumentError("mx.np.arange: say where to stop")
    if stop is None:
        start, stop = 0, start
    if step == 0:
        raise ArgumentError("mx.np.arange: a step of 0 leads nowhere")
    ctx = _context(ctx, device)
    if dtype is None:
        whole = all(isinstance(v, int) for v in (start, stop, step))
        dtype = onp.int64 if is_np_default_dtype() and whole else default_float()
    length = math.ceil((stop - start) / step)
    if length <= 0:
        return filled((0,), 0, dtype, ctx)
    if of_large_integers(start, stop, step, dtype):
        return array(onp.arange(start, stop, step), dtype=dtype, ctx=ctx)
    kind = onp.dtype(dtype) if dtype != "bfloat16" else onp.dtype(onp.float16)
    exact = onp.int64 if kind.kind in "iu" and isinstance(start, int) else onp.float64
    made = dtype if kind in (onp.float32, onp.float64, onp.int32, onp.int64) else exact
    return cast(_core.arange(float(start), float(start + (length - 0.5) * step), float(step), made,
                             ctx, NP_FACE), dtype)


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, ctx=None,
             device=None):
    """`num` numbers at equal distances from `start` to `stop`, which is the last unless
    `endpoint` is false. With `retstep` also the distance."""
    if not is_number(start) or not is_number(stop):
        raise NotImplementedError("mx.np.linspace: start and stop are numbers")
    if axis != 0:
        raise NotImplementedError("mx.np.linspace: axis")
    num = whole(num, "linspace: num")
    if num < 0:
        raise ArgumentError(f"mx.np.linspace: expected at least 0 numbers, got {num}")
    ctx = _context(ctx, device)
    gaps = num - 1 if endpoint else num
    step = (stop - start) / gaps if gaps > 0 else math.nan
    result = call("_linspace", start=float(start), stop=float(stop), num=num,
                  endpoint=bool(endpoint), ctx=ctx, dtype=dtype or default_float())
    return (result, step) if retstep else result


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0, ctx=None,
             device=None):
    """`base` to the power of linspace()."""
    if axis != 0:
        raise NotImplementedError("mx.np.logspace: axis")
    powers = linspace(start, stop, num, endpoint, dtype=onp.float64, ctx=ctx, device=device)
    return cast(call("_rpower_scalar", powers, scalar=float(base)), dtype or default_float())


def eye(N, M=None, k=0, dtype=None, ctx=None, device=None, **kwargs):
    """N rows of M columns, or N, with ones on the diagonal that is k to the right."""
    refuse_options("eye", kwargs, "M, k, dtype and ctx")
    ctx = _context(ctx, device)
    columns = N if M is None else M
    _sizes((N, columns))
    return call("_npi_eye", N=N, M=columns, k=whole(k, "eye: k"),
                dtype=dtype or default_float(), ctx=ctx)


def identity(n, dtype=None, ctx=None, device=None):
    """n rows and columns with ones on the diagonal."""
    return eye(n, dtype=dtype, ctx=ctx, device=device)


def tri(N, M=None, k=0, dtype=None, ctx=None, device=None):
    """N rows of M columns with ones on and below the diagonal that is k to the right."""
    columns = N if M is None else M
    _sizes((N, columns))
    return call("_npi_tri", N=N, M=columns, k=whole(k, "tri: k"), dtype=dtype or default_float(),
                ctx=_context(ctx, device))


def indices(dimensions, dtype=None, ctx=None, device=None):
    """For each axis of a shape the place along it of every element, int32."""
    ctx = _context(ctx, device)
    dimensions = tuple(dimensions)
    if not dimensions:  # of no axes there are no places, as in NumPy
        return filled((0,), 0, dtype or onp.int32, ctx)
    rows = [broadcast(shaped(arange(size, dtype=dtype or onp.int32, ctx=ctx), tuple(
        size if i == axis else 1 for i in range(len(dimensions)))), dimensions)
            for axis, size in enumerate(dimensions)]
    return call("stack", *rows, axis=0)


def meshgrid(*xi, indexing="xy", sparse=False, copy=True):
    """Rows of coordinates as grids, a list. `indexing` is "xy" or "ij"."""
    if indexing not in ("xy", "ij"):
        raise ArgumentError(f"mx.np.meshgrid: expected indexing 'xy' or 'ij', got {indexing!r}")
    rows = [checked(x, "meshgrid") for x in xi]
    places = list(range(len(rows)))
    if indexing == "xy" and len(rows) > 1:
        places[:2] = 1, 0
    grids = [shaped(row, tuple(row.size if i == place else 1 for i in range(len(rows))))
             for row, place in zip(rows, places)]
    if sparse:
        return grids
    shape = [0] * len(rows)
    for row, place in zip(rows, places):
        shape[place] = row.size
    shape = tuple(shape)
    return [call("_copy", grid) if grid.shape == shape else broadcast(grid, shape)
            for grid in grids]


def _window(M, coefficients, dtype, ctx):
    """A sum of cosines over M points."""
    dtype, ctx, M = dtype or default_float(), _context(ctx), whole(M, "a window: M")
    if M < 1:
        return filled((0,), 0, dtype, ctx)
    if M == 1:
        return filled((1,), 1, dtype, ctx)
    places = arange(M, dtype=onp.float64, ctx=ctx)
    result = filled((M,), coefficients[0], onp.float64, ctx)
    for i, factor in enumerate(coefficients[1:], 1):
        result = result + call("cos", places * (2 * math.pi * i / (M - 1))) * factor
    return cast(result, dtype)


def hanning(M, dtype=None, ctx=None, device=None):
    """A raised cosine over M points, 0 at the ends."""
    return _window(M, (0.5, -0.5), dtype, ctx if device is None else device)


def hamming(M, dtype=None, ctx=None, device=None):
    """A raised cosine over M points, 0.08 at the ends."""
    return _window(M, (0.54, -0.46), dtype, ctx if device is None else device)


def blackman(M, dtype=None, ctx=None, device=None):
    """Blackman's window over M points: three terms of cosines."""
    return _window(M, (0.42, -0.5, 0.08), dtype, ctx if device is None else device)


def copy(a, out=None):
    """A new array with the same elements."""
    return call("_copy", checked(a, "copy"), out=out)


def from_dlpack(x):
    """An array over the memory of another library's."""
    from ..ndarray import from_dlpack as of_nd  # pylint: disable=import-outside-toplevel
    return np_face(of_nd(x))


__all__ = [
    "arange", "array", "asarray", "blackman", "copy", "empty", "empty_like", "eye", "from_dlpack",
    "full", "full_like", "hamming", "hanning", "identity", "indices", "linspace", "logspace",
    "meshgrid", "ones", "ones_like", "tri", "zeros", "zeros_like",
]
