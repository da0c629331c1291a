"""Functions of each element of one array."""
import numpy as onp

from ..util import wrap_np_unary_func
from ._call import (call, checked, compute, give, is_np, is_number, is_old, is_real, kind,
                    real, refuse_options)
from ._table import UNARY

_REAL = {
    "sqrt": "The square root; NaN below 0.",
    "cbrt": "The cube root.",
    "exp": "e to the power x.",
    "expm1": "exp(x) - 1, exact near 0.",
    "log": "The natural logarithm; -inf at 0, NaN below.",
    "log2": "The logarithm to base 2.",
    "log10": "The logarithm to base 10.",
    "log1p": "log(1 + x), exact near 0.",
    "sin": "The sine.",
    "cos": "The cosine.",
    "tan": "The tangent.",
    "sinh": "The hyperbolic sine.",
    "cosh": "The hyperbolic cosine.",
    "tanh": "The hyperbolic tangent.",
    "arcsin": "The angle whose sine is x.",
    "arccos": "The angle whose cosine is x.",
    "arctan": "The angle whose tangent is x.",
    "arcsinh": "The inverse of sinh.",
    "arccosh": "The inverse of cosh.",
    "arctanh": "The inverse of tanh.",
    "degrees": "Radians as degrees.",
    "radians": "Degrees as radians.",
    "reciprocal": "1 / x.",
}
_WHOLE = {
    "floor": "The next whole number below.",
    "ceil": "The next whole number above.",
    "trunc": "The whole part, towards 0.",
    "fix": "The whole part, towards 0.",
    "rint": "The nearest whole number.",
    "sign": "-1, 0 or 1.",
    "absolute": "The distance from 0.",
    "fabs": "The distance from 0.",
    "negative": "-x.",
    "square": "x * x.",
}
_TRUTHS = {
    "isnan": "True where x is no number.", "isinf": "True where x is infinite.",
    "isfinite": "True where x is a finite number.", "isposinf": "True where x is +inf.",
    "isneginf": "True where x is -inf.", "logical_not": "True where x is 0.",
}
# What NumPy calls otherwise, or has no more.
_OTHERS = {"fix": "trunc"}


def _unary(name, doc, compute_array):
    """A function of one array, or of a number, which is NumPy's."""
    of_numbers = getattr(onp, _OTHERS.get(name, name))

    def function(x, out=None):
        if not is_np(x):
            if is_number(x):
                return of_numbers(x)
            if is_old(x):  # 2.0's programs, in which all arrays are np's, say np.tanh(x).
                return function(x.as_np_ndarray(), out).as_nd_ndarray()
            checked(x, name)
        return compute_array(x) if out is None else give(compute_array(x), out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return wrap_np_unary_func(function)


def _of_table(name, whole):
    """An operator of the table; of real numbers that of nd, of which graphs can fuse more. That of
    rint rounds halves otherwise."""
    op = UNARY[name]
    direct = {"_npi_absolute": "abs", "_npi_rint": op}.get(op, op.replace("_npi_", ""))

    def compute_array(x):
        if is_real(x) or not whole:
            return call(direct, real(x))
        return _same(x) if kind(x) == "b" else call(op, x)

    return compute_array


def _same(x):
    return call("_copy", x)


globals().update({name: _unary(name, f"{doc}\n\nOf a number too, as NumPy's. Whole numbers are "
                                     "computed in the default type, float32.",
                          _of_table(name, False))
                  for name, doc in _REAL.items()})
globals().update({name: _unary(name, f"{doc}\n\nOf a number too, as NumPy's. Whole numbers stay "
                                     "whole.", _of_table(name, True))
                  for name, doc in _WHOLE.items()})
globals().update({name: _unary(name, doc, lambda x, op=UNARY[name]: call(op, x))
                  for name, doc in _TRUTHS.items()})
positive = _unary("positive", "x itself, a copy.", _same)
invert = _unary("invert", "The other bits of whole numbers; of bool, the other truth.",
                lambda x: call("_npi_bitwise_not", x))
_negative_of_numbers = negative  # noqa: F821  pylint: disable=undefined-variable


def negative(x, out=None, **kwargs):
    """-x. Of a number too. TypeError for truths."""
    if is_np(x) and kind(x) == "b":
        raise TypeError("mx.np.negative: bool has no negative; use logical_not()")
    return _negative_of_numbers(x, out, **kwargs)


# pylint: disable=undefined-variable, redefined-builtin
abs = absolute  # noqa: F821
rad2deg, deg2rad = degrees, radians  # noqa: F821
acos, acosh, asin, asinh = arccos, arccosh, arcsin, arcsinh  # noqa: F821
atan, atanh = arctan, arctanh  # noqa: F821
bitwise_not = bitwise_invert = invert


def around(x, decimals=0, out=None, **kwargs):
    """Rounded to so many places after the point; halves go to the even neighbour."""
    refuse_options("around", kwargs, "decimals and out")
    if is_number(x):
        return onp.around(x, decimals)
    if kind(checked(x, "around")) == "b":
        return give(_same(x), out)
    return compute("_npi_around", (x,), {"decimals": decimals}, out)


round = round_ = around


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None, **kwargs):
    """x with NaN and the infinities replaced: by `nan`, and by the largest numbers of the type
    unless others are given. Without `copy`, in x itself."""
    refuse_options("nan_to_num", kwargs, "copy, nan, posinf and neginf")
    if is_number(x):
        return onp.nan_to_num(x, copy=copy, nan=nan, posinf=posinf, neginf=neginf)
    options = {"nan": nan, "posinf": posinf, "neginf": neginf}
    return compute("_npi_nan_to_num", (x,), options, None if copy else x)


__all__ = [
    "abs", "absolute", "acos", "acosh", "arccos", "arccosh", "arcsin", "arcsinh", "arctan",
    "arctanh", "around", "asin", "asinh", "atan", "atanh", "bitwise_invert", "bitwise_not", "cbrt",
    "ceil", "cos", "cosh", "deg2rad", "degrees", "exp", "expm1", "fabs", "fix", "floor", "invert",
    "isfinite", "isinf", "isnan", "isneginf", "isposinf", "log", "log10", "log1p", "log2",
    "logical_not", "nan_to_num", "negative", "positive", "rad2deg", "radians", "reciprocal", "rint",
    "round", "round_", "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh", "trunc",
]
