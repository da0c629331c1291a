"""The symbol, mx.sym.Symbol, and the functions on it that are no operators of the registry."""
import json
import numbers
import os
import warnings

import numpy as onp

from .. import _core
from .._backends import check_backend
from .._mxnet_pickles import fill_symbol
from ..attribute import AttrScope, _twice
from ..base import MXNetError, NotImplementedForSymbol, _as_list, integer_types, missing
from ..context import Context, Device, current_context, current_device  # noqa: F401
from ..util import is_np_shape  # noqa: F401
from . import op
from ._binding import by_name, copies_at, grad_reqs, stored_apart, stored_arrays
from ._functions import (arange, as_option, eye, full, histogram, hypot, linspace, maximum, minimum,
                         ones, pow, power, split_v2, zeros)
from ._known_shapes import _is_known, _print_arguments, _shown
# Found here, too, as in MXNet.
from ..base import (c_array, c_array_buf, c_handle_array, c_str, c_str_array,  # noqa: F401
                    check_call, py_str)

__all__ = ["Symbol", "var", "Variable", "Group", "load", "load_json", "fromjson", "pow", "power",
           "maximum", "minimum", "hypot", "eye", "zeros", "ones", "full", "arange", "linspace",
           "histogram", "split_v2"]


def _type_of(dtype):
    """The type as _core takes it; bfloat16, which NumPy does not have, by its name."""
    return dtype if isinstance(dtype, str) and dtype == "bfloat16" else onp.dtype(dtype).type


