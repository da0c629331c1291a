"""Symbols that run: bound to arrays, `mx.executor.Executor`, or frozen with their parameters."""
import numpy as np

from . import _core
from .context import current_context
from .ndarray.ndarray import NDArray
# Found here, too, as in MXNet.
from .base import c_array_buf, c_handle_array, c_str_array, check_call, py_str  # noqa: F401

__all__ = ["Executor", "FrozenGraph"]


class Executor:
    """Computes a symbol's outputs and gradients on arrays that stay the same.

    Made by Symbol.simple_bind and Symbol.bind; compiled for the arrays' shapes, it allocates nothing
    when it runs.
    """

    def __init__(self, native, symbol, ctx, grad_req="write", group2ctx=None, stored=None,
                 stored_grads=None, unused_grads=None):
        self._native = native
        # What bind was given for gradients that nobody asks for: it is told of, and stays as it is.
        self._unused_grads = unused_grads or {}
        # Arrays that are sparse or live elsewhere, by name: the graph has dense ones of its own in
        # their place, which follow.
        self._stored = {"arg_arrays": stored or {}, "grad_arrays": stored_grads or {}}
        self._symbol = symbol
        self._ctx = ctx
        self._grad_req = grad_req
        self._group2ctx = group2ctx
        self._arguments = symbol.list_arguments()
        self._states = symbol.list_auxiliary_states()
        self._refresh()

    def _refresh(self):
        self._lists = {}
        self._outputs = None

    def _list(self, what):
        if what not in self._lists:
            stored = self._stored.get(what)
            arrays = getattr(self._native, what)
            if what == "grad_arrays":
                stored = {**self._unused_grads, **stored}
            self._lists[what] = [stored.get(name, array) for name, array
                                 in zip(self._arguments, arrays)] if stored else arrays
        return self._lists[what]

    @property
    def arg_arrays(self):
        """The arrays of the arguments, in the order of list_arguments."""
        return self._list("arg_arrays")

    @property
    def grad_arrays(self):
        """The gradients of the arguments; None where there is none."""
        return self._list("grad_arrays")

    @property
    def aux_arrays(self):
        """The arrays of the auxiliary states, in the order of list_auxiliary_states."""
        return self._list("aux_arrays")

    @property
    def outputs(self):
        """The outputs of the last forward."""
        if self._outputs is None:
            self._outputs = self._native.outputs
        return self._outputs

    @property
    def arg_dict(self):
        """The arrays of the arguments by name."""
        return dict(zip(self._arguments, self.arg_arrays))

    @property
    def grad_dict(self):
        """The gradients of the arguments by name."""
        return dict(zip(self._arguments, self.grad_arrays))

    @property
    def aux_dict(self):
        """The arrays of the auxiliary states by name."""
        return dict(zip(self._states, self.aux_arrays))

    @property
    def output_dict(self):
        """The outputs by name."""
        return dict(zip(self._symbol.list_outputs(), self.outputs))

    def forward(self, is_train=False, **kwargs):
        """Computes the outputs, a list; arguments given by name are copied in first."""
        for name, value in kwargs.items():
            if name not in self._arguments:
                raise TypeError(f"Unknown argument {name}")
            if not isinstance(value, (NDArray, np.ndarray)):
                raise ValueError(f"{name}: expected an NDArray or a numpy.ndarray, got "
                                 f"{type(value)}")
            target = self.arg_dict[name]
            if target.shape != value.shape:
                raise ValueError(f"Shape not match! Argument {name}, need: {target.shape}, received: "
                                 f"{value.shape}")
            target[:] = value
        for target, array in self._pairs("arg_arrays"):
            target[:] = array
        self._native.forward(bool(is_train), {})  # Keras passes 0 and 1
        self._outputs = None
        return self.outputs

    def backward(self, out_grads=None, is_train=True):
        """Computes the gradients of what the last forward computed, in training or not; `is_train` is
        that forward's to say. Outputs that are losses need no head gradient; for others it is ones
        where none is given. Head gradients may live anywhere."""
        if out_grads is None:
            out_grads = []
        elif isinstance(out_grads, NDArray):
            out_grads = [out_grads]
        elif isinstance(out_grads, dict):
            out_grads = [out_grads[name] for name in self._symbol.list_outputs()]
        for array in out_grads:
            if not isinstance(array, NDArray):
                raise TypeError("inputs must be NDArray")
        gradients = self._pairs("grad_arrays")
        for target, array in gradients:
            target[:] = array  # where it is added to
        self._native.backward([array.as_in_context(self._ctx) for array in out_grads])
        for target, array in gradients:
            array[:] = target

    def _pairs(self, what):
        """The graph's dense arrays and the sparse ones that they stand for."""
        stored = self._stored[what]
        if not stored:
            return []
        dense = dict(zip(self._arguments, getattr(self._native, what)))
        return [(dense[name], array) for name, array in stored.items()]

    def set_monitor_callback(self, callback, monitor_all=False):
        """Has forward call `callback(name, array)` with each node's outputs, and backward with the
        gradients of each node's inputs. `monitor_all` tells of what each node reads, too: variables
        by their names, and all inputs as MXNet calls them, "fc1_data", "relu1_input0"."""
        self._native.set_monitor_callback(callback, bool(monitor_all))

    def copy_params_from(self, arg_params, aux_params=None, allow_extra_params=False):
        """Overwrites arguments and auxiliary states by name."""
        for known, given in ((self.arg_dict, arg_params), (self.aux_dict, aux_params or {})):
            for name, array in given.items():
                if name in known:
                    target = known[name]
                    target[:] = array.as_in_context(target.context).astype(target.dtype, copy=False)
                elif not allow_extra_params:
                    raise ValueError(f"there is no argument or auxiliary state {name!r}")

    def reshape(self, partial_shaping=False, allow_up_sizing=False, **kwargs):
        """An executor for other input shapes that shares all arrays whose shapes stay the same."""
        gradients = self._stored["grad_arrays"]
        shapes = {name: tuple(shape) for name, shape in kwargs.items()}
        if self._stored["arg_arrays"]:
            self._refuse_sparse("reshape")
        native = self._native.reshape(shapes, bool(partial_shaping), bool(allow_up_sizing))
        dense = dict(zip(self._arguments, native.grad_arrays))
        if any(dense[name].shape != array.shape for name, array in gradients.items()):
            self._refuse_sparse("reshape")
        return Executor(native, self._symbol, self._ctx, self._grad_req, self._group2ctx,
                        stored_grads=gradients)

    @property
    def _is_sparse(self):
        return any(self._stored.values())

    def _refuse_sparse(self, what):
        if self._is_sparse:
            raise NotImplementedError(f"Executor: {what} with arguments that are sparse or at other "
                                      "contexts; bind anew")

    def get_optimized_symbol(self):
        """The symbol that was bound, as MXNet gives it where it computes gradients: what the compiler
        makes of it are steps and no operators. debug_str() and explain() show them."""
        return self._symbol

    def debug_str(self):
        """The steps of the compiled graph as text, and the memory that its inner arrays take."""
        return f"{self._native.explain(1)}\nTotal {self._native.memory()[1] >> 20} MB allocated\n"

    def explain(self, runs=10):
        """What became of the graph: steps, layouts, memory, and the median times of `runs` runs."""
        return self._native.explain(runs)

    def _share_with(self, other, names):
        """Binds anew on another executor's arrays of these names where shape and type agree."""
        arguments = dict(zip(self._arguments, self._native.arg_arrays))
        gradients = dict(zip(self._arguments, self._native.grad_arrays))
        stored, stored_gradients = self._stored["arg_arrays"], self._stored["grad_arrays"]
        for name in names:
            theirs, gradient = other.arg_dict.get(name), other.grad_dict.get(name)
            if theirs is None or theirs.shape != arguments[name].shape \
                    or theirs.dtype != arguments[name].dtype:
                continue
            if (name in stored) != (name in other._stored["arg_arrays"]):
                raise NotImplementedError(f"Executor: shared_exec: {name} is not stored alike in both")
            (stored if name in stored else arguments)[name] = theirs
            if gradient is not None and gradients.get(name) is not None:
                places = stored_gradients if name in stored_gradients else gradients
                if places[name].stype == gradient.stype:
                    places[name] = gradient
        states = {name: other.aux_dict.get(name, array) if other.aux_dict.get(name) is not None
                  and other.aux_dict[name].shape == array.shape else array
                  for name, array in self.aux_dict.items()}
        from .symbol._binding import grad_reqs
        given = {name: array for name, array in gradients.items() if array is not None}
        reqs = {name: req if name in given else "null"
                for name, req in grad_reqs(self._grad_req, self._arguments).items()}
        self._native = _core.bind(self._symbol, self._ctx, arguments, given, reqs, states)
        self._refresh()


