"""Functions of each element of one array."""
import numpy as onp

from ..util import wrap_np_unary_func
from ._call import (call, cast, checked, filled, give, is_np, is_number, is_old, is_real, kind,
                    real)


def _numpys(name):
    """NumPy's function of that name, for numbers without an array."""
    return getattr(onp, {"fix": "trunc"}.get(name, name))


def _unary(name, op, doc, whole=None):
    """A function of one array. Whole numbers become float32 first, unless `whole`, a function or an
    operator's name, says what happens to them."""

    def function(x, out=None):
        if not is_np(x):
            if is_number(x):
                return _numpys(name)(x)
            if is_old(x):  # 2.0's programs, in which all arrays are np's, say np.tanh(x).
                return function(x.as_np_ndarray(), out).as_nd_ndarray()
            checked(x, name)
        if whole is None:
            x = real(x)
        elif not is_real(x) and whole is not op:
            return give(whole(x), out)
        if out is None:
            return call(op, x)
        return give(call(op, x), out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{doc}\n\nOf a number too, as NumPy's. Whole numbers " + (
        "are computed in float32." if whole is None else "stay whole.")
    return wrap_np_unary_func(function)


def _same(x):
    return call("_copy", x)


def _whole_sign(x):
    return cast(call("sign", cast(x, onp.float64)), x.dtype)


def _whole_absolute(x):
    return _same(x) if kind(x) in "bu" else call("abs", x)


def _whole_negative(x):
    if kind(x) == "b":
        raise TypeError("mx.np.negative: bool has no negative; use logical_not()")
    return call("_mul_scalar", x, scalar=-1)


def _whole_square(x):
    return _same(x) if kind(x) == "b" else call("broadcast_mul", x, x)


sqrt = _unary("sqrt", "sqrt", "The square root; NaN below 0.")
cbrt = _unary("cbrt", "cbrt", "The cube root.")
exp = _unary("exp", "exp", "e to the power x.")
expm1 = _unary("expm1", "expm1", "exp(x) - 1, exact near 0.")
log = _unary("log", "log", "The natural logarithm; -inf at 0, NaN below.")
log2 = _unary("log2", "log2", "The logarithm to base 2.")
log10 = _unary("log10", "log10", "The logarithm to base 10.")
log1p = _unary("log1p", "log1p", "log(1 + x), exact near 0.")
sin = _unary("sin", "sin", "The sine.")
cos = _unary("cos", "cos", "The cosine.")
tan = _unary("tan", "tan", "The tangent.")
sinh = _unary("sinh", "sinh", "The hyperbolic sine.")
cosh = _unary("cosh", "cosh", "The hyperbolic cosine.")
tanh = _unary("tanh", "tanh", "The hyperbolic tangent.")
arcsin = _unary("arcsin", "arcsin", "The angle whose sine is x.")
arccos = _unary("arccos", "arccos", "The angle whose cosine is x.")
arctan = _unary("arctan", "arctan", "The angle whose tangent is x.")
arcsinh = _unary("arcsinh", "arcsinh", "The inverse of sinh.")
arccosh = _unary("arccosh", "arccosh", "The inverse of cosh.")
arctanh = _unary("arctanh", "arctanh", "The inverse of tanh.")
degrees = _unary("degrees", "degrees", "Radians as degrees.")
radians = _unary("radians", "radians", "Degrees as radians.")
reciprocal = _unary("reciprocal", "reciprocal", "1 / x.")
floor = _unary("floor", "floor", "The next whole number below.", _same)
ceil = _unary("ceil", "ceil", "The next whole number above.", _same)
trunc = _unary("trunc", "trunc", "The whole part, towards 0.", _same)
fix = _unary("fix", "fix", "The whole part, towards 0.", _same)
rint = _unary("rint", "rint", "The nearest whole number.", _same)
sign = _unary("sign", "sign", "-1, 0 or 1.", _whole_sign)
absolute = _unary("absolute", "abs", "The distance from 0.", _whole_absolute)
fabs = _unary("fabs", "abs", "The distance from 0.", _whole_absolute)
negative = _unary("negative", "negative", "-x.", _whole_negative)
square = _unary("square", "square", "x * x.", _whole_square)
positive = _unary("positive", "_copy", "x itself, a copy.", _same)
abs = absolute  # pylint: disable=redefined-builtin
rad2deg, deg2rad = degrees, radians
acos, acosh, asin, asinh = arccos, arccosh, arcsin, arcsinh
atan, atanh = arctan, arctanh


