"""mx.sym.np._Symbol: a computation that has not run yet, with NumPy's rules, and functions of it.

Shapes and types are not known yet, so what depends on them differs from mx.np: whole numbers
divide as whole ones, operands must be of one type, and a reduction of the only axis of a row gives
the shape (1,).
"""
import numbers

import numpy as onp

from ... import _core
from ..._operators import SYM_NP
from ..symbol import Symbol

NP_FACE = 1
_functions = {}


def call(op, *symbols, **options):
    """A node of the registry's operator; options that are None are not given."""
    function = _functions.get(op)
    if function is None:
        function = _functions[op] = _core.make_operator(op, SYM_NP, op)
    return function(*symbols, **{k: v for k, v in options.items() if v is not None})


def is_number(value):
    """Whether a value is a number of Python's or NumPy's."""
    return isinstance(value, (numbers.Number, onp.generic))


def of_two(a, b, op, right, left):
    """An operator of two symbols, or of a symbol and a number on either side."""
    if isinstance(a, Symbol) and isinstance(b, Symbol):
        return call(op, a, b)
    if isinstance(a, Symbol) and is_number(b):
        return call(right, a, scalar=float(b))
    if isinstance(b, Symbol) and is_number(a):
        return call(left, b, scalar=float(a))
    raise TypeError(f"expected symbols or numbers, got {type(a).__name__} and {type(b).__name__}")


ARITHMETIC = {
    "add": ("broadcast_add", "_plus_scalar", "_plus_scalar"),
    "subtract": ("broadcast_sub", "_minus_scalar", "_rminus_scalar"),
    "multiply": ("broadcast_mul", "_mul_scalar", "_mul_scalar"),
    "divide": ("broadcast_div", "_div_scalar", "_rdiv_scalar"),
    "mod": ("broadcast_mod", "_mod_scalar", "_rmod_scalar"),
    "power": ("broadcast_power", "_power_scalar", "_rpower_scalar"),
    "maximum": ("broadcast_maximum", "_maximum_scalar", "_maximum_scalar"),
    "minimum": ("broadcast_minimum", "_minimum_scalar", "_minimum_scalar"),
    "hypot": ("broadcast_hypot", "_hypot_scalar", "_hypot_scalar"),
}
COMPARISONS = {
    "equal": ("broadcast_equal", "_equal_scalar", "_equal_scalar"),
    "not_equal": ("broadcast_not_equal", "_not_equal_scalar", "_not_equal_scalar"),
    "less": ("broadcast_lesser", "_lesser_scalar", "_greater_scalar"),
    "less_equal": ("broadcast_lesser_equal", "_lesser_equal_scalar", "_greater_equal_scalar"),
    "greater": ("broadcast_greater", "_greater_scalar", "_lesser_scalar"),
    "greater_equal": ("broadcast_greater_equal", "_greater_equal_scalar", "_lesser_equal_scalar"),
}


def _compute(name, a, b):
    if name in ARITHMETIC:
        return of_two(a, b, *ARITHMETIC[name])
    return call("Cast", of_two(a, b, *COMPARISONS[name]), dtype="bool")


def reduced(op, data, axis=None, keepdims=False):
    """A reduction over axes; over all, to no axes."""
    if axis is None and not keepdims:
        return call("Reshape", call(op, data), shape=())
    return call(op, data, axis=axis, keepdims=keepdims)


