"""The older form of mx.autograd: `mx.contrib.autograd`."""
import functools

from .. import autograd as _autograd
from ..autograd import backward as _backward
from ..autograd import mark_variables
from ..ndarray import NDArray, zeros_like
# Found here, too, as in MXNet.
from ..base import c_array, c_array_buf, c_handle_array, check_call  # noqa: F401

__all__ = ["set_is_training", "TrainingStateScope", "train_section", "test_section",
           "mark_variables", "backward", "compute_gradient", "grad_and_loss", "grad"]


def set_is_training(is_train):
    """Records, in training mode, from now on, or not. Gives what was before."""
    before = _autograd.set_recording(is_train)
    _autograd.set_training(is_train)
    return before


class TrainingStateScope:
    """set_is_training in a with-statement."""

    def __init__(self, enter_state):
        self._state = enter_state
        self._before = None

    def __enter__(self):
        self._before = set_is_training(self._state)

    def __exit__(self, *error):
        set_is_training(self._before)


def train_section():
    """Records what is computed in a with-statement."""
    return TrainingStateScope(True)


def test_section():
    """Records nothing in a with-statement."""
    return TrainingStateScope(False)


def backward(outputs, out_grads=None, retain_graph=False):
    """See mx.autograd.backward."""
    _backward([outputs] if isinstance(outputs, NDArray) else outputs, out_grads, retain_graph)


def compute_gradient(outputs):
    """The older name of backward."""
    backward(outputs)


def grad_and_loss(func, argnum=None):
    """A function that gives (gradients of func with respect to its arguments, what func gives)."""

    @functools.wraps(func)
    def wrapped(*args):
        numbers = range(len(args)) if argnum is None else (
            argnum if isinstance(argnum, list) else [argnum])
        variables = [args[i] for i in numbers]
        for variable in variables:
            if not isinstance(variable, NDArray):
                raise AssertionError(f"expected NDArrays as arguments, got {type(variable)}")
        gradients = [zeros_like(variable) for variable in variables]
        mark_variables(variables, gradients)
        with train_section():
            outputs = func(*args)
        compute_gradient([outputs] if isinstance(outputs, NDArray) else outputs)
        return gradients, outputs

    return wrapped


def grad(func, argnum=None):
    """A function that gives the gradients of func with respect to its arguments."""

    @functools.wraps(func)
    def wrapped(*args):
        return grad_and_loss(func, argnum)(*args)[0]

    return wrapped
