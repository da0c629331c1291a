"""Functions of two arrays, or an array and a number, that are broadcast together."""
import numpy as onp

from ..util import wrap_np_binary_func
from ._call import (ArgumentError, call, cast, checked, default_float, filled, give, is_np,
                    is_number, is_real, kind, promoted, real, scalar_like)
from ._table import BINARY


def _beyond(value, array):
    """Whether it is a whole number that the array's type, one of whole numbers, cannot hold."""
    if is_real(array) or kind(array) == "b" or not isinstance(value, (int, onp.integer)):
        return False
    range_ = onp.iinfo(array.dtype)
    return not range_.min <= value <= range_.max


def _refused(value, array, name):
    if _beyond(value, array):
        raise ArgumentError(f"mx.np.{name}: {value} does not fit {onp.dtype(array.dtype)}, the "
                            "type of the array; convert it with astype")
    return value


def _refused_if_chosen(value, array, name):
    """What maximum and minimum do with it: where it is never chosen, the nearest one serves."""
    chosen = value > 0 if name in ("maximum", "fmax") else value < 0
    return _refused(value, array, name) if chosen else value


def _wrapped(value, array, name):  # pylint: disable=unused-argument
    """The number modulo the size of the array's type, as sums with it are."""
    if not _beyond(value, array):
        return value
    info = onp.iinfo(array.dtype)
    return (int(value) - int(info.min)) % (1 << info.bits) + int(info.min)


def _operands(x1, x2, name, in_real=False, fitted=None):
    """Two arrays of one type of a pair of which at least one is an array. What becomes of a number
    beyond the array's type is said by `fitted`; without, it is the nearest one in it."""
    for x in (x1, x2):
        if not is_np(x) and not is_number(x):
            checked(x, name)
    if in_real and not (is_np(x1) and is_np(x2)):  # Before it takes too small a type.
        x1, x2 = (real(x) if is_np(x) else x for x in (x1, x2))
    elif fitted and not is_np(x1):
        x1 = fitted(x1, x2, name)
    elif fitted and not is_np(x2):
        x2 = fitted(x2, x1, name)
    if not is_np(x1):
        x1 = scalar_like(x1, x2)
    elif not is_np(x2):
        x2 = scalar_like(x2, x1)
    x1, x2 = promoted(x1, x2)
    return (real(x1), real(x2)) if in_real else (x1, x2)


