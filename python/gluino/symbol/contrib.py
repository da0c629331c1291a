"""Loops and branches as nodes, and the operators of mx.sym.contrib."""
import math

from .. import _core
from .._nested import flatten, regroup
from .register import missing_operator, operators_of
from ..attribute import AttrScope  # noqa: F401
from .random import uniform
from .symbol import Group, Symbol, full
# Found here, too, as in MXNet.
from ..base import check_call  # noqa: F401

globals().update(operators_of("contrib"))
_internal = operators_of("_internal")


def rand_zipfian(true_classes, num_sampled, range_max):
    """Draws classes from 0 to range_max - 1, the chance of k being log((k + 2) / (k + 1)) /
    log(range_max + 1); see nd.contrib.rand_zipfian. Gives three symbols."""
    log_range = math.log(range_max + 1)
    drawn = uniform(0, log_range, shape=(num_sampled,), dtype="float64")
    classes = (drawn.exp() - 1).astype("int64") % range_max

    def expected(of):
        of = of.astype("float64")
        return ((of + 2) / (of + 1)).log() / log_range * num_sampled

    return classes, expected(true_classes), expected(classes)


def adamw_update(weight, grad, mean, var, rescale_grad, lr, eta, name=None, **options):
    """A step of AdamW as a node; see nd.contrib.adamw_update. `rescale_grad` is a symbol of one
    number, or a number."""
    return _adamw("_adamw_update", (weight, grad, mean, var), rescale_grad,
                  {"lr": lr, "eta": eta, "name": name, **options})


def mp_adamw_update(weight, grad, mean, var, weight32, rescale_grad, lr, eta, name=None, **options):
    """The same of `weight32`, a float32 copy of a weight of half precision, which gets its
    values."""
    return _adamw("_mp_adamw_update", (weight, grad, mean, var, weight32), rescale_grad,
                  {"lr": lr, "eta": eta, "name": name, **options})


def _adamw(name, inputs, rescale_grad, options):
    if not isinstance(rescale_grad, Symbol):
        rescale_grad = full((1,), float(rescale_grad))
    return _internal[name](*inputs, rescale_grad, **options)


def _flat(values, what):
    """A symbol of several outputs counts as a list of them."""
    if isinstance(values, Symbol) and len(values) > 1:
        values = list(values)
    return flatten(values, Symbol, what)


def foreach(body, data, init_states, name="foreach"):
    """A node that runs `body(slice, states)` on each slice of the data along axis 0. `body` is called
    once, on symbols. Gives (outputs stacked along a new axis 0, last states)."""
    flat_data, data_form = _flat(data, "foreach: data")
    flat_states, state_form = _flat(init_states, "foreach: init_states")
    forms = {}

    def step(slices, states):
        outputs, new_states = body(regroup(slices, data_form), regroup(states, state_form))
        flat_outputs, forms["outputs"] = _flat(outputs, "foreach: outputs of body")
        flat_new, _ = _flat(new_states, "foreach: states of body")
        return flat_outputs, flat_new

    outputs, states = _core.sym_foreach(step, flat_data, flat_states, _named(name))
    return regroup(outputs, forms["outputs"]), regroup(states, state_form)


def while_loop(cond, func, loop_vars, max_iterations=None, name="while_loop"):
    """A node that runs `func(*loop_vars)` as long as `cond(*loop_vars)` is not 0, at most
    `max_iterations` times. Gives (outputs stacked to max_iterations rows, last loop variables)."""
    if max_iterations is None:
        raise ValueError("while_loop: max_iterations: expected a number")
    flat_vars, form = _flat(loop_vars, "while_loop: loop_vars")
    if not flat_vars:
        raise ValueError("while_loop: loop_vars: expected at least one")
    forms = {}

    def arguments(variables):
        grouped = regroup(variables, form)
        return grouped if isinstance(grouped, (list, tuple)) else [grouped]

    def step(variables):
        outputs, new_vars = func(*arguments(variables))
        flat_outputs, forms["outputs"] = _flat([] if outputs is None else outputs,
                                               "while_loop: outputs of func")
        flat_new, _ = _flat(new_vars, "while_loop: variables of func")
        return flat_outputs, flat_new

    outputs, variables = _core.sym_while_loop(lambda v: cond(*arguments(v)), step, flat_vars,
                                              int(max_iterations), _named(name))
    return regroup(outputs, forms.get("outputs", [])), regroup(variables, form)


def cond(pred, then_func, else_func, name="cond"):
    """A node that gives what `then_func()` does if `pred` is not 0, else what `else_func()` does."""
    forms = {}

    def branch(function):
        def run():
            flat, forms["outputs"] = _flat(function(), "cond: outputs of a branch")
            return flat
        return run

    outputs = _core.sym_cond(pred, branch(then_func), branch(else_func), _named(name))
    return regroup(outputs, forms["outputs"])


def _named(name):
    return _core.default_name(None, name)


Group = Group
__getattr__ = missing_operator("mx.sym.contrib")
