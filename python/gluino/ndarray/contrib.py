"""Loops, branches and the operators of mx.nd.contrib."""
import math

from .. import _core
from .._nested import flatten, regroup
from ._adamw import (adamw_update, mp_adamw_update, multi_adamw_update,  # noqa: F401
                     multi_mp_adamw_update)
from ..context import current_context  # noqa: F401
from ._lamb import multi_lamb_update, multi_mp_lamb_update  # noqa: F401
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
    flat_data, data_form = flatten(data, NDArray, "foreach: data")
    flat_states, state_form = flatten(init_states, NDArray, "foreach: init_states")
    forms = {}

    def step(slices, states):
        outputs, new_states = body(regroup(slices, data_form), regroup(states, state_form))
        flat_outputs, forms["outputs"] = flatten(outputs, NDArray, "foreach: outputs of body")
        flat_new, _ = flatten(new_states, NDArray, "foreach: states of body")
        return flat_outputs, flat_new

    outputs, states = _core.nd_foreach(step, flat_data, flat_states)
    return regroup(outputs, forms["outputs"]), regroup(states, state_form)


def while_loop(cond, func, loop_vars, max_iterations=None):
    """Runs `func(*loop_vars)`, which gives (outputs, new loop variables), as long as
    `cond(*loop_vars)` is not 0, at most `max_iterations` times. Gives (outputs stacked and filled
    up with zeros to max_iterations, last loop variables)."""
    if max_iterations is None:
        raise ValueError("while_loop: max_iterations: expected a number")
    flat_vars, form = flatten(loop_vars, NDArray, "while_loop: loop_vars")
    if not flat_vars:
        raise ValueError("while_loop: loop_vars: expected at least one")
    forms = {}

    def arguments(variables):
        grouped = regroup(variables, form)
        return grouped if isinstance(grouped, (list, tuple)) else [grouped]

    def step(variables):
        outputs, new_vars = func(*arguments(variables))
        flat_outputs, forms["outputs"] = flatten(
            [] if outputs is None else outputs, NDArray, "while_loop: outputs of func")
        flat_new, _ = flatten(new_vars, NDArray, "while_loop: variables of func")
        return flat_outputs, flat_new

    def test(variables):
        return _as_array(cond(*arguments(variables)))

    outputs, variables = _core.nd_while_loop(test, step, flat_vars, int(max_iterations))
    return regroup(outputs, forms.get("outputs", [])), regroup(variables, form)


def cond(pred, then_func, else_func):
    """What `then_func()` gives if `pred` is not 0, else what `else_func()` gives."""
    forms = {}

    def branch(function):
        def run():
            flat, forms["outputs"] = flatten(function(), NDArray, "cond: outputs of a branch")
            return flat
        return run

    outputs = _core.nd_cond(_as_array(pred), branch(then_func), branch(else_func))
    return regroup(outputs, forms["outputs"])


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
