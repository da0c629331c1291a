"""Functions of two operands of mx.nd, either of which may be a number."""
import numbers

from .. import _core
from . import _internal, op


def _binary(both, right, left, python=None):
    """A function of two operands, either of which may be a number."""
    both_op, right_op, left_op = (getattr(_internal if name.startswith("_") else op, name)
                                  for name in (both, right, left))

    def function(lhs, rhs):
        first, second = isinstance(lhs, _core.Array), isinstance(rhs, _core.Array)
        if first and second:
            return both_op(lhs, rhs)
        if first and isinstance(rhs, numbers.Number):
            return right_op(lhs, scalar=float(rhs))
        if second and isinstance(lhs, numbers.Number):
            return left_op(rhs, scalar=float(lhs))
        if python is not None and isinstance(lhs, numbers.Number) and isinstance(rhs, numbers.Number):
            return python(lhs, rhs)
        raise TypeError(f"type {type(lhs)} and {type(rhs)} not supported: expected arrays or numbers")

    return function


def _named(name, doc, function):
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc + " Shapes broadcast."
    return function


add = _named("add", "lhs + rhs.", _binary(
    "broadcast_add", "_plus_scalar", "_plus_scalar", lambda a, b: a + b))
subtract = _named("subtract", "lhs - rhs.", _binary(
    "broadcast_sub", "_minus_scalar", "_rminus_scalar", lambda a, b: a - b))
multiply = _named("multiply", "lhs * rhs.", _binary(
    "broadcast_mul", "_mul_scalar", "_mul_scalar", lambda a, b: a * b))
divide = _named("divide", "lhs / rhs.", _binary(
    "broadcast_div", "_div_scalar", "_rdiv_scalar", lambda a, b: a / b))
true_divide = divide
modulo = _named("modulo", "lhs % rhs, with the sign of rhs.", _binary(
    "broadcast_mod", "_mod_scalar", "_rmod_scalar", lambda a, b: a % b))
_power = _binary("broadcast_power", "_power_scalar", "_rpower_scalar", lambda a, b: a ** b)


def power(base, exp):
    """`base` to the power of `exp`. Shapes broadcast."""
    return _power(base, exp)


maximum = _named("maximum", "The larger of both.", _binary(
    "broadcast_maximum", "_maximum_scalar", "_maximum_scalar", max))
minimum = _named("minimum", "The smaller of both.", _binary(
    "broadcast_minimum", "_minimum_scalar", "_minimum_scalar", min))
equal = _named("equal", "1 where lhs == rhs, else 0.", _binary(
    "broadcast_equal", "_equal_scalar", "_equal_scalar", lambda a, b: 1 if a == b else 0))
not_equal = _named("not_equal", "1 where lhs != rhs, else 0.", _binary(
    "broadcast_not_equal", "_not_equal_scalar", "_not_equal_scalar", lambda a, b: 1 if a != b else 0))
greater = _named("greater", "1 where lhs > rhs, else 0.", _binary(
    "broadcast_greater", "_greater_scalar", "_lesser_scalar", lambda a, b: 1 if a > b else 0))
greater_equal = _named("greater_equal", "1 where lhs >= rhs, else 0.", _binary(
    "broadcast_greater_equal", "_greater_equal_scalar", "_lesser_equal_scalar",
    lambda a, b: 1 if a >= b else 0))
lesser = _named("lesser", "1 where lhs < rhs, else 0.", _binary(
    "broadcast_lesser", "_lesser_scalar", "_greater_scalar", lambda a, b: 1 if a < b else 0))
lesser_equal = _named("lesser_equal", "1 where lhs <= rhs, else 0.", _binary(
    "broadcast_lesser_equal", "_lesser_equal_scalar", "_greater_equal_scalar",
    lambda a, b: 1 if a <= b else 0))
logical_and = _named("logical_and", "1 where both are not 0, else 0.", _binary(
    "broadcast_logical_and", "_logical_and_scalar", "_logical_and_scalar",
    lambda a, b: 1 if a and b else 0))
logical_or = _named("logical_or", "1 where one of both is not 0, else 0.", _binary(
    "broadcast_logical_or", "_logical_or_scalar", "_logical_or_scalar",
    lambda a, b: 1 if a or b else 0))
logical_xor = _named("logical_xor", "1 where just one of both is not 0, else 0.", _binary(
    "broadcast_logical_xor", "_logical_xor_scalar", "_logical_xor_scalar",
    lambda a, b: 1 if bool(a) ^ bool(b) else 0))
