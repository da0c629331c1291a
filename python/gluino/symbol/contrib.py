"""Loops and branches as nodes, and the operators of mx.sym.contrib."""
import functools
import math

from .. import _core, _nested
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
    return _nested.flatten(values, Symbol, what)


def foreach(body, data, init_states, name="foreach"):
    """A node that runs `body(slice, states)` on each slice of the data along axis 0. `body` is called
    once, on symbols. Gives (outputs stacked along a new axis 0, last states)."""
    return _nested.foreach(_as_node(_core.sym_foreach, name), _flat, body, data, init_states)


def while_loop(cond, func, loop_vars, max_iterations=None, name="while_loop"):
    """A node that runs `func(*loop_vars)` as long as `cond(*loop_vars)` is not 0, at most
    `max_iterations` times. Gives (outputs stacked to max_iterations rows, last loop variables)."""
    run = _as_node(_core.sym_while_loop, name)
    return _nested.while_loop(run, _flat, cond, func, loop_vars, max_iterations)


def cond(pred, then_func, else_func, name="cond"):
    """A node that gives what `then_func()` does if `pred` is not 0, else what `else_func()` does."""
    run = functools.partial(_as_node(_core.sym_cond, name), pred)
    return _nested.cond(run, _flat, then_func, else_func)


def _as_node(run, name):
    return lambda *arguments: run(*arguments, _core.default_name(None, name))


Group = Group
__getattr__ = missing_operator("mx.sym.contrib")
