"""The array, mx.nd.NDArray, and the functions on it that are no operators of the registry."""
import functools
import numbers

import numpy as onp

from .. import _core
from .._mxnet_pickles import fill_array
from ..base import ArgumentError, MXNetError, _Null, missing
from ..context import Context, Device, current_context, current_device  # noqa: F401
from ..dlpack import (DLContext, DLDataType, DLManagedTensor, DLTensor,  # noqa: F401
                      ndarray_from_dlpack, ndarray_from_numpy, ndarray_to_dlpack_for_read,
                      ndarray_to_dlpack_for_write)
from . import _internal, op
from ._creation import (ND as _ND, arange, array, empty, eye, from_dlpack, from_numpy, full,
                        linspace, ones, zeros)
from ._missing_operators import refuse
from ._printing import as_mxnet_prints
from ._two_operands import (add, divide, equal, greater, greater_equal, lesser, lesser_equal,
                            logical_and, logical_or, logical_xor, maximum, minimum, modulo,
                            multiply, not_equal, power, subtract, true_divide)
# Found here, too, as in MXNet.
from ..base import (c_array, c_array_buf, c_handle_array, c_str, check_call,  # noqa: F401
                    ctypes2buffer)
from ..runtime import Features  # noqa: F401
from ..util import is_np_array  # noqa: F401
from ._indexing_rules import (check_boolean_array_dimension,  # noqa: F401
                              get_indexing_dispatch_code, get_oshape_of_gather_nd_op,
                              indexing_key_expand_implicit_axes)

__all__ = ["NDArray", "concatenate", "dtype_np_to_mx", "dtype_mx_to_np", "ones", "add", "arange",
           "linspace", "eye", "divide", "equal", "full", "greater", "greater_equal", "imdecode",
           "lesser", "lesser_equal", "logical_and", "logical_or", "logical_xor", "maximum",
           "minimum", "moveaxis", "modulo", "multiply", "not_equal", "onehot_encode", "power",
           "subtract", "true_divide", "waitall", "histogram", "split_v2", "to_dlpack_for_read",
           "to_dlpack_for_write", "from_dlpack", "from_numpy", "zeros", "array", "empty"]

_DTYPE_NP_TO_MX = {None: -1, onp.float32: 0, onp.float64: 1, onp.float16: 2, onp.uint8: 3,
                   onp.int32: 4, onp.int8: 5, onp.int64: 6, onp.bool_: 7, "bfloat16": 12}
_DTYPE_MX_TO_NP = {code: dtype for dtype, code in _DTYPE_NP_TO_MX.items()}
_GRAD_REQ_MAP = {"null": 0, "write": 1, "add": 3}
_STORAGE_TYPE_UNDEFINED, _STORAGE_TYPE_DEFAULT, _STORAGE_TYPE_ROW_SPARSE, _STORAGE_TYPE_CSR = range(-1, 3)
_STORAGE_TYPE_STR_TO_ID = {"undefined": -1, "default": 0, "row_sparse": 1, "csr": 2}
_STORAGE_TYPE_ID_TO_STR = {number: name for name, number in _STORAGE_TYPE_STR_TO_ID.items()}
py_slice = slice


def dtype_np_to_mx(dtype):
    """MXNet's number of a type of NumPy's."""
    return _DTYPE_NP_TO_MX[onp.dtype(dtype).type if dtype != "bfloat16" else dtype]


def dtype_mx_to_np(code):
    """The inverse of dtype_np_to_mx."""
    return _DTYPE_MX_TO_NP[code]