class _Symbol(Symbol):
    """A computation with NumPy's rules: results of comparisons are bool, operands are broadcast."""

    def __getitem__(self, key):
        if self.num_outputs() > 1 or isinstance(key, str):
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
        if self.num_outputs() == 1:
            raise TypeError("a symbol of one output is not iterated over: its shape is not known")
        return super().__iter__()

    def as_np_ndarray(self):
        """The symbol itself."""
        return self

    # ---- methods

    def sum(self, axis=None, dtype=None, out=None, keepdims=False):
        """The sum over axes."""
        return reduced("sum", _typed(self, dtype), axis, keepdims)

    def mean(self, axis=None, dtype=None, out=None, keepdims=False):
        """The mean over axes."""
        return reduced("mean", _typed(self, dtype), axis, keepdims)

    def prod(self, axis=None, dtype=None, out=None, keepdims=False):
        """The product over axes."""
        return reduced("prod", _typed(self, dtype), axis, keepdims)

    def max(self, axis=None, out=None, keepdims=False):
        """The largest element over axes."""
        return reduced("max", self, axis, keepdims)

    def min(self, axis=None, out=None, keepdims=False):
        """The smallest element over axes."""
        return reduced("min", self, axis, keepdims)

    def argmax(self, axis=None, out=None, keepdims=False):
        """The place of the largest element, int64."""
        return call("Cast", call("argmax", self, axis=axis, keepdims=keepdims), dtype="int64")

    def argmin(self, axis=None, out=None, keepdims=False):
        """The place of the smallest element, int64."""
        return call("Cast", call("argmin", self, axis=axis, keepdims=keepdims), dtype="int64")

    def reshape(self, *args, **kwargs):
        """Another shape, with at most one -1."""
        shape = kwargs.pop("newshape", args[0] if len(args) == 1 else args)
        shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
        if 0 in shape or any(size < -1 for size in shape):
            raise NotImplementedError("mx.sym.np: sizes of 0 and codes are not there; see npx")
        return call("Reshape", self, shape=shape)

    def flatten(self, order="C", **kwargs):
        """The elements in one axis."""
        return call("Reshape", self, shape=(-1,))

    def astype(self, dtype, **kwargs):
        """The elements in another type."""
        return call("Cast", self, dtype=dtype)

    def transpose(self, *axes):
        """The axes in reverse order, or in the one given."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
            axes = axes[0]
        return call("transpose", self, axes=tuple(axes) if axes else None)

    @property
    def T(self):
        """The axes in reverse order."""
        return self.transpose()

    def squeeze(self, axis=None):
        """Without axes of size 1."""
        return call("squeeze", self, axis=axis)

    def swapaxes(self, axis1, axis2):
        """Two axes exchanged."""
        return call("SwapAxis", self, dim1=axis1, dim2=axis2)

    def repeat(self, repeats, axis=None):
        """Each element so often."""
        return call("repeat", self, repeats=repeats, axis=axis)

    def clip(self, min=None, max=None, out=None):  # pylint: disable=redefined-builtin
        """Each element brought into a range."""
        low, high = (-onp.inf if min is None else min), (onp.inf if max is None else max)
        return call("clip", self, a_min=float(low), a_max=float(high))

    def dot(self, b, out=None):
        """The product with another symbol."""
        return call("dot", self, b)

    def take(self, indices, axis=None, mode="clip"):
        """The elements at places."""
        data = self if axis is not None else self.flatten()
        return call("take", data, indices, axis=axis or 0, mode="clip" if mode == "raise" else mode)

    def broadcast_to(self, shape):
        """Axes of size 1 repeated to a shape."""
        return call("broadcast_to", self, shape=shape)

    def __matmul__(self, other):
        return call("dot", self, other)

    def __neg__(self):
        return call("_mul_scalar", self, scalar=-1.0)

    def __abs__(self):
        return call("abs", self)

    def __hash__(self):
        return super().__hash__()


def _typed(symbol, dtype):
    return symbol if dtype is None else call("Cast", symbol, dtype=dtype)


def _add_operators():
    names = {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "mod": "mod",
             "pow": "power"}
    for slot, name in names.items():
        def forward(self, other, _name=name):
            return _compute(_name, self, other)

        def backward(self, other, _name=name):
            return _compute(_name, other, self)

        setattr(_Symbol, f"__{slot}__", forward)
        setattr(_Symbol, f"__r{slot}__", backward)
        setattr(_Symbol, f"__i{slot}__", forward)
    for slot, name in {"eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal",
                       "gt": "greater", "ge": "greater_equal"}.items():
        def compare(self, other, _name=name):
            return _compute(_name, self, other)

        setattr(_Symbol, f"__{slot}__", compare)


_add_operators()
_core.set_symbol_type(NP_FACE, _Symbol)
