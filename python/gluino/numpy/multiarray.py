"""mx.np.ndarray, the array that follows NumPy's rules, and all functions of it."""
import functools
import re

import numpy as onp

from .. import _core
from ..autograd import is_recording  # noqa: F401
from ..base import check_call  # noqa: F401
from ..context import Context, Device, current_context, current_device  # noqa: F401
from ..ndarray import NDArray
from ..ndarray._printing import as_mxnet_prints
from ..runtime import Features  # noqa: F401
from ..util import (is_np_default_dtype, set_module, wrap_ctx_to_device_func,  # noqa: F401
                    wrap_np_binary_func, wrap_np_unary_func)
from ._call import NP_FACE, call, kind
from .fallback import (divmod, float_power, frexp, from_host, heaviside, interp,  # noqa: F401
                       modf, signbit, spacing)
# Found here, too, as in MXNet.
from ..base import c_array, c_array_buf  # noqa: F401

_ND_FACE = 0


def _dispatch():
    from . import dispatch  # pylint: disable=import-outside-toplevel
    return dispatch


class ndarray(NDArray):
    """An array with NumPy's rules: any number of axes, none too; bool results of comparisons; types
    that are brought together; true division; elements picked by truths.

    It shares its elements with the mx.nd.NDArray that as_nd_ndarray() gives. Arrays are made by
    functions such as mx.np.array and mx.np.zeros.
    """

    __slots__ = ()
    _is_np_face = True
    __array_priority__ = 1000.0

    # ---- NumPy's protocols

    def __array_function__(self, func, types, args, kwargs):  # pylint: disable=bad-option-value
        return _dispatch().function(func, types, args, kwargs)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return _dispatch().ufunc(ufunc, method, inputs, kwargs)

    # ---- what it is

    @property
    def dtype(self):
        """The type of the elements, a numpy.dtype."""
        return _dtype_of(_core.Array.dtype.__get__(self))

    @property
    def mT(self):
        """The last two axes exchanged."""
        return swapaxes(self, -1, -2)

    @property
    def itemsize(self):
        """The bytes of one element."""
        return 2 if self.dtype == "bfloat16" else self.dtype.itemsize

    @property
    def nbytes(self):
        """The bytes of all elements."""
        return self.size * self.itemsize

    def __repr__(self):
        with as_mxnet_prints():
            text = repr(self.asnumpy())
        dtype = _core.Array.dtype.__get__(self)
        name = dtype if isinstance(dtype, str) else onp.dtype(dtype).name
        ends = []
        if name == "float32" or not text.endswith(f"dtype={name})"):
            text = re.sub(r",\s*dtype=\w+\)$", ")", text)
            ends = [] if name in ("float32", "bool") else [f"dtype={name}"]
        if self.ctx.device_type != "cpu":
            ends.append(f"ctx={self.ctx}")
        return text[:-1] + "".join(f", {end}" for end in ends) + ")"

    def __str__(self):
        with as_mxnet_prints():
            text = str(self.asnumpy())
        return text if self.ctx.device_type == "cpu" else f"{text} @{self.ctx}"

    def __format__(self, spec):
        if not self.ndim:
            return format(self.item(), spec)
        if spec:
            raise TypeError(f"an array of {self.ndim} axes has no format {spec!r}")
        return str(self)

    # ---- numbers out of it

    def item(self, *args):
        """The only element, or that at a place, as a number of Python's. ValueError where the array
        has several and no place is given."""
        if not args:
            if self.size != 1:
                raise ValueError("can only convert an array of size 1 to a Python scalar")
            return self.asnumpy().item()
        return self.asnumpy().item(*args)

    def tolist(self):
        """The elements as rows of rows of numbers."""
        return self.asnumpy().tolist()

    def __float__(self):
        return float(self._only("float"))

    def __int__(self):
        return int(self._only("int"))

    def __complex__(self):
        return complex(self._only("complex"))

    def __index__(self):
        if kind(self) not in "iu" or self.ndim:
            raise TypeError("only an array of no axes and a whole number is an index")
        return self.item()

    def _only(self, to):
        if self.size != 1:
            raise TypeError(f"only an array of one element can be made a number, {to}() got "
                            f"{self.size}")
        return self.item()

    def __iter__(self):
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(self.shape[0]))

    def __contains__(self, value):
        return bool((self == value).any())

    # ---- operators that arrays of the old rules lack

    def __pos__(self):
        return positive(self)

    def __invert__(self):
        return invert(self)

    def __and__(self, other):
        return bitwise_and(self, other)

    def __or__(self, other):
        return bitwise_or(self, other)

    def __xor__(self, other):
        return bitwise_xor(self, other)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __lshift__(self, other):
        return bitwise_left_shift(self, other)

    def __rlshift__(self, other):
        return bitwise_left_shift(other, self)

    def __rshift__(self, other):
        return bitwise_right_shift(self, other)

    def __rrshift__(self, other):
        return bitwise_right_shift(other, self)

    def __floordiv__(self, other):
        return floor_divide(self, other)

    def __rfloordiv__(self, other):
        return floor_divide(other, self)

    def __matmul__(self, other):
        return matmul(self, other)

    def __rmatmul__(self, other):
        return matmul(other, self)

    def __imatmul__(self, other):
        return _written(self, matmul(self, other))

    def __iand__(self, other):
        return _written(self, bitwise_and(self, other))

    def __ior__(self, other):
        return _written(self, bitwise_or(self, other))

    def __ixor__(self, other):
        return _written(self, bitwise_xor(self, other))

    def __ilshift__(self, other):
        return _written(self, bitwise_left_shift(self, other))

    def __irshift__(self, other):
        return _written(self, bitwise_right_shift(self, other))

    def __ifloordiv__(self, other):
        return _written(self, floor_divide(self, other))

    def __round__(self, ndigits=0):
        return around(self, ndigits or 0)

    # ---- copies and other forms

    def as_nd_ndarray(self):
        """The same elements as mx.nd.NDArray."""
        return _core.as_face(self, _ND_FACE)

    def as_np_ndarray(self):
        """The array itself."""
        return self

    def astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
        """A copy in another type (None: float32); the array itself if it has the type and `copy` is
        false."""
        if order not in ("K", "C", "A") or casting != "unsafe" or not subok:
            raise ValueError("astype: only order 'K', casting 'unsafe' and subok=True are there")
        if isinstance(dtype, NDArray):
            dtype = dtype.dtype
        dtype = "float32" if dtype is None else dtype
        if not copy and self.dtype == dtype:
            return self
        return call("Cast", self, dtype=dtype)

    def copy(self, order="C"):
        """A new array with the same elements."""
        if order not in ("C", "K", "A"):
            raise NotImplementedError(f"copy: only the order C is there, got {order}")
        return call("_copy", self)

    def as_in_ctx(self, ctx):
        """The array itself where it is at `ctx`, else a copy there."""
        return _core.as_in_context(self, ctx)

    def to_device(self, device):
        """The same under 2.0's name."""
        return _core.as_in_context(self, device)

    def reshape(self, *args, **kwargs):
        """The same elements under another shape, with at most one -1; the codes -2 to -6 mean what
        they do in npx.reshape, as in MXNet 2.0."""
        order = kwargs.pop("order", "C")
        newshape = kwargs.pop("newshape", kwargs.pop("shape", None))
        if kwargs:
            raise TypeError(f"reshape() got an unexpected keyword argument {next(iter(kwargs))!r}")
        if newshape is None:
            newshape = args[0] if len(args) == 1 else args
        if shaping.has_codes(newshape):
            from ..numpy_extension import reshape as coded  # pylint: disable=import-outside-toplevel
            return coded(self, newshape, order=order)
        return reshape(self, newshape, order)

    def reshape_view(self, *shape, **kwargs):
        """An array of another shape with the same memory; codes as in NDArray.reshape."""
        return super().reshape(*shape, **kwargs)

    def flatten(self, order="C"):
        """The elements in one axis, a copy."""
        return ravel(self, order)

    ravel = flatten

    def transpose(self, *axes):
        """The axes in reverse order, or in the one given."""
        if not axes or axes[0] is None:
            return transpose(self)
        return transpose(self, axes[0] if isinstance(axes[0], (tuple, list)) else axes)

    def squeeze(self, axis=None):
        """Without axes of size 1."""
        return squeeze(self, axis)

    def swapaxes(self, axis1, axis2):
        """Two axes exchanged."""
        return swapaxes(self, axis1, axis2)

    def broadcast_to(self, shape):
        """The array repeated to a shape."""
        return broadcast_to(self, shape)

    def repeat(self, repeats, axis=None):
        """Each element so often."""
        return repeat(self, repeats, axis)

    def split(self, indices_or_sections, axis=0):
        """The parts of an axis, in a list."""
        return split(self, indices_or_sections, axis)

    def diag(self, k=0):
        """A diagonal of a matrix, or a matrix with this row on its diagonal."""
        return diag(self, k)

    def diagonal(self, offset=0, axis1=0, axis2=1):
        """A diagonal of two axes."""
        return diagonal(self, offset, axis1, axis2)

    # ---- what elements have together

    def sum(self, axis=None, dtype=None, out=None, keepdims=False):
        """The sum over axes."""
        return sum(self, axis, dtype, keepdims, out=out)

    def prod(self, axis=None, dtype=None, out=None, keepdims=False):
        """The product over axes."""
        return prod(self, axis, dtype, out, keepdims)

    def mean(self, axis=None, dtype=None, out=None, keepdims=False):
        """The mean over axes."""
        return mean(self, axis, dtype, out, keepdims)

    def std(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, correction=None):
        """The standard deviation over axes."""
        return std(self, axis, dtype, out, ddof, keepdims, correction=correction)

    def var(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, correction=None):
        """The variance over axes."""
        return var(self, axis, dtype, out, ddof, keepdims, correction=correction)

    def max(self, axis=None, out=None, keepdims=False):
        """The largest element over axes."""
        return max(self, axis, keepdims, out)

    def min(self, axis=None, out=None, keepdims=False):
        """The smallest element over axes."""
        return min(self, axis, keepdims, out)

    def argmax(self, axis=None, out=None, keepdims=False):
        """The place of the largest element, int64."""
        return argmax(self, axis, out, keepdims)

    def argmin(self, axis=None, out=None, keepdims=False):
        """The place of the smallest element, int64."""
        return argmin(self, axis, out, keepdims)

    def all(self, axis=None, out=None, keepdims=False):
        """True where no element over axes is 0."""
        return all(self, axis, keepdims, out)

    def any(self, axis=None, out=None, keepdims=False):
        """True where an element over axes is not 0."""
        return any(self, axis, keepdims, out)

    def cumsum(self, axis=None, dtype=None, out=None):
        """The sums of the elements so far."""
        return cumsum(self, axis, dtype, out)

    def trace(self, offset=0, axis1=0, axis2=1, out=None):
        """The sum of a diagonal."""
        return trace(self, offset, axis1, axis2, out)

    def nonzero(self):
        """The places of elements that are not 0."""
        return nonzero(self)

    def take(self, indices, axis=None, mode="raise"):
        """The elements at places."""
        return take(self, indices, axis, mode)

    def clip(self, min=None, max=None, out=None):  # pylint: disable=redefined-builtin
        """Each element brought into a range."""
        return clip(self, min, max, out)

    def round(self, decimals=0, out=None, **kwargs):
        """Rounded to so many places after the point."""
        return around(self, decimals, out, **kwargs)

    def abs(self, out=None):
        """The distances from 0."""
        return absolute(self, out)

    def dot(self, b, out=None):
        """The product with another array."""
        return dot(self, b, out)

    # pylint: disable-next=redefined-outer-name
    def sort(self, axis=-1, kind=None, order=None, *, descending=False, stable=True):
        """Puts the elements along an axis in order, in this array."""
        self[...] = sort(self, axis, kind, order, descending=descending, stable=stable)

    # pylint: disable-next=redefined-outer-name
    def argsort(self, axis=-1, kind=None, order=None, *, descending=False, stable=True):
        """The places of the elements in their order; see mx.np.argsort."""
        return argsort(self, axis, kind, order, descending=descending, stable=stable)


