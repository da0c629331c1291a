"""Operators written in Python: CustomOp with CustomOpProp, and the NumpyOp and NDArrayOp of
MXNet's first versions."""

import functools
import itertools
import warnings
from collections import namedtuple

# `from mxnet.operator import *` gives programs these, too.
import ctypes
from ctypes import c_void_p as NDArrayHandle

from . import _core, _custom_storage, profiler, symbol
from .base import MXNetError, _Null, py_str
from .ndarray import NDArray
from .util import is_np_array
# Found here, too, as in MXNet.
from .base import (MXCallbackList, c_array, c_array_buf,  # noqa: F401
                   c_str, check_call, ctypes2numpy_shared)


class CustomOp:
    """What an operator computes. One object serves a forward and its backward, so attributes may
    keep something in between."""

    def forward(self, is_train, req, in_data, out_data, aux):
        """Writes `out_data`, whose elements are 0 at first, from `in_data`; see `assign` for
        `req`. May change `aux`. All are lists of arrays, which the operator may keep."""

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        """Writes `in_grad`, whose elements are 0 at first. One that nobody wants has `req`
        "null"."""

    def assign(self, dst, req, src):
        """Puts `src` into `dst` where `req` is "write" or "inplace", adds it where it is "add", and
        does nothing where it is "null"."""
        if req in ("write", "inplace"):
            dst[:] = src
        elif req == "add":
            dst[:] += src


class CustomOpProp:
    """What is known of an operator before it runs: its names, shapes and types.

    Its constructor gets the options of a call as texts, by their names. With `need_top_grad` False
    the operator is a loss, whose backward needs no gradient of its output.
    """

    def __init__(self, need_top_grad=True):
        self.need_top_grad_ = need_top_grad

    def infer_shape(self, in_shape):
        """Shapes of the arguments, the outputs, and the auxiliary states, from those of the
        arguments that are known. Unless written anew, all outputs look like the first argument."""
        return in_shape, [in_shape[0]] * len(self.list_outputs()), []

    def infer_type(self, in_type):
        """The same of their types: unless written anew, all have that of the first argument."""
        return (in_type, [in_type[0]] * len(self.list_outputs()),
                [in_type[0]] * len(self.list_auxiliary_states()))

    def infer_storage_type(self, in_stype):
        """How arguments, outputs and auxiliary states are stored, from how the arguments of a call
        are. Where a class does not write it anew, and in graphs, operators get dense arrays."""
        self._check_dense(in_stype)
        return (in_stype, ["default"] * len(self.list_outputs()),
                ["default"] * len(self.list_auxiliary_states()))

    def infer_storage_type_backward(self, ograd_stype, in_stype, out_stype, igrad_stype, aux_stype):
        """The same of the arrays of backward."""
        for stypes in (ograd_stype, in_stype, out_stype, igrad_stype, aux_stype):
            self._check_dense(stypes)
        return ograd_stype, in_stype, out_stype, ["default"] * len(igrad_stype), aux_stype

    @staticmethod
    def _check_dense(stypes):
        for i, stype in enumerate(stypes):
            assert stype == "default", f"expected dense arrays, got {stype} as number {i}"

    def list_outputs(self):
        """The names of the outputs."""
        return ["output"]

    def list_arguments(self):
        """The names of the arguments."""
        return ["data"]

    def list_auxiliary_states(self):
        """The names of arrays that forward and backward may change."""
        return []

    def declare_backward_dependency(self, out_grad, in_data, out_data):
        """Which arrays backward reads. It gets all of them in any case."""
        read = list(out_grad) if self.need_top_grad_ else []
        return read + list(in_data) + list(out_data)

    def create_operator(self, ctx, in_shapes, in_dtypes):
        """The CustomOp for a context, and shapes and types of the arguments."""
        return CustomOp()


