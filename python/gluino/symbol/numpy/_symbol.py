"""mx.sym.np._Symbol: a computation that has not run yet, with NumPy's rules, and functions of it.

Shapes and types are not known yet: the operators find them when the graph is bound.
"""
import re

import numpy as onp

from ... import _core
from ..._operators import SYM_NP
from ...numpy._call import is_number, is_whole
from ...numpy._table import BINARY
from ..symbol import Symbol

NP_FACE = 1
_functions: dict = {}


# What automatic names begin with, where it is not the operator's name without what stands before it.
_HINTS = {"SwapAxis": "swapaxes", "_linalg_inverse": "inv", "_split_v2": "split"}


def call(op, *symbols, name=None, **options):
    """A node of the registry's operator, with MXNet's automatic name for it unless it is given one;
    options that are None are not given."""
    if op not in _functions:
        hint = _HINTS.get(op) or re.sub("^(_npi_|_np_|_linalg_|broadcast_|_)", "", op).lower()
        _functions[op] = _core.make_operator(op, SYM_NP, hint)
    options = {option: value for option, value in options.items() if value is not None}
    return _functions[op](*symbols, name=name, **options)


def compute(op, symbols, options, out, name=None):
    """What a function of the table gives. `out` means nothing to a graph, as in MXNet."""
    return call(op, *symbols, name=name, **options)


_KNOWS_WHOLE = {
    op: any(field["name"] == "is_int" for field in _core.describe_operator(op)["fields"])
    for operators in BINARY.values() for op in operators[1:3]}


def of_two(function, a, b, name=None):
    """One of BINARY: of two symbols, or of a symbol and a number on either side."""
    both, right, left, _ = BINARY[function]
    if isinstance(a, Symbol) and isinstance(b, Symbol):
        return call(both, a, b, name=name)
    if isinstance(a, Symbol) and is_number(b):
        op, symbol, number = right, a, b
    elif isinstance(b, Symbol) and is_number(a):
        op, symbol, number = left, b, a
    else:
        raise TypeError(f"mx.sym.np.{function}: expected symbols or numbers, got {type(a).__name__} "
                        f"and {type(b).__name__}")
    options = {"is_int": is_whole(number)} if _KNOWS_WHOLE[op] else {}
    return call(op, symbol, scalar=float(number), name=name, **options)