def _written(array, result):
    """`array` with the elements of the result. TypeError where it cannot hold their kind."""
    kinds = "buifV"  # Truths, numbers of at least 0, whole, real ones.
    if kinds.index(kind(result)) > kinds.index(kind(array)):
        raise TypeError(f"the result has type {result.dtype}, which cannot be written into an "
                        f"array of {array.dtype}; say a = a op b for a new array")
    return call("_copy", call("Cast", result, dtype=array.dtype), out=array)


def _absent(name):
    """A method of the old arrays which this one has not: `hasattr` says no."""

    def absent(self):
        raise AttributeError(f"mx.np.ndarray has no attribute {name!r}; "
                             f"look for the function in mx.np or mx.npx")

    return property(absent)


for _name in (
        "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "argmax_channel",
        "broadcast_axes", "cbrt", "ceil", "cos", "cosh", "degrees", "depth_to_space", "exp",
        "expand_dims", "expm1", "fix", "flip", "floor", "log", "log10", "log1p", "log2",
        "log_sigmoid", "log_softmax", "mish", "nanprod", "nansum", "norm", "one_hot", "ones_like",
        "pad", "pick", "radians", "rcbrt", "reciprocal", "relu", "reshape_like", "rint", "rsqrt",
        "shape_array", "sigmoid", "sign", "sin", "sinh", "size_array", "slice", "slice_axis",
        "slice_like", "softmax", "softmin", "space_to_depth", "split_v2", "sqrt", "square", "tan",
        "tanh", "tile", "topk", "tostype", "trunc", "zeros_like"):
    setattr(ndarray, _name, _absent(_name))