class Symbol(_core.Symbol):
    """A computation that has not run yet: one or more outputs of a graph of operators.

    Made by `mx.sym.var` and by operators on symbols; weights that a call leaves out become variables
    named below the node: "fc1_weight". `simple_bind` and `bind` make it run.
    """

    # Arrays of NumPy leave `numpy_array + symbol` to this class.
    __array_priority__ = 1000.0

    # ---- names and parts ----

    @property
    def name(self):
        """The node's name; None for several nodes."""
        return self.node_name

    def __repr__(self):
        if self.name is None:
            return f"<{type(self).__name__} group [{', '.join(part.name for part in self)}]>"
        return f"<{type(self).__name__} {self.name}>"

    def __len__(self):
        return _core.Symbol.num_outputs(self)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index):
        if isinstance(index, str):
            names = self.list_outputs()
            if names.count(index) > 1:
                raise ValueError(f"several outputs are called {index!r}")
            if index not in names:
                raise ValueError(f"there is no output {index!r}; there are {', '.join(names)}")
            return self.output(names.index(index))
        if isinstance(index, slice):
            return Group([self.output(i) for i in range(*index.indices(len(self)))])
        if not isinstance(index, integer_types):
            raise TypeError(f"expected the name or the number of an output, got {type(index)}")
        if not -len(self) <= index < len(self):
            raise IndexError(f"Index {index} is out of range for {len(self)} outputs")
        return self.output(int(index) % len(self))

    def __bool__(self):
        raise NotImplementedForSymbol(self.__bool__, "bool")

    def __hash__(self):
        return id(self) >> 4

    def __call__(self, *args, **kwargs):
        """The graph with variables replaced by other symbols: by position or by keyword."""
        name = kwargs.pop("name", None) or ""
        if args and kwargs:
            raise TypeError("expected the inputs by position or by name, got both")
        for value in (*args, *kwargs.values()):
            if not isinstance(value, Symbol):
                raise TypeError(f"expected symbols as inputs, got {type(value)}")
        return self.compose_named(kwargs, name) if kwargs else self.compose_list(list(args), name)

    def _compose(self, *args, **kwargs):
        raise NotImplementedError("Symbol._compose changes a symbol in place; use s(...)")

    def __copy__(self):
        return self[:] if len(self) > 1 else self.output(0)

    def __deepcopy__(self, memo):
        return _core.sym_as_face(load_json(self.tojson()), _face(self))

    def __reduce__(self):
        return _restore, (self.tojson(), _face(self))

    __setstate__ = fill_symbol

    # ---- attributes ----

    def attr(self, key):
        """An attribute of the node, a string; None where there is none."""
        if not isinstance(key, str):
            raise TypeError("attr: expected a string")
        return super().attr(key)

    def list_attr(self, recursive=False):
        """The node's attributes as a dictionary of strings."""
        if recursive:
            raise DeprecationWarning("list_attr: recursive=True is deprecated; attr_dict gives the "
                                     "attributes of all nodes")
        return _twice(super().list_attr())

    def attr_dict(self):
        """The attributes of all nodes that have some, by the nodes' names."""
        return {name: _twice(attributes) for name, attributes in super().attr_dict().items()}

    def _set_attr(self, **kwargs):
        for key, value in kwargs.items():
            if not isinstance(value, str):
                raise ValueError(f"_set_attr: {key}: expected a text, got {type(value)}")
            self.set_attr({key: value})

    # ---- shapes and types ----

    def infer_shape(self, *args, **kwargs):
        """(shapes of the arguments, of the outputs, of the auxiliary states), or three None where
        the shapes given do not suffice. Raises MXNetError where they contradict each other, and
        for names that no argument has."""
        result = self._infer_shape_impl(True, *args, **kwargs)
        unknown = [name for name, shape in zip(self.list_arguments(), result[0])
                   if not _is_known(shape)]
        if not unknown and all(map(_is_known, result[1])):
            return result
        warnings.warn("Cannot decide shape for the following arguments; give them, too:\n\t"
                      + "\n\t".join(unknown),
                      stacklevel=2)
        return None, None, None

    def infer_shape_partial(self, *args, **kwargs):
        """The same; what cannot be found is () or has sizes 0."""
        return self._infer_shape_impl(True, *args, **kwargs)

    def _infer_shape_impl(self, partial, *args, **kwargs):
        if args and kwargs:
            raise ValueError("infer_shape: expected the shapes by position or by name, got both")
        known = dict(kwargs)
        if args:
            known = {name: shape for name, shape in zip(self.list_arguments(), args)
                     if shape is not None}
        shapes = {}
        for name, shape in known.items():
            if shape is None:
                continue
            if not isinstance(shape, (tuple, list)):
                raise TypeError(f"infer_shape: {name}: expected a tuple, got {type(shape)}")
            sizes = [int(size) for size in shape]
            if not _core.is_np_shape():
                sizes = [-1 if size == 0 else size for size in sizes]
                if not sizes:
                    continue
            shapes[name] = sizes
        try:
            lists = self.infer_shapes(shapes, partial)
        except MXNetError:
            _print_arguments("infer_shape", known)
            raise
        return tuple([_shown(shape) for shape in part] for part in lists)

    def infer_type(self, *args, **kwargs):
        """(types of the arguments, of the outputs, of the auxiliary states), types of NumPy's. What
        nothing says is float32."""
        return self._infer_type_impl(self.infer_types, *args, **kwargs)

    def infer_type_partial(self, *args, **kwargs):
        """The same; what nothing says is None."""
        return self._infer_type_impl(self.known_types, *args, **kwargs)

    def _infer_type_impl(self, infer, *args, **kwargs):
        if args and kwargs:
            raise ValueError("infer_type: expected the types by position or by name, got both")
        known = dict(zip(self.list_arguments(), args)) if args else kwargs
        known = {name: _type_of(dtype) for name, dtype in known.items() if dtype is not None}
        try:
            return infer(known)
        except MXNetError:
            _print_arguments("infer_type", known)
            raise

    # ---- running ----

    def simple_bind(self, ctx, grad_req="write", type_dict=None, stype_dict=None, group2ctx=None,
                    shared_arg_names=None, shared_exec=None, shared_buffer=None, **kwargs):
        """An executor with arrays made for the shapes given by the arguments' names; names that no
        argument has are left aside.

        `group2ctx` says where the arguments of an AttrScope's `ctx_group` live, and their gradients.
        What is computed is computed at `ctx`: they are copied there, and back. The arguments named in
        `shared_arg_names`, and the auxiliary states, are those of `shared_exec`; without names
        nothing that can be seen is shared."""
        from ..executor import Executor
        # Programs give the labels of a loss also to what stands before it.
        known = {*self.list_arguments(), *self.list_auxiliary_states()}
        shapes = {name: tuple(shape) for name, shape in kwargs.items() if name in known}
        reqs = grad_reqs(grad_req, self.list_arguments())
        types = {name: _type_of(dtype) for name, dtype in (type_dict or {}).items()
                 if name in known}
        try:
            native = _core.simple_bind(self, ctx, shapes, reqs, types)
        except MXNetError as error:
            lines = [f"{name}: {shape}" + ("" if name in known else " (there is no such argument)")
                     for name, shape in kwargs.items()]
            raise RuntimeError("simple_bind error. Arguments:\n" + "\n".join(lines)
                               + f"\n{error}") from None
        stored, stored_grads = stored_arrays(self, native, stype_dict or {}, group2ctx or {})
        executor = Executor(native, self, ctx, grad_req, group2ctx, stored, stored_grads)
        if shared_exec is not None and shared_arg_names is not None:
            executor._share_with(shared_exec, shared_arg_names)
        return executor

    def bind(self, ctx, args, args_grad=None, grad_req="write", aux_states=None, group2ctx=None,
             shared_exec=None):
        """An executor that works on the arrays given: lists in the order of list_arguments and
        list_auxiliary_states, or dictionaries by name. With `group2ctx` arguments and gradients may
        live elsewhere than at `ctx`, where all is computed; see simple_bind."""
        from ..executor import Executor
        if not isinstance(ctx, Context):
            raise TypeError("Context type error")
        names = self.list_arguments()
        arrays = by_name("args", args, names, False)
        gradients = by_name("args_grad", args_grad, names, True)
        states = by_name("aux_states", aux_states if aux_states is not None else {},
                          self.list_auxiliary_states(), False)
        reqs = grad_reqs(grad_req, names)
        reqs = {name: req if name in gradients else "null" for name, req in reqs.items()}
        unused = {name: array for name, array in gradients.items() if reqs[name] == "null"}
        gradients = {name: array for name, array in gradients.items() if name not in unused}
        place = ctx if group2ctx else None
        native = _core.bind(self, ctx, copies_at(place, arrays), copies_at(place, gradients), reqs,
                            states)
        return Executor(native, self, ctx, grad_req, group2ctx, stored_apart(place, arrays),
                        stored_apart(place, gradients), unused)

    _simple_bind, _bind = simple_bind, bind

    def eval(self, ctx=None, **kwargs):
        """The outputs, a list, for the arrays given by the arguments' names."""
        return self.bind(current_context() if ctx is None else ctx, kwargs).forward()

    def _gen_atomic_symbol(self):
        """The operator that makes the outputs, of variables of its own."""
        graph = json.loads(self.tojson())
        nodes = [graph["nodes"][number] for number in sorted({head[0] for head in graph["heads"]})]
        if len(nodes) != 1 or nodes[0]["op"] == "null":
            raise MXNetError(f"_gen_atomic_symbol: expected one operator, got {self!r}")
        options = {key: value for key, value in nodes[0].get("attrs", {}).items() if key[:2] != "__"}
        return _core.sym_invoke(nodes[0]["op"], [], options, face=_face(self))

    def gradient(self, wrt):
        """Not there: executors and autograd compute gradients."""
        missing("Symbol.gradient", "bind the symbol and call backward, or use autograd.grad")

    def get_backend_symbol(self, backend):
        """This symbol: the compiler chooses its passes itself."""
        return self

    def optimize_for(self, backend, args=None, aux=None, ctx=None, shape_dict=None, type_dict=None,
                     stype_dict=None, skip_infer=False, **kwargs):
        """This symbol, for MXNet's backends that only join layers on a processor, "MKLDNN" and
        "MKLDNN_QUANTIZE": the compiler does that for every graph. NotImplementedError for others."""
        check_backend("Symbol.optimize_for", backend)
        return self

    # ---- files ----

    def save(self, fname, remove_amp_cast=True):
        """Writes the graph as JSON in the form of MXNet 1.9."""
        if not isinstance(fname, (str, os.PathLike)):
            raise TypeError("fname need to be string")
        super().save(os.fspath(fname))

    def tojson(self, remove_amp_cast=True):
        """The graph as JSON in the form of MXNet 1.9."""
        return super().tojson()

    # ---- methods that are operators, and those that symbols cannot have ----

    def reshape(self, *shape, **kwargs):
        """See mx.nd.NDArray.reshape."""
        if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
            shape = shape[0]
        if not shape:
            shape = kwargs.pop("shape")
        shape = (shape,) if isinstance(shape, numbers.Integral) else tuple(shape)
        return op.Reshape(self, shape=shape, **kwargs)

    def transpose(self, *axes, **kwargs):
        """The axes in another order; without one, in reverse."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
            axes = axes[0]
        axes = kwargs.pop("axes", axes)
        return op.transpose(self, **({"axes": tuple(axes)} if axes else {}), **kwargs)

    @property
    def T(self):
        """The array with its axes in reverse order."""
        return op.transpose(self)

    def astype(self, dtype, **kwargs):
        """A cast to `dtype`."""
        return op.Cast(self, dtype=dtype, **kwargs)

    def flatten(self, inplace=False, **kwargs):
        """(N, ...) as (N, product of the rest)."""
        return op.Flatten(self, **kwargs)

    def expand_dims(self, axis, inplace=False, **kwargs):
        """A node with an axis of size 1 before `axis`."""
        return op.expand_dims(self, axis=axis, **kwargs)

    def squeeze(self, axis=None, inplace=False, **kwargs):
        """A node without axes of size 1."""
        return op.squeeze(self, **({} if axis is None else {"axis": axis}), **kwargs)

    def as_np_ndarray(self):
        """This symbol as one of mx.sym.np."""
        return _core.sym_as_face(self, 1)

    def as_nd_ndarray(self):
        """This symbol as one of mx.sym."""
        return _core.sym_as_face(self, 0)


_METHODS = """abs arccos arccosh arcsin arcsinh arctan arctanh argmax argmax_channel argmin argsort
broadcast_axes broadcast_like broadcast_to cbrt ceil clip cos cosh degrees depth_to_space diag exp
expm1 fix flip floor log log10 log1p log2 log_sigmoid log_softmax max mean min mish nanprod nansum
norm one_hot ones_like pad pick prod radians rcbrt reciprocal relu repeat reshape_like rint round
rsqrt shape_array sigmoid sign sin sinh size_array slice slice_axis slice_like softmax softmin sort
space_to_depth split sqrt square sum swapaxes take tan tanh tile topk trunc zeros_like""".split()
_ARRAYS_ONLY = "wait_to_read asnumpy asscalar copy as_in_context detach backward".split()


def _add_methods():
    def not_for_symbols(name):
        def method(self, *args, **kwargs):
            raise NotImplementedForSymbol(method, None, *args)
        method.__name__ = name
        method.__doc__ = "Arrays have it; a symbol has no values yet."
        return method

    def not_there(name):
        def method(self, *args, **kwargs):
            missing(f"Symbol.{name}", "its operator is not registered")
        method.__name__ = name
        method.__doc__ = f"Raises NotImplementedError: the operator {name} is not there."
        return method

    for name in _METHODS:
        setattr(Symbol, name, getattr(op, name) if hasattr(op, name) else not_there(name))
    for name in _ARRAYS_ONLY:
        setattr(Symbol, name, not_for_symbols(name))


def _add_arithmetic():
    table = {
        "add": ("elemwise_add", "_plus_scalar", "_plus_scalar"),
        "sub": ("elemwise_sub", "_minus_scalar", "_rminus_scalar"),
        "mul": ("elemwise_mul", "_mul_scalar", "_mul_scalar"),
        "truediv": ("elemwise_div", "_div_scalar", "_rdiv_scalar"),
        "mod": ("_mod", "_mod_scalar", "_rmod_scalar"),
        "pow": ("_power", "_power_scalar", "_rpower_scalar"),
        "eq": ("_equal", "_equal_scalar", None),
        "ne": ("_not_equal", "_not_equal_scalar", None),
        "gt": ("_greater", "_greater_scalar", None),
        "ge": ("_greater_equal", "_greater_equal_scalar", None),
        "lt": ("_lesser", "_lesser_scalar", None),
        "le": ("_lesser_equal", "_lesser_equal_scalar", None),
    }

    def method(both, scalar, name):
        def function(self, other):
            if isinstance(other, Symbol):
                return _core.sym_invoke(both, [self, other], face=_face(self))
            if isinstance(other, (numbers.Number, onp.bool_)):
                return _core.sym_invoke(scalar, [self], {"scalar": as_option(other)}, face=_face(self))
            raise TypeError(f"type {type(other)} not supported: expected a Symbol or a number")
        function.__name__ = name
        return function

    for name, (both, right, left) in table.items():
        setattr(Symbol, f"__{name}__", method(both, right, f"__{name}__"))
        if left is not None:
            setattr(Symbol, f"__r{name}__", method(both, left, f"__r{name}__"))
    Symbol.__hash__ = lambda self: id(self) >> 4
    Symbol.__neg__ = lambda self: self * -1.0
    Symbol.__abs__ = lambda self: op.abs(self)


_add_methods()
_add_arithmetic()
_core.set_symbol_type(0, Symbol)
SymbolBase = _core.Symbol


def _face(symbol):
    return 0 if type(symbol) is Symbol else 1


def _restore(json_text, face):
    return _core.sym_as_face(_core.sym_load_json(json_text), face)


# ---- functions ----------------------------------------------------------------------------------------


def var(name, attr=None, shape=None, lr_mult=None, wd_mult=None, dtype=None, init=None, stype=None,
        **kwargs):
    """A variable: what is given from outside when the graph runs."""
    if not isinstance(name, str):
        raise TypeError(f"var: name: expected a text, got {type(name)}")
    attributes = AttrScope.current.get(attr)
    for key, value in attributes.items():
        if not isinstance(value, str):
            raise ValueError(f"Attributes need to be strings, {key} is {value!r}")
    if shape is not None:
        attributes["__shape__"] = str(tuple(shape) if not isinstance(shape, numbers.Integral)
                                      else (shape,))
    if lr_mult is not None:
        attributes["__lr_mult__"] = str(lr_mult)
    if wd_mult is not None:
        attributes["__wd_mult__"] = str(wd_mult)
    if dtype is not None:
        from ..ndarray.ndarray import dtype_np_to_mx
        attributes["__dtype__"] = str(dtype_np_to_mx(dtype))
    if init is not None:
        attributes["__init__"] = init if isinstance(init, str) else init.dumps()
    if stype is not None:
        from ..ndarray.ndarray import _STORAGE_TYPE_STR_TO_ID
        attributes["__storage_type__"] = str(_STORAGE_TYPE_STR_TO_ID[stype])
    for key, value in kwargs.items():
        if not (key.startswith("__") and key.endswith("__")):
            raise ValueError(f"var: {key}: attributes of one's own begin and end with two "
                             f"underscores, such as __{key.strip('_')}__")
        attributes[key] = str(value)
    return _core.sym_var(name, attributes, 0)


Variable = var


def Group(symbols, create_fn=None):
    """Several symbols as the outputs of one."""
    symbols = _as_list(symbols)
    if not symbols or any(not isinstance(symbol, Symbol) for symbol in symbols):
        raise TypeError("Group: expected a list of symbols")
    return _core.sym_group(list(symbols))


def load(fname):
    """Reads the graph from a file that save, or any MXNet since 0.8, wrote."""
    if not isinstance(fname, (str, os.PathLike)):
        raise TypeError("fname need to be string")
    return _core.sym_load(os.fspath(fname))


def load_json(json_str):
    """Reads the graph from text."""
    if not isinstance(json_str, str):
        raise TypeError("json_str required to be string")
    return _core.sym_load_json(json_str)


fromjson = load_json


Symbol.split_v2 = split_v2  # type: ignore[attr-defined]


def __getattr__(name):
    if name in ("NDArray", "Executor"):  # found here, too, as in MXNet
        from .. import executor
        return getattr(executor, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
