"""Loops, branches and the operators of mx.nd.contrib."""
import functools
import math

from .. import _core, _nested
from ._adamw import (adabelief_update, adamw_update, mp_adabelief_update,  # noqa: F401
                     mp_adamw_update, multi_adabelief_update, multi_adamw_update,
                     multi_mp_adabelief_update, multi_mp_adamw_update)
from ..context import current_context  # noqa: F401
from ._lamb import (multi_lamb_update, multi_lans_update, multi_mp_lamb_update,  # noqa: F401
                    multi_mp_lans_update)
from .ndarray import NDArray
from .random import uniform
from . import register as _register

globals().update(_register.operators_of("contrib"))


def rand_zipfian(true_classes, num_sampled, range_max, ctx=None):
    """Draws classes from 0 to range_max - 1, the chance of k being log((k + 2) / (k + 1)) /
    log(range_max + 1), as of words ordered by how often they come.

    Gives (the classes, int64 (num_sampled,), how often each of `true_classes` is to be expected
    among them, how often each that was drawn, both float64).
    """
    log_range = math.log(range_max + 1)
    drawn = uniform(0, log_range, shape=(num_sampled,), dtype="float64", ctx=ctx)
    classes = (drawn.exp() - 1).astype("int64") % range_max

    def expected(of):
        of = of.astype("float64")
        return ((of + 2) / (of + 1)).log() / log_range * num_sampled

    return classes, expected(true_classes), expected(classes)


def foreach(body, data, init_states):
    """Runs `body(slice, states)` on each slice of the data along axis 0, with the states that the
    step before gave. Gives (outputs stacked along a new axis 0, last states).

    `data`, states and outputs may be arrays or nested lists of arrays.
    """
    return _nested.foreach(_core.nd_foreach, _flat, body, data, init_states)


def while_loop(cond, func, loop_vars, max_iterations=None):
    """Runs `func(*loop_vars)`, which gives (outputs, new loop variables), as long as
    `cond(*loop_vars)` is not 0, at most `max_iterations` times. Gives (outputs stacked and filled
    up with zeros to max_iterations, last loop variables)."""
    def run(test, *rest):
        return _core.nd_while_loop(lambda variables: _as_array(test(variables)), *rest)

    return _nested.while_loop(run, _flat, cond, func, loop_vars, max_iterations)


def cond(pred, then_func, else_func):
    """What `then_func()` gives if `pred` is not 0, else what `else_func()` gives."""
    return _nested.cond(functools.partial(_core.nd_cond, _as_array(pred)), _flat, then_func,
                        else_func)


def _flat(values, what):
    return _nested.flatten(values, NDArray, what)


def _as_array(value):
    if isinstance(value, NDArray):
        return value
    from .ndarray import array
    return array([float(value)])


def isfinite(data):
    """1 where an element is finite, else 0."""
    return (data == data) * (data.abs() != float("inf"))


def isinf(data):
    """1 where an element is infinite, else 0."""
    return data.abs() == float("inf")


def isnan(data):
    """1 where an element is no number, else 0."""
    return data != data


__getattr__ = _register.missing_operator("mx.nd.contrib")