def _binary(name, compute, doc, numpys=None):
    """A function of two arrays, or an array and a number. `compute` gets at least one array."""

    def function(x1, x2, out=None):
        if not (is_np(x1) or is_np(x2)) and is_number(x1) and is_number(x2):
            return getattr(onp, numpys or name)(x1, x2)
        return give(compute(x1, x2), out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (f"{doc}\n\nThe arrays are broadcast together and brought to one type; a "
                        "number takes that of the array.")
    return wrap_np_binary_func(function)


def _operator(name, symbol, doc):
    """One that Python has an operator for, which the array's own slots compute."""

    def compute(x1, x2):
        for x in (x1, x2):
            if not is_np(x) and not is_number(x):
                checked(x, name)
        # A number of NumPy's on the left would ask NumPy first, and that us again.
        return symbol(x1.item() if isinstance(x1, onp.generic) else x1, x2)

    return _binary(name, compute, doc)


def _of_op(name, op, doc, in_real=False):
    def compute(x1, x2):
        if not in_real and name in ("maximum", "minimum"):
            return _extreme(op, x1, x2, name)
        return call("broadcast_" + op, *_operands(x1, x2, name, in_real))

    return _binary(name, compute, doc)


def _extreme(op, x1, x2, name):
    if not is_np(x1):  # The gradient of a tie goes to the array.
        x1, x2 = x2, x1
    a, b = _operands(x1, x2, name, fitted=_refused_if_chosen)
    if kind(a) == "b":
        return call("_npi_logical_or" if op == "maximum" else "_npi_logical_and", a, b)
    return call("broadcast_" + op, a, b)


add = _operator("add", lambda a, b: a + b, "a + b.")
subtract = _operator("subtract", lambda a, b: a - b, "a - b.")
multiply = _operator("multiply", lambda a, b: a * b, "a * b.")
divide = _operator("divide", lambda a, b: a / b, "a / b, of whole numbers too a real number.")
true_divide = _operator("true_divide", lambda a, b: a / b, "a / b; the same as divide.")
mod = _operator("mod", lambda a, b: a % b, "The rest of a / b, signed as b.")
remainder = _operator("remainder", lambda a, b: a % b, "The rest of a / b, signed as b.")
power = _operator("power", lambda a, b: a ** b, "a to the power b.")
pow = power  # pylint: disable=redefined-builtin
equal = _operator("equal", lambda a, b: a == b, "True where a == b.")
not_equal = _operator("not_equal", lambda a, b: a != b, "True where a != b.")
less = _operator("less", lambda a, b: a < b, "True where a < b.")
less_equal = _operator("less_equal", lambda a, b: a <= b, "True where a <= b.")
greater = _operator("greater", lambda a, b: a > b, "True where a > b.")
greater_equal = _operator("greater_equal", lambda a, b: a >= b, "True where a >= b.")
maximum = _of_op("maximum", "maximum", "The larger one.")
minimum = _of_op("minimum", "minimum", "The smaller one.")
hypot = _of_op("hypot", "hypot", "sqrt(a**2 + b**2).", in_real=True)


def _number_in(value, name):
    """A number that stands for an array of one, or the array."""
    return filled((), value, default_float(), None) if is_number(value) else checked(value, name)


def _of_table(name, in_real=False, fitted=None, numpys=None):
    op, _, _, doc = BINARY[name]
    return _binary(name, lambda x1, x2: call(op, *_operands(x1, x2, name, in_real, fitted)), doc,
                   numpys)


def _logical(name):
    op, _, _, doc = BINARY[name]
    return _binary(name, lambda *operands: call(op, *(_number_in(x, name) for x in operands)), doc)


logical_and, logical_or, logical_xor = (
    _logical(name) for name in ("logical_and", "logical_or", "logical_xor"))
bitwise_and, bitwise_or, bitwise_xor = (
    _of_table(name, fitted=_wrapped) for name in ("bitwise_and", "bitwise_or", "bitwise_xor"))
bitwise_left_shift, bitwise_right_shift = (
    _of_table(f"bitwise_{name}", fitted=_refused, numpys=name)
    for name in ("left_shift", "right_shift"))
fmax, fmin = (_of_table(name, fitted=_refused_if_chosen) for name in ("fmax", "fmin"))
fmod, gcd, lcm = (_of_table(name, fitted=_refused) for name in ("fmod", "gcd", "lcm"))
ldexp, copysign, arctan2, logaddexp = (
    _of_table(name, in_real=True) for name in ("ldexp", "copysign", "arctan2", "logaddexp"))
atan2 = arctan2


def _floor_divided(x1, x2):
    a, b = _operands(x1, x2, "floor_divide", fitted=_refused)
    if kind(a) == "b":
        a, b = cast(a, onp.int8), cast(b, onp.int8)
    return call("_npi_floor_divide", a, b)


floor_divide = _binary("floor_divide", _floor_divided, "a / b cut off towards minus infinity.")


def where(condition, x=None, y=None):
    """Elements of x where the condition is not 0, else of y, all broadcast together. With the
    condition alone, the places where it is not 0, as nonzero() gives them."""
    if x is None and y is None:
        from .indexing import nonzero  # pylint: disable=import-outside-toplevel
        return nonzero(condition)
    if x is None or y is None:
        raise ArgumentError("mx.np.where: give both x and y, or neither")
    if not is_np(condition) and is_number(condition):
        condition = filled((), bool(condition), onp.bool_, getattr(x, "ctx", None))
    return call("_npi_where", checked(condition, "where"), *_choices(x, y, condition))


def _choices(x, y, condition):
    """x and y as arrays; a number in the type that it has beside the other one."""
    if is_np(x) and is_np(y):
        return x, y
    if is_np(x):
        return x, scalar_like(_refused(_number(y), x, "where"), x)
    if is_np(y):
        return scalar_like(_refused(_number(x), y, "where"), y), y
    truths = isinstance(x, bool) and isinstance(y, bool)
    dtype = onp.bool_ if truths else default_float()
    return [filled((), _number(v), dtype, condition.ctx) for v in (x, y)]


def _number(value):
    return value if is_number(value) else checked(value, "where")


def clip(a, a_min, a_max, out=None):
    """Each element brought into [a_min, a_max]; a bound may be None, or an array. Where a_min is
    above a_max all are a_max. ValueError where both are None."""
    if a_min is None and a_max is None:
        raise ArgumentError("mx.np.clip: a_min and a_max cannot both be None")
    if is_number(a):
        return onp.clip(a, a_min, a_max)
    checked(a, "clip")
    if is_number(a_min) and is_number(a_max) and kind(a) != "b":
        return give(call("clip", a, a_min=float(min(a_min, a_max)), a_max=float(a_max)), out)
    result = a if a_min is None else maximum(a, a_min)
    return give(result if a_max is None else minimum(result, a_max), out)


__all__ = [
    "add", "arctan2", "atan2", "bitwise_and", "bitwise_left_shift", "bitwise_or",
    "bitwise_right_shift", "bitwise_xor", "clip", "copysign", "divide", "equal", "floor_divide",
    "fmax", "fmin", "fmod", "gcd", "greater", "greater_equal", "hypot", "lcm", "ldexp", "less",
    "less_equal", "logaddexp", "logical_and", "logical_or", "logical_xor", "maximum", "minimum",
    "mod", "multiply", "not_equal", "pow", "power", "remainder", "subtract", "true_divide", "where",
]
