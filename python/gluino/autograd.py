"""Records what is computed, and computes gradients.

    x.attach_grad()
    with autograd.record():
        y = (x * x).sum()
    y.backward()          # x.grad is 2 x
"""
from . import _core
from ._core import is_recording, is_training
from .base import MXNetError, _as_list
# Found here, too, as in MXNet.
from .base import MXCallbackList, c_array, c_array_buf, c_handle_array, check_call  # noqa: F401

__all__ = ["record", "pause", "train_mode", "predict_mode", "is_recording", "is_training",
           "set_recording", "set_training", "mark_variables", "backward", "grad", "get_symbol",
           "Function"]


class _Scope:
    """What operators do in a with-statement, or, as a decorator, in a function's calls."""

    def __init__(self, recording, training):
        self._told = [None if told is None else bool(told) for told in (recording, training)]
        self._open = []

    def __enter__(self):
        scope = _core.ModeScope(*self._told)
        scope.__enter__()
        self._open.append(scope)

    def __exit__(self, *error):
        self._open.pop().__exit__(*error)

    def __call__(self, function):
        def wrapped(*args, **kwargs):
            with _Scope(*self._told):
                return function(*args, **kwargs)
        return wrapped


def set_recording(is_recording):
    """Whether operators are recorded from now on; returns whether they were."""
    return _core.set_recording(bool(is_recording))


def set_training(train_mode):
    """Whether layers behave as in training from now on; returns whether they did."""
    return _core.set_training(bool(train_mode))


def record(train_mode=True):
    """Records what is computed in a with-statement; layers behave as in training."""
    return _Scope(True, train_mode)


def pause(train_mode=False):
    """Records nothing in a with-statement."""
    return _Scope(False, train_mode)


def train_mode():
    """Layers behave as in training, whether or not they are recorded."""
    return _Scope(None, True)


def predict_mode():
    """Layers behave as in prediction, whether or not they are recorded."""
    return _Scope(None, False)


def mark_variables(variables, gradients, grad_reqs="write"):
    """Has backward write the gradients of `variables` into the arrays `gradients`."""
    variables, gradients = _as_list(variables), _as_list(gradients)
    if isinstance(grad_reqs, str):
        grad_reqs = [grad_reqs] * len(variables)
    _core.mark_variables(list(variables), list(gradients), list(grad_reqs))


def _head_arguments(heads, head_grads):
    heads = list(_as_list(heads))
    if head_grads is None:
        return heads, []
    head_grads = list(_as_list(head_grads))
    if len(heads) != len(head_grads):
        raise AssertionError(f"expected a head gradient per head, got {len(heads)} heads and "
                             f"{len(head_grads)} head gradients")
    return heads, head_grads


def backward(heads, head_grads=None, retain_graph=False, train_mode=True):
    """Computes the gradients of `heads`, weighted by `head_grads` (ones where None), and puts them
    where attach_grad made room. `train_mode` is what was recorded, whatever it says here."""
    _core.backward(*_head_arguments(heads, head_grads), bool(retain_graph))


def grad(heads, variables, head_grads=None, retain_graph=None, create_graph=False, train_mode=True):
    """The gradients of `heads` with respect to `variables`, a list of new arrays. With `create_graph`
    they are recorded, so that they have gradients."""
    heads, head_grads = _head_arguments(heads, head_grads)
    variables = list(_as_list(variables))
    if not variables:
        raise AssertionError("grad: there are no variables")
    retain_graph = None if retain_graph is None else bool(retain_graph)
    return _core.grad(heads, variables, head_grads, retain_graph, bool(create_graph))


def get_symbol(x):
    """The graph that an array was computed by while it was recorded, before backward lets go of it.
    Arrays with attach_grad are its variables; so are those that no gradient goes to."""
    return _core.get_symbol(x)


class Function:
    """A function with a gradient of the user's. Derive from it and write `forward` and `backward`,
    which take and give arrays; nothing inside of them is recorded.

        class Sigmoid(autograd.Function):
            def forward(self, x):
                y = 1 / (1 + nd.exp(-x))
                self.save_for_backward(y)
                return y
            def backward(self, dy):
                y, = self.saved_tensors
                return dy * y * (1 - y)
    """

    def __init__(self):
        self._used = False
        self.saved_tensors = ()

    def save_for_backward(self, *args):
        """Keeps arrays that backward will need."""
        self.saved_tensors = args

    def __call__(self, *inputs):
        if self._used:
            raise AssertionError(f"this {type(self).__name__} has been called already; "
                                 "make one for each call")
        self._used = True
        with pause(train_mode=is_training()):
            outputs = self.forward(*inputs)
        if not is_recording():
            return outputs
        for what, arrays in (("an input", inputs), ("what forward gave", _as_list(outputs))):
            for each in arrays:
                if not isinstance(each, _core.Array):
                    raise TypeError(f"{type(self).__name__}: {what}: expected an array, got {each!r}")
        recorded = _core.apply_function(self._gradients, list(inputs), list(_as_list(outputs)))
        return type(outputs)(recorded) if isinstance(outputs, (list, tuple)) else recorded[0]

    def _gradients(self, *output_grads):
        return _as_list(self.backward(*output_grads))

    def forward(self, *inputs):
        """The outputs for the inputs: an array or several."""
        raise NotImplementedError("autograd.Function: write forward")

    def backward(self, *output_grads):
        """The gradients of the inputs, in their order, for those of the outputs."""
        raise NotImplementedError("autograd.Function: write backward")


def __getattr__(name):
    # Found here, too, as in MXNet; both need this module themselves.
    if name in ("NDArray", "Symbol"):
        from . import ndarray, symbol
        return ndarray.NDArray if name == "NDArray" else symbol.Symbol
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