@refuse
class NDArray(_core.Array):
    """An array of numbers of one type, which operators of mx.nd compute with.

    Made by functions: mx.nd.array, zeros, ones, full, arange. It has a shape, a type and a place
    (`context`); part of it is read and written by NumPy's keys. Operators are its methods, too:
    `x.exp()` is `mx.nd.exp(x)`.
    """

    __slots__ = ()
    # NumPy's arrays leave `numpy_array + x` to this class.
    __array_priority__ = 1000.0

    # ---- what it is ----

    @property
    def writable(self):
        """True: every array may be written to."""
        return True

    @property
    def T(self):
        """The array with its axes in reverse order; of fewer than two axes the array itself."""
        return self if self.ndim < 2 else self.transpose()

    def __repr__(self):
        shape = "x".join(str(size) for size in self.shape)
        with as_mxnet_prints():
            values = str(self.asnumpy())
        return f"\n{values}\n<{type(self).__name__} {shape} @{self.context}>"

    def _repr_png_(self):
        """What a Jupyter notebook shows of an image: uint8 (height, width), or with 1 or 3 channels
        behind, of 16 to 1024 pixels each way. None for all else, which is shown as text."""
        is_image = self.ndim == 2 or (self.ndim == 3 and self.shape[2] in (1, 3))
        if not is_image or self.dtype != onp.uint8 or self.stype != "default":
            return None
        if not all(16 <= side <= 1024 for side in self.shape[:2]):
            return None
        picture = self.as_nd_ndarray()
        return _core.image.imencode(picture if self.ndim == 3 else picture.expand_dims(2), ".png", 3)

    def __reduce__(self):
        return _restore, (type(self), self.asnumpy(), self._type_name(), str(self.context))

    def _type_name(self):
        return _core.dtype_name(self.dtype)

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    __setstate__ = fill_array

    # ---- numbers out of it ----

    def asscalar(self):
        """The only element, a scalar of NumPy's. Raises ValueError for other sizes."""
        if self.size != 1:
            raise ValueError(f"an array of shape {self.shape} is not a scalar; expected one element")
        return self.asnumpy().reshape(())[()]

    def __float__(self):
        raise TypeError("float() of an NDArray: take the number with asscalar()")

    def __int__(self):
        raise TypeError("int() of an NDArray: take the number with asscalar()")

    def __array__(self, dtype=None, copy=None):
        values = self.asnumpy()
        return values if dtype is None else values.astype(dtype, copy=False)

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        if dl_device is not None and tuple(dl_device) != self.__dlpack_device__():
            raise BufferError(f"the elements are on {self.ctx}, not on DLPack's device {dl_device}")
        return _core.to_dlpack(self.copy() if copy else self)

    def __dlpack_device__(self):
        return 1, 0

    def to_dlpack_for_read(self):
        """A capsule named "dltensor" that shares the elements."""
        return _core.to_dlpack(self)

    to_dlpack_for_write = to_dlpack_for_read

    def wait_to_read(self):
        """Returns when the elements are there, which they are when a call returns."""

    def wait_to_write(self):
        """Returns when the elements may be written; see wait_to_read."""

    # ---- copies, places, types ----

    def copy(self):
        """A new array with the same elements."""
        return _core.copy(self)

    def copyto(self, other):
        """Copies the elements into the array `other`, or to the context `other`; returns the copy."""
        if isinstance(other, _core.Array):
            if _core.same_as(self, other):
                return False
            _core.copyto_array(self, other)
            return other
        if isinstance(other, Context):
            return _core.copyto_context(self, other)
        raise TypeError(f"copyto does not support type {type(other)}")

    def as_in_context(self, context):
        """This array if it is at `context`, else a copy there."""
        return _core.as_in_context(self, context)

    as_in_ctx = to_device = as_in_context

    def astype(self, dtype, copy=True):
        """A copy converted to `dtype` (None: float32), or to the type of an array given in its
        place; this array itself if it has that type and not `copy`."""
        if isinstance(dtype, _core.Array):
            dtype = dtype.dtype
        return _core.astype(self, "float32" if dtype is None else dtype, bool(copy))

    def tostype(self, stype):
        """A copy stored as 'default', 'row_sparse' or 'csr'; see mx.nd.sparse."""
        return op.cast_storage(self, stype=stype)

    def as_nd_ndarray(self):
        """This array as an mx.nd.NDArray, with the same memory."""
        return self if type(self) is NDArray else _core.as_face(self, 0)

    def as_np_ndarray(self):
        """This array as an mx.np.ndarray, with the same memory."""
        from .. import numpy  # noqa: F401
        return _core.as_face(self, 1)

    # ---- shapes ----

    def reshape(self, *shape, **kwargs):
        """An array of another shape with the same memory.

        Takes numbers or a tuple, also as `shape=`. Codes: 0 keeps this size, -1 infers one, -2 keeps
        all that remain, -3 joins two, -4 splits one into the next two numbers; with `reverse=True`
        they are read from the right. Raises ArgumentError, an MXNetError and a ValueError, for
        another size.
        """
        if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
            shape = shape[0]
        elif not shape:
            if kwargs.get("shape") is None:
                raise AssertionError("Shape must be provided.")
            shape = kwargs["shape"]
            shape = (shape,) if isinstance(shape, numbers.Integral) else shape
        unknown = set(kwargs) - {"shape", "reverse"}
        if unknown:
            raise TypeError(f"reshape got unknown keyword arguments: {', '.join(sorted(unknown))}")
        if kwargs.get("reverse"):
            return op.Reshape(self, shape=tuple(shape), reverse=True)
        try:
            return _core.reshape_view(self, tuple(shape))
        except MXNetError as error:
            if shape and min(shape) >= -1:  # nothing but the size can be wrong
                raise ArgumentError(str(error)) from None
            raise

    def reshape_like(self, rhs, **kwargs):
        """See mx.nd.reshape_like."""
        return op.reshape_like(self, rhs, **kwargs)

    def expand_dims(self, axis, inplace=False):
        """An array with an axis of size 1 before `axis`."""
        if not inplace:
            return op.expand_dims(self, axis=axis)
        shape = list(self.shape)
        axis = axis + len(shape) + 1 if axis < 0 else axis
        if not 0 <= axis <= len(shape):
            raise ValueError(f"axis {axis} is out of range for shape {self.shape}")
        shape.insert(axis, 1)
        return _core.view(self, tuple(shape))

    def flatten(self, inplace=False):
        """(N, ...) as (N, product of the rest)."""
        return _core.reshape_view(self, (0, -1)) if inplace else op.Flatten(self)

    def squeeze(self, axis=None, inplace=False):
        """The array without axes of size 1: all, or those that are named."""
        if not inplace:
            return op.squeeze(self) if axis is None else op.squeeze(self, axis=axis)
        axes = range(self.ndim) if axis is None else (
            (axis,) if isinstance(axis, numbers.Integral) else axis)
        dropped = {a % self.ndim for a in axes if axis is not None or self.shape[a] == 1}
        if any(self.shape[a] != 1 for a in dropped):
            raise ValueError(f"cannot squeeze axes {axis} of shape {self.shape}: not of size 1")
        kept = tuple(size for a, size in enumerate(self.shape) if a not in dropped)
        return _core.view(self, kept or (1,))

    def broadcast_to(self, shape):
        """Repeats axes of size 1 until the array has the given shape."""
        shape = (shape,) if isinstance(shape, numbers.Integral) else tuple(shape)
        fits = self.ndim <= len(shape) and 0 not in shape and all(
            size in (1, wanted) for size, wanted in zip(self.shape[::-1], shape[::-1]))
        if not fits:
            raise ValueError(f"cannot broadcast an array of shape {self.shape} to {shape}")
        source = op.Reshape(self, shape=(1,) * (len(shape) - self.ndim) + self.shape)
        return op.broadcast_to(source, shape=shape)

    def broadcast_like(self, other):
        """Repeats axes of size 1 until the array has the shape of `other`."""
        return self.broadcast_to(other.shape)

    def transpose(self, *axes, **kwargs):
        """The axes in another order; without one, in reverse."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
            axes = axes[0]
        axes = kwargs.pop("axes", axes)
        if axes:
            kwargs["axes"] = tuple(axes)
        return op.transpose(self, **kwargs)

    def split(self, *args, **kwargs):
        """See mx.nd.split."""
        return op.split(self, *args, **kwargs)

    def split_v2(self, *args, **kwargs):
        """See mx.nd.split_v2."""
        return split_v2(self, *args, **kwargs)

    def slice_assign(self, rhs, begin, end, step):
        """Writes `rhs` into the part from `begin` to `end`; returns the array itself."""
        self[_slices(begin, end, step)] = rhs
        return self

    def slice_assign_scalar(self, value, begin, end, step):
        """Writes the number `value` into the part from `begin` to `end`; returns the array itself."""
        return self.slice_assign(value, begin, end, step)

    # ---- gradients ----

    def attach_grad(self, grad_req="write", stype=None):
        """Makes room for the array's gradient, zero at first, stored as `stype` (None: as the array
        is); see mx.autograd."""
        _core.attach_grad(self, grad_req, stype)

    def drop_grad(self):
        """Gives back the room that attach_grad made: the array has no gradient any more."""
        _core.attach_grad(self, "null", None)

    def detach(self):
        """The same elements without what was recorded about them."""
        return _core.detach(self)

    def backward(self, out_grad=None, retain_graph=False, train_mode=True):
        """Computes the gradients of all arrays with attach_grad that this one was computed from."""
        _core.backward([self], [] if out_grad is None else [out_grad], bool(retain_graph))

    @property
    def _fresh_grad(self):
        """Whether the gradient was written since this was last set to False. backward sets it, and
        whoever writes `x.grad` by hand may."""
        return _core.has_fresh_grad(self)

    @_fresh_grad.setter
    def _fresh_grad(self, state):
        (_core.mark_fresh_grad if state else _core.clear_fresh_grad)(self)

    # ---- what MXNet's slots have under these names ----

    def _full(self, value):
        _core.fill(self, value)
        return self

    def _at(self, index):
        return self[index]

    def _slice(self, start, stop):
        return self[start:stop]

    def _sync_copyfrom(self, source_array):
        self[:] = source_array


# Operators that are methods: x.exp() is nd.exp(x).
_METHODS = """abs arccos arccosh arcsin arcsinh arctan arctanh argmax argmax_channel argmin argsort
broadcast_axes cbrt ceil clip cos cosh degrees depth_to_space diag exp expm1 fix flip floor log
log10 log1p log2 log_sigmoid log_softmax max mean min mish nanprod nansum norm one_hot ones_like pad
pick prod radians rcbrt reciprocal relu repeat rint round rsqrt shape_array sigmoid sign sin sinh
size_array slice slice_axis slice_like softmax softmin sort space_to_depth sqrt square sum swapaxes
take tan tanh tile topk trunc zeros_like""".split()


def _add_methods():
    for name in _METHODS:
        if hasattr(op, name):
            setattr(NDArray, name, getattr(op, name))
        else:
            setattr(NDArray, name, _missing_method(name))


def _missing_method(name):
    def method(self, *args, **kwargs):
        missing(f"NDArray.{name}", "its operator is not registered")
    method.__name__ = name
    method.__doc__ = f"Raises NotImplementedError: the operator {name} is not there."
    return method


_add_methods()
_core.set_face(_ND, NDArray)
NDArrayBase = _core.Array


def _restore(cls, values, dtype, context):
    kind, number = context.rstrip(")").split("(")
    place = Context(kind, int(number))
    array = _core.array_from(values, dtype, place, 0)
    return array if cls is NDArray else cls(array)


def _slices(begin, end, step):
    step = step or [None] * len(begin)
    return tuple(py_slice(b, e, s) for b, e, s in zip(begin, end, step))


def waitall():
    """Returns when everything is computed, which it is when a call returns."""


# ---- functions of arrays ----------------------------------------------------------------------------


def to_dlpack_for_read(data):
    """A DLPack capsule that shares the array's elements."""
    return data.to_dlpack_for_read()