def _as_mxnet_error(error, what):
    """An exception that programs catch both as MXNetError and as what `error` is."""
    if isinstance(error, MXNetError):
        return error
    kind = type(error)
    try:
        both = type(kind.__name__, (MXNetError, kind), {"__module__": kind.__module__,
                                                        "__str__": kind.__str__})
        result = kind.__new__(both, *error.args)
        result.args = error.args
        result.__dict__.update(error.__dict__)
    except TypeError:  # classes whose objects cannot be both
        result = MXNetError(f"{what}: {kind.__name__}: {error}")
    result.__cause__ = error
    return result.with_traceback(error.__traceback__)


def _told(method):
    """What a user's code raises in it arrives at the caller as an MXNetError as well."""
    @functools.wraps(method)
    def run(self, *args):
        try:
            return method(self, *args)
        except Exception as error:
            raised = _as_mxnet_error(error, f"{self.op_type}.{method.__name__}")
            if raised is error:
                raise
        raise raised
    return run


class _Operator:
    """A CustomOp as the library calls it."""

    def __init__(self, op_type, op):
        self.op_type = op_type
        self.op = op
        self.storage = _custom_storage.current()

    @_told
    def forward(self, is_train, req, in_data, out_data, aux):
        with self._timed(""):
            if self.storage is not None:
                self.storage.forward(self.op, is_train, req, in_data, out_data, aux)
                return
            self.op.forward(is_train=is_train, req=req, in_data=in_data, out_data=out_data, aux=aux)

    @_told
    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        with self._timed("_backward_"):
            if self.storage is not None:
                self.storage.backward(self.op, req, out_grad, in_data, out_data, in_grad, aux)
                return
            self.op.backward(req=req, out_grad=out_grad, in_data=in_data, out_data=out_data,
                             in_grad=in_grad, aux=aux)

    def _timed(self, prefix):
        return profiler.Span(profiler.CUSTOM, f"{prefix}{self.op_type}{profiler.PYTHON}")


class _Prop:
    """A CustomOpProp as the library calls it."""

    def __init__(self, op_type, prop_class, options):
        self.op_type = op_type
        self.prop = self._make(prop_class, options)
        # A graph asks for the same shapes many times, and a user's rule may be slow, or print.
        self._shapes = {}

    @_told
    def _make(self, prop_class, options):
        return prop_class(**options)

    @property
    def need_top_grad(self):
        return bool(self.prop.need_top_grad_)

    @_told
    def list_arguments(self):
        return self.prop.list_arguments()

    @_told
    def list_outputs(self):
        return self.prop.list_outputs()

    @_told
    def list_auxiliary_states(self):
        return self.prop.list_auxiliary_states() or []

    def _three(self, told, given, what):
        # Those of auxiliary states may be left out, those of the arguments may then be all.
        if len(told) not in (2, 3):
            raise MXNetError(f"{self.op_type}.{what}: expected lists of arguments, outputs and "
                             f"auxiliary states, got {len(told)} lists")
        aux = told[2] if len(told) == 3 else []
        return told[0] if told[0] else given, told[1], aux

    @_told
    def infer_shape(self, in_shape):
        key = tuple(map(tuple, in_shape))
        if key not in self._shapes:
            self._shapes[key] = self._three(self.prop.infer_shape(in_shape), in_shape,
                                            "infer_shape")
        return self._shapes[key]

    @_told
    def infer_type(self, in_type):
        return self._three(self.prop.infer_type(in_type), in_type, "infer_type")

    def storage_of(self, arrays):
        """How a call's arrays are stored; None where all are dense, or the prop says nothing."""
        stypes = [array.stype for array in arrays[:len(self.list_arguments())]]
        silent = type(self.prop).infer_storage_type is CustomOpProp.infer_storage_type
        if silent or all(stype == "default" for stype in stypes):
            return None
        return self._storage_of(stypes)

    @_told
    def _storage_of(self, stypes):
        return _custom_storage.Storage(self.prop, stypes)

    @_told
    def create_operator(self, ctx, in_shapes, in_dtypes):
        return _Operator(self.op_type, self.prop.create_operator(ctx, in_shapes, in_dtypes))


