"""mx.sym.np: NumPy's functions on symbols, as far as they need no shapes.

They build the same operators that mx.np computes with. What needs to know a shape, or lacks an
operator, raises NotImplementedError.
"""
from ...numpy.utils import *  # noqa: F401,F403
from ._symbol import ARITHMETIC, COMPARISONS, _compute, _Symbol, call, is_number, reduced
from . import linalg, random  # noqa: E402,F401

_UNARY = {
    **{name: name for name in (
        "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "cbrt", "ceil", "cos",
        "cosh", "degrees", "exp", "expm1", "fix", "floor", "log", "log10", "log1p", "log2",
        "negative", "radians", "reciprocal", "rint", "sign", "sin", "sinh", "sqrt", "square",
        "tan", "tanh", "trunc")},
    "abs": "abs", "absolute": "abs", "fabs": "abs", "copy": "_copy", "deg2rad": "radians",
    "rad2deg": "degrees", "ones_like": "ones_like", "zeros_like": "zeros_like",
}


def _of_one(name, op):
    def function(x, out=None, **kwargs):
        return call(op, x)

    return _named(function, name)


def _of_two(name):
    def function(x1, x2, out=None, **kwargs):
        return _compute(name, x1, x2)

    return _named(function, name)


def _named(function, name):
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"A node that computes mx.np.{name}."
    return function


def _method(name):
    def function(a, *args, **kwargs):
        return getattr(a, name)(*args, **kwargs)

    return _named(function, name)


globals().update({name: _of_one(name, op) for name, op in _UNARY.items()})
globals().update({name: _of_two(name) for name in (*ARITHMETIC, *COMPARISONS)})
globals().update({name: _method(name) for name in (
    "prod", "max", "min", "argmax", "argmin", "reshape", "transpose", "squeeze", "swapaxes",
    "repeat", "dot", "take", "broadcast_to", "mean")})
true_divide, remainder, pow = divide, mod, power  # noqa: F821
amax, amin = max, min


# pylint: disable-next=redefined-builtin
def sum(a, axis=None, dtype=None, keepdims=False, initial=None, out=None):
    """A node that computes mx.np.sum."""
    result = a.sum(axis, dtype, None, keepdims)
    return result if initial is None else result + initial


def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    """A node that computes mx.np.var."""
    if ddof:
        raise NotImplementedError("mx.sym.np.var: ddof needs the shape")
    centre = call("mean", a, axis=axis, keepdims=True)
    return reduced("mean", call("square", call("broadcast_sub", a, centre)), axis, keepdims)


def std(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    """A node that computes mx.np.std."""
    return call("sqrt", var(a, axis, dtype, None, ddof, keepdims))


def expand_dims(a, axis):
    """A node with a new axis of size 1."""
    return call("expand_dims", a, axis=axis)


def clip(a, a_min, a_max, out=None):
    """A node with each element brought into a range."""
    return a.clip(a_min, a_max)


def concatenate(seq, axis=0, out=None):
    """A node that joins symbols along an axis."""
    if axis is None:
        return call("Concat", *(a.flatten() for a in seq), dim=0)
    return call("Concat", *seq, dim=axis)


def stack(arrays, axis=0, out=None):
    """A node that joins symbols along a new axis."""
    return call("stack", *arrays, axis=axis)


def split(ary, indices_or_sections, axis=0):
    """Nodes with the parts of an axis: a symbol of several outputs for a number of parts, a list
    for places to cut at."""
    if isinstance(indices_or_sections, int):
        return call("SliceChannel", ary, num_outputs=indices_or_sections, axis=axis)
    cuts = [0, *indices_or_sections, None]
    return [call("slice_axis", ary, axis=axis, begin=begin, end="None" if end is None else end)
            for begin, end in zip(cuts, cuts[1:])]


def tile(A, reps):
    """A node that repeats along each axis."""
    return call("tile", A, reps=(reps,) if is_number(reps) else tuple(reps))


def flip(m, axis=None, out=None):
    """A node with the elements of one axis in reverse order."""
    if not isinstance(axis, int) or axis < 0:
        raise NotImplementedError("mx.sym.np.flip: name one axis, counted from the front")
    lead = (None,) * axis
    return call("slice", m, begin=lead + (None,), end=lead + (None,), step=lead + (-1,))


def where(condition, x, y):
    """A node that chooses of two symbols of the condition's shape."""
    if is_number(x):
        x = call("ones_like", y) * x
    if is_number(y):
        y = call("ones_like", x) * y
    return call("where", condition, x, y)


def matmul(a, b, out=None, **kwargs):
    """A node that multiplies matrices; b has at most two axes."""
    return call("dot", a, b)


def logical_not(x, out=None, **kwargs):
    """A node that is true where x is 0."""
    return x == 0


def ravel(x, order="C"):
    """A node with the elements in one axis."""
    return x.flatten()


def __getattr__(name):
    from ... import numpy  # pylint: disable=import-outside-toplevel
    if name.startswith("_") or not hasattr(numpy, name):
        raise AttributeError(f"mx.sym.np has no attribute {name!r}")

    def missing(*args, **kwargs):
        raise NotImplementedError(f"mx.sym.np.{name} is not there: it needs shapes, or an operator "
                                  "that is not implemented yet; mx.np may have it")

    missing.__name__ = missing.__qualname__ = name
    missing.is_missing = True
    return missing