def to_dlpack_for_write(data):
    """A DLPack capsule that shares the array's elements."""
    return data.to_dlpack_for_write()


def moveaxis(tensor, source, destination):
    """Moves axes to other places; the others keep their order."""
    axes = _moved_axes(tensor.ndim, _one_or_tuple(source), _one_or_tuple(destination))
    return op.transpose(tensor, axes=axes)


def _one_or_tuple(axes):
    return axes if isinstance(axes, (int, numbers.Integral)) else tuple(axes)


@functools.lru_cache(maxsize=256)
def _moved_axes(ndim, source, destination):
    """The order in which transpose has them. Remembered, because programs ask for each sample."""

    def normalized(axes, name):
        axes = [axes] if isinstance(axes, numbers.Integral) else list(axes)
        result = [axis + ndim if axis < 0 else axis for axis in axes]
        if any(not 0 <= axis < ndim for axis in result):
            raise ValueError(f"moveaxis: {name} {axes} is out of range for {ndim} axes")
        if len(set(result)) != len(result):
            raise ValueError(f"moveaxis: {name}: an axis stands there twice: {axes}")
        return result

    source, destination = normalized(source, "source"), normalized(destination, "destination")
    if len(source) != len(destination):
        raise ValueError("moveaxis: expected as many places as axes that go there, got "
                         f"{len(destination)} and {len(source)}")
    order = [axis for axis in range(ndim) if axis not in source]
    for place, axis in sorted(zip(destination, source)):
        order.insert(place, axis)
    return tuple(order)