def _beside_numpys(method):
    """A method of one operand that takes NumPy's arrays, too, as + does."""

    @functools.wraps(method)
    def taking(self, other):
        return method(self, from_host(other, self.ctx) if isinstance(other, onp.ndarray) else other)

    return taking


for _name in ("and", "floordiv", "lshift", "matmul", "or", "rshift", "xor"):
    for _kind in ("", "r", "i"):
        _method = f"__{_kind}{_name}__"
        setattr(ndarray, _method, _beside_numpys(getattr(ndarray, _method)))

_dtypes: dict = {}


def _dtype_of(scalar_type):
    found = _dtypes.get(scalar_type)
    if found is None:
        found = scalar_type if scalar_type == "bfloat16" else onp.dtype(scalar_type)
        _dtypes[scalar_type] = found
    return found


_core.set_face(NP_FACE, ndarray)

# The functions are made of those above, and the methods of them: so they come after.
# pylint: disable=wrong-import-position, wildcard-import, unused-wildcard-import
from ..ndarray import from_numpy  # noqa: E402, F401
from . import binary, creation, diagonals, indexing, joining, products  # noqa: E402
from . import ordering, rearranging, reductions, shaping, unary  # noqa: E402
from .binary import *  # noqa: E402, F401, F403
from .creation import *  # noqa: E402, F401, F403
from .diagonals import *  # noqa: E402, F401, F403
from .einsum import einsum  # noqa: E402
from .indexing import *  # noqa: E402, F401, F403
from .joining import *  # noqa: E402, F401, F403
from .ordering import *  # noqa: E402, F401, F403
from .products import *  # noqa: E402, F401, F403
from .rearranging import *  # noqa: E402, F401, F403
from .reductions import *  # noqa: E402, F401, F403
from .shaping import *  # noqa: E402, F401, F403
from .unary import *  # noqa: E402, F401, F403

__all__ = [
    "einsum", "ndarray", *binary.__all__, *creation.__all__, *diagonals.__all__,
    *indexing.__all__, *joining.__all__, *ordering.__all__, *products.__all__,
    *rearranging.__all__, *reductions.__all__, *shaping.__all__, *unary.__all__,
]