def _truth(name, of_number, compute, doc):
    """A function of one array whose results are bool."""

    def function(x, out=None):
        if not is_np(x) and is_number(x):
            return of_number(x)
        return give(compute(checked(x, name)), out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return wrap_np_unary_func(function)


def _compared(op, x, value):
    return cast(call(op, x, scalar=value), onp.bool_)


def _never(x):
    return filled(x.shape, 0, onp.bool_, x.ctx)


def _is_infinite(x):
    return _compared("_equal_scalar", call("abs", x), onp.inf) if is_real(x) else _never(x)


def _is_finite(x):
    if not is_real(x):
        return filled(x.shape, 1, onp.bool_, x.ctx)
    return _compared("_lesser_scalar", call("abs", x), onp.inf)


def _is_nan(x):
    return cast(call("broadcast_not_equal", x, x), onp.bool_) if is_real(x) else _never(x)


def _is_at(value):
    return lambda x: _compared("_equal_scalar", x, value) if is_real(x) else _never(x)


def _not(x):
    return _compared("_equal_scalar", x, 0)


isnan = _truth("isnan", onp.isnan, _is_nan, "True where x is no number.")
isinf = _truth("isinf", onp.isinf, _is_infinite, "True where x is infinite.")
isfinite = _truth("isfinite", onp.isfinite, _is_finite, "True where x is a finite number.")
isposinf = _truth("isposinf", onp.isposinf, _is_at(onp.inf), "True where x is +inf.")
isneginf = _truth("isneginf", onp.isneginf, _is_at(-onp.inf), "True where x is -inf.")
logical_not = _truth("logical_not", onp.logical_not, _not, "True where x is 0.")


@wrap_np_unary_func
def invert(x, out=None):
    """The other bits of whole numbers; of bool, the other truth. TypeError for real numbers."""
    if is_number(x):
        return onp.invert(x)
    checked(x, "invert")
    if is_real(x):
        raise TypeError(f"mx.np.invert: expected bool or whole numbers, got {x.dtype}")
    if kind(x) == "b":
        return give(_not(x), out)
    # -x - 1, which wraps around as the bits do.
    return give(call("_rminus_scalar", x, scalar=-1), out)


bitwise_not = bitwise_invert = invert


def _rounded(x, decimals):
    """To the nearest even neighbour where two are as near, as NumPy's."""
    if not is_real(x) and decimals >= 0:
        return _same(x)
    x = real(x)
    factor = 10.0 ** decimals
    scaled = call("_mul_scalar", x, scalar=factor) if decimals else x
    below = call("floor", scaled)
    part = call("broadcast_sub", scaled, below)
    odd = call("_mod_scalar", below, scalar=2)
    # Up where the rest is over a half, and at a half if the number below is odd.
    over = call("_greater_scalar", part, scalar=0.5)
    tie = call("broadcast_mul", call("_equal_scalar", part, scalar=0.5), odd)
    nearest = call("broadcast_add", below, call("broadcast_add", over, tie))
    nearest = call("where", isfinite(scaled), nearest, scaled)
    return call("_div_scalar", nearest, scalar=factor) if decimals else nearest


def around(x, decimals=0, out=None, **kwargs):
    """Rounded to so many places after the point; halves go to the even neighbour."""
    if is_number(x):
        return onp.around(x, decimals)
    return give(_rounded(checked(x, "around"), decimals), out)


round = round_ = around  # pylint: disable=redefined-builtin


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None, **kwargs):
    """x with NaN and the infinities replaced: by `nan`, and by the largest numbers of the type
    unless others are given. Without `copy`, in x itself."""
    if is_number(x):
        return onp.nan_to_num(x, copy=copy, nan=nan, posinf=posinf, neginf=neginf)
    checked(x, "nan_to_num")
    result = x
    if is_real(x):
        ends = onp.finfo(x.dtype)
        for found, value in ((isnan(x), nan),
                             (isposinf(x), ends.max if posinf is None else posinf),
                             (isneginf(x), ends.min if neginf is None else neginf)):
            result = call("where", found, filled(x.shape, value, x.dtype, x.ctx), result)
    if copy:
        return result if result is not x else _same(x)
    return call("_copy", result, out=x)


__all__ = [
    "abs", "absolute", "acos", "acosh", "arccos", "arccosh", "arcsin", "arcsinh", "arctan",
    "arctanh", "around", "asin", "asinh", "atan", "atanh", "bitwise_invert", "bitwise_not", "cbrt",
    "ceil", "cos", "cosh", "deg2rad", "degrees", "exp", "expm1", "fabs", "fix", "floor", "invert",
    "isfinite", "isinf", "isnan", "isneginf", "isposinf", "log", "log10", "log1p", "log2",
    "logical_not", "nan_to_num", "negative", "positive", "rad2deg", "radians", "reciprocal", "rint",
    "round", "round_", "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh", "trunc",
]