_registered: dict = {}


def register(reg_name):
    """A decorator that makes a class derived from CustomOpProp known: calls of ``nd.Custom`` and
    ``sym.Custom`` with ``op_type=reg_name`` find it. A name may be registered anew."""
    def do_register(prop_class):
        factory = functools.partial(_Prop, reg_name, prop_class)
        _core.register_custom_op(reg_name, factory)
        _registered[reg_name] = factory
        return prop_class
    return do_register


def _prop_of(options):
    """The prop of a call."""
    op_type = options["op_type"]
    if op_type not in _registered:
        raise MXNetError(f"Custom: there is no operator {op_type!r}; it has to be registered by "
                         "mx.operator.register")
    return _registered[op_type]({name: _core.option_text(value) for name, value in options.items()
                                 if name != "op_type"})


def _invoke(arrays, options, out):
    storage = None
    if any(array.stype != "default" for array in arrays):
        storage = _prop_of(options).storage_of(arrays)
    if storage is None:
        return _core.invoke("Custom", arrays, options, out)
    with _custom_storage.Calling(storage):
        results = _core.invoke("Custom", arrays, options, out)
    if out is not None:
        return results
    return [result if stype == "default" else result.tostype(stype)
            for result, stype in zip(results, storage.outputs)]


def call_custom(face, args, kwargs):
    """``nd.Custom(*arrays, op_type=...)`` and, with `face` "sym", the same of symbols: inputs in
    their order or by their names, `name`, `out`, `attr`, and what the prop's constructor gets."""
    kind = NDArray if face == "nd" else symbol.Symbol
    out, name, attr = (kwargs.pop(key, None) for key in ("out", "name", "attr"))
    inputs = {key: value for key, value in kwargs.items() if isinstance(value, kind)}
    options = {key: value for key, value in kwargs.items() if key not in inputs
               and value is not _Null}
    if not options.get("op_type"):
        raise MXNetError("Custom: the option op_type is required")
    for value in args:
        if not isinstance(value, kind):
            raise TypeError(f"Custom: expected inputs of type {kind.__name__}, "
                            f"got {type(value).__name__}")
    if face == "nd" and args and not inputs:
        arrays = list(args)
    else:
        prop = _prop_of(options)
        names = [*prop.list_arguments(), *prop.list_auxiliary_states()]
        inputs.update(zip(names, args))
        unknown = [key for key in inputs if key not in names]
        if unknown or len(args) > len(names):
            raise MXNetError(f"Custom: {options['op_type']} has the inputs {names}, got "
                             f"{unknown or len(args)}")
        if face != "nd":
            return _core.custom_symbol(inputs, options, name or "", attr or {})
        arrays = [inputs[key] for key in names if key in inputs]
    results = _invoke(arrays, options, out)
    return results[0] if len(results) == 1 else results


class PythonOp:
    """What NumpyOp and NDArrayOp have in common: an operator whose object is called with symbols.
    Deprecated: use CustomOp."""

    _numbers = itertools.count()

    def __init__(self, need_top_grad=True):
        warnings.warn(f"{type(self).__name__}: PythonOp has been deprecated, use CustomOp",
                      stacklevel=3)
        self.need_top_grad_ = need_top_grad
        self._op_type = None

    def __call__(self, *args, **kwargs):
        return self.get_symbol(*args, **kwargs)

    def get_symbol(self, *args, **kwargs):
        """The operator applied to symbols; to be written by a derived class."""
        raise NotImplementedError("PythonOp: derive from NumpyOp or NDArrayOp")

    def forward(self, in_data, out_data):
        """Writes `out_data`; copies the first argument unless written anew."""
        out_data[0][:] = in_data[0]

    def backward(self, out_grad, in_data, out_data, in_grad):
        """Writes `in_grad`; all ones unless written anew."""
        in_grad[0][:] = 1.0

    def infer_shape(self, in_shape):
        """Shapes of the arguments and the outputs."""
        return in_shape, [in_shape[0]]

    def list_outputs(self):
        """The names of the outputs."""
        return ["output"]

    def list_arguments(self):
        """The names of the arguments."""
        return ["data"]

    def need_top_grad(self):
        """Whether backward reads the gradient of the output."""
        return self.need_top_grad_

    def _symbol(self, args, kwargs, convert):
        # A name of its own stands in the graph for this object, which stays known.
        if self._op_type is None:
            self._op_type = f"_python_op{next(PythonOp._numbers)}"
            register(self._op_type)(functools.partial(_PythonOpProp, self, convert))
        return symbol.Custom(*args, op_type=self._op_type, **kwargs)