def concatenate(arrays, axis=0, always_copy=True):
    """Joins arrays along an existing axis."""
    if not arrays:
        raise AssertionError("concatenate: there are no arrays")
    if not isinstance(arrays[0], NDArray):
        raise AssertionError("concatenate: expected a list of NDArrays")
    if not always_copy and len(arrays) == 1:
        return arrays[0]
    return op.Concat(*arrays, dim=axis)


def split_v2(ary, indices_or_sections, axis=0, squeeze_axis=False):
    """Cuts an array into equal parts, or at the places given."""
    cut = {"axis": axis, "squeeze_axis": squeeze_axis}
    if not isinstance(indices_or_sections, numbers.Integral):
        return _internal._split_v2(ary, indices=(0, *indices_or_sections), **cut)
    size = ary.shape[axis]
    if size % indices_or_sections:
        raise ValueError(f"split_v2: {size} rows cannot be cut into {indices_or_sections} equal "
                         "parts")
    return _internal._split_v2(ary, indices=(), sections=indices_or_sections, **cut)


def onehot_encode(indices, out):
    """Writes rows into `out` that are 1 at their index and 0 elsewhere."""
    out[:] = op.one_hot(indices, depth=out.shape[1])
    return out


def histogram(a, bins=10, range=None):  # pylint: disable=redefined-builtin
    """How many elements lie in each bin, and the edges of the bins. `bins` is their number, all of
    them as wide, or the array of the edges; `range` says where they begin and end, else the smallest
    and the largest element do. Counts are int64, but without edges and `range` both are float32."""
    if isinstance(bins, NDArray):
        return _internal._histogram(a, bins)
    if not isinstance(bins, numbers.Integral):
        raise ValueError("histogram: bins: expected a whole number, or an NDArray of edges, got "
                         f"{type(bins)}")
    if range is None:
        whole = (float(a.min().asscalar()), float(a.max().asscalar()))
        counts, edges = _internal._histogram(a, bin_cnt=bins, range=whole)
        return [counts.astype("float32"), edges.astype("float32", copy=False)]
    return _internal._histogram(a, bin_cnt=bins, range=tuple(range))


def imdecode(str_img, clip_rect=(0, 0, 0, 0), out=None, index=0, channels=3, mean=None):
    """A picture's pixels; see mx.image.imdecode, which this is an older form of."""
    from ..image import imdecode as decode
    if tuple(clip_rect) != (0, 0, 0, 0) or mean is not None or out is not None:
        missing("nd.imdecode with clip_rect, out or mean", "use mx.image.imdecode and crop")
    return decode(str_img, flag=1 if channels == 3 else 0)


def _copy_to_device(array, context):
    return array.as_in_context(context)


_Null = _Null