class _Symbol(Symbol):
    """A computation with NumPy's rules: results of comparisons are bool, operands are broadcast."""

    def __getitem__(self, key):
        if len(self) > 1 or isinstance(key, str):
            return super().__getitem__(key)
        keys = key if isinstance(key, tuple) else (key,)
        result, axis = self, 0
        if Ellipsis in keys and keys.index(Ellipsis) != len(keys) - 1:
            raise NotImplementedError("mx.sym.np: an Ellipsis stands at the end of a key only")
        for part in keys:
            if part is Ellipsis:
                break
            if part is None:
                result = call("expand_dims", result, axis=axis)
                axis += 1
            elif isinstance(part, slice):
                if part != slice(None):
                    lead = (None,) * axis
                    result = call("slice", result, begin=lead + (part.start,),
                                  end=lead + (part.stop,), step=lead + (part.step,))
                axis += 1
            elif isinstance(part, (int, onp.integer)):
                end = None if part == -1 else int(part) + 1
                result = call("slice_axis", result, axis=axis, begin=int(part),
                              end="None" if end is None else end)
                result = call("squeeze", result, axis=(axis,))
            else:
                raise NotImplementedError("mx.sym.np: keys are whole numbers, slices and None; "
                                          "use take, pick or where")
        return result

    def __iter__(self):
        if len(self) == 1:
            raise TypeError("a symbol of one output is not iterated over: its shape is not known")
        return super().__iter__()

    @property
    def num_outputs(self):
        """How many outputs there are."""
        return len(self)

    def as_np_ndarray(self):
        """The symbol itself."""
        return self

    # ---- methods

    def sum(self, axis=None, dtype=None, out=None, keepdims=False):
        """The sum over axes."""
        return call("_np_sum", self, axis=axis, dtype=dtype, keepdims=keepdims)

    def mean(self, axis=None, dtype=None, out=None, keepdims=False):
        """The mean over axes."""
        return call("_npi_mean", self, axis=axis, dtype=dtype, keepdims=keepdims)

    def prod(self, axis=None, dtype=None, out=None, keepdims=False):
        """The product over axes."""
        return call("_np_prod", self, axis=axis, dtype=dtype, keepdims=keepdims)

    def std(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
        """The standard deviation over axes."""
        return call("_npi_std", self, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims)

    def var(self, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
        """The variance over axes."""
        return call("_npi_var", self, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims)

    def max(self, axis=None, out=None, keepdims=False):
        """The largest element over axes."""
        return call("_np_max", self, axis=axis, keepdims=keepdims)

    def min(self, axis=None, out=None, keepdims=False):
        """The smallest element over axes."""
        return call("_np_min", self, axis=axis, keepdims=keepdims)

    def all(self, axis=None, out=None, keepdims=False):
        """True where no element over axes is 0."""
        return call("_np_all", self, axis=axis, keepdims=keepdims)

    def any(self, axis=None, out=None, keepdims=False):
        """True where an element over axes is not 0."""
        return call("_np_any", self, axis=axis, keepdims=keepdims)

    def argmax(self, axis=None, out=None, keepdims=False):
        """The place of the largest element, int64."""
        return call("_npi_argmax", self, axis=axis, keepdims=keepdims)

    def argmin(self, axis=None, out=None, keepdims=False):
        """The place of the smallest element, int64."""
        return call("_npi_argmin", self, axis=axis, keepdims=keepdims)

    def cumsum(self, axis=None, dtype=None, out=None):
        """The sums of the elements so far."""
        return call("_np_cumsum", self, axis=axis, dtype=dtype)

    def reshape(self, *args, **kwargs):
        """Another shape, with at most one -1."""
        shape = kwargs.pop("newshape", args[0] if len(args) == 1 else args)
        return call("_np_reshape", self, newshape=shape if isinstance(shape, tuple) else tuple(
            shape) if isinstance(shape, list) else (shape,))

    def flatten(self, order="C", **kwargs):
        """The elements in one axis."""
        return call("_np_reshape", self, newshape=(-1,), order=order)

    ravel = flatten

    def astype(self, dtype, **kwargs):
        """The elements in another type."""
        return call("Cast", self, dtype=dtype)

    def transpose(self, *axes):
        """The axes in reverse order, or in the one given."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
            axes = axes[0]
        return call("_np_transpose", self, axes=tuple(axes) if axes else None)

    @property
    def T(self):
        """The axes in reverse order."""
        return self.transpose()

    def squeeze(self, axis=None):
        """Without axes of size 1."""
        return call("_np_squeeze", self, axis=axis)

    def swapaxes(self, axis1, axis2):
        """Two axes exchanged."""
        return call("SwapAxis", self, dim1=axis1, dim2=axis2)

    def repeat(self, repeats, axis=None):
        """Each element so often."""
        return call("_np_repeat", self, repeats=repeats, axis=axis)

    def clip(self, min=None, max=None, out=None):  # pylint: disable=redefined-builtin
        """Each element brought into a range."""
        low, high = (-onp.inf if min is None else min), (onp.inf if max is None else max)
        return call("clip", self, a_min=float(low), a_max=float(high))

    def dot(self, b, out=None):
        """The product with another symbol."""
        return call("_np_dot", self, b)

    def take(self, indices, axis=None, mode="raise"):
        """The elements at places; one that there is not is an error, as in mx.sym.np.take."""
        data, axis = (self.flatten(), 0) if axis is None else (self, axis)
        return call("take", data, indices, axis=axis, mode=mode)

    def broadcast_to(self, shape):
        """Axes of size 1 repeated to a shape."""
        return call("_npi_broadcast_to", self, shape=shape)

    def __matmul__(self, other):
        return call("_npi_matmul", self, other)

    def __neg__(self):
        return call("_npi_negative", self)

    def __abs__(self):
        return call("_npi_absolute", self)

    def __invert__(self):
        return call("_npi_bitwise_not", self)

    def __hash__(self):
        return super().__hash__()


def _add_operators():
    names = {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "mod": "mod",
             "pow": "power", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor"}
    for slot, name in names.items():
        def forward(self, other, _name=name):
            return of_two(_name, self, other)

        def backward(self, other, _name=name):
            return of_two(_name, other, self)

        setattr(_Symbol, f"__{slot}__", forward)
        setattr(_Symbol, f"__r{slot}__", backward)
        setattr(_Symbol, f"__i{slot}__", forward)
    for slot, name in {"eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal",
                       "gt": "greater", "ge": "greater_equal"}.items():
        def compare(self, other, _name=name):
            return of_two(_name, self, other)

        setattr(_Symbol, f"__{slot}__", compare)


_add_operators()
_core.set_symbol_type(NP_FACE, _Symbol)