class _PythonOpProp(CustomOpProp):
    """The prop of a PythonOp, which is its own operator."""

    def __init__(self, op, convert):
        super().__init__(op.need_top_grad())
        self.list_arguments = op.list_arguments
        self.list_outputs = op.list_outputs
        self.infer_shape = op.infer_shape
        self._op = op
        self._convert = convert

    def create_operator(self, ctx, in_shapes, in_dtypes):
        return _PythonOpRun(self._op, self._convert)


class _PythonOpRun(CustomOp):
    """Calls a PythonOp with arrays as its class wants them."""

    def __init__(self, op, convert):
        self._op = op
        self._convert = convert

    def _all(self, arrays):
        return [self._convert(array) for array in arrays]

    def forward(self, is_train, req, in_data, out_data, aux):
        self._op.forward(in_data=self._all(in_data), out_data=self._all(out_data))

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self._op.backward(out_grad=self._all(out_grad), in_data=self._all(in_data),
                          out_data=self._all(out_data), in_grad=self._all(in_grad))


class NumpyOp(PythonOp):
    """An operator that reads and writes NumPy's arrays. Deprecated: use CustomOp.

    Derive from it, and call an object of the class with symbols: ``op(data=x, name='softmax')``.
    """

    def get_symbol(self, *args, **kwargs):
        """The operator applied to symbols."""
        return self._symbol(args, kwargs, _core.numpy_view)


class NDArrayOp(PythonOp):
    """An operator that reads and writes arrays of ours. Deprecated: use CustomOp."""

    def get_symbol(self, *args, **kwargs):
        """The operator applied to symbols."""
        return self._symbol(args, kwargs, lambda array: array)

    def declare_backward_dependency(self, out_grad, in_data, out_data):
        """Which arrays backward reads. It gets all of them in any case."""
        read = list(out_grad) if self.need_top_grad() else []
        return read + list(in_data) + list(out_data)


OperatorArguments = namedtuple("OperatorArguments", ["narg", "names", "types"])


def get_all_registered_operators():
    """The names of all operators, aliases too: a sorted list."""
    return sorted({name for op, aliases in _core.operator_names() for name in (op, *aliases)})


def get_all_registered_operators_grouped():
    """The names of each operator, its own among them, by its own: a dict of sorted lists."""
    return {op: sorted({op, *aliases}) for op, aliases in sorted(_core.operator_names())}


def get_operator_arguments(op_name):
    """How many arguments an operator has, what they are called, and what is known of each: inputs
    first, then options. Raises MXNetError when there is no such operator."""
    info = _core.describe_operator(op_name)
    names = list(info["inputs"])
    types = ["NDArray-or-Symbol"] * len(names)
    for field in info["fields"]:
        names.append(field["name"])
        choices = "{" + ", ".join(map(repr, sorted(field["choices"]))) + "}, " if field["choices"] else ""
        types.append(choices + ("required" if field["required"] else
                                f"optional, default={field['default']}"))
    return OperatorArguments(len(names), names, types)