class FrozenGraph:
    """A trained network that is only used: a symbol and a copy of its parameters.

    HybridBlock.freeze, Module.freeze and mx.model.load_frozen make one. What depends on parameters
    alone is computed once, batch normalization becomes a part of the convolution or fully connected
    layer before it, so that the last bits are others than the network's, and losses need no labels.
    Changing the network afterwards does not change it. Any number of threads may call it at once,
    and nothing is recorded by autograd.

    Parameters
    ----------
    symbol : Symbol
        What it computes.
    arg_params, aux_params : dict of str to NDArray
        Its parameters and auxiliary states. MXNetError for one that the symbol does not have, or
        that is missing and no input.
    inputs : list of str, optional
        The arguments that each call gives, in its order; those without an array if not given.
    ctx : Context, optional
        Where it runs; the current context if not given.
    allow_unused_inputs, allow_extra_params : bool
        `inputs`, or the parameters, may name what the symbol does not have.
    """

    def __init__(self, symbol, arg_params, aux_params=None, inputs=None, ctx=None,
                 allow_unused_inputs=False, allow_extra_params=False):
        if not isinstance(symbol, _core.Symbol):
            raise TypeError(f"FrozenGraph: expected a Symbol, got {type(symbol).__name__}")
        self._native = _core.FrozenGraph(symbol, arg_params, aux_params or {}, inputs or [],
                                         ctx or current_context(), bool(allow_unused_inputs),
                                         bool(allow_extra_params))

    def __call__(self, *inputs):
        """The output for arrays in the order of `inputs`, a list if there are several. Compiled when
        their shapes are met first."""
        return self._native(*inputs)

    @property
    def inputs(self):
        """The names of what a call gives."""
        return self._native.inputs

    @property
    def context(self):
        """Where it runs."""
        return self._native.context

    @property
    def symbol(self):
        """The graph that is compiled."""
        return self._native.symbol()

    def params(self):
        """Copies of the arrays of the graph's variables that are no inputs, by name."""
        return self._native.params()

    def explain(self, *inputs, runs=10):
        """For inputs like these: steps, layouts, memory, and the median times of `runs` runs."""
        return self._native.explain(list(inputs), runs)
