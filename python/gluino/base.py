"""Errors, sentinels and small tools that the whole package shares."""
import os
import re as _re
import sys

import numpy as _np

from ._c_values import (MXCallbackList, NDArrayHandle, c_array, c_array_buf,  # noqa: F401
                        c_handle_array, c_str, c_str_array, ctypes2buffer, ctypes2numpy_shared, mx_float_p)
from ._core import MXNetError

__all__ = ["MXNetError", "NotImplementedForSymbol", "NotSupportedForSparseNDArray"]

MXNetError.__module__ = "mxnet.base"

integer_types = (int, _np.integer)
numeric_types = (float, int, _np.generic)
string_types = (str,)
mx_real_t = _np.float32
error_types: dict[str, type] = {}


class _NullType:
    """The default of an operator's option that was not given."""

    def __repr__(self):
        return "_Null"

    def __reduce__(self):
        return "_Null"


_Null = _NullType()


class ArgumentError(MXNetError, ValueError):
    """A value, or shapes, that a function cannot use: what MXNet and what NumPy raise, in one."""


class _OnlyOfDenseArrays(MXNetError):
    """A method of dense arrays that was called of something else."""

    _refusal = ""

    def __init__(self, function, alias, *args):
        super().__init__()
        self.function = getattr(function, "__name__", str(function))
        self.alias = alias
        self.args = [str(type(a)) for a in args]

    def __str__(self):
        message = f"Function {self.function}"
        if self.alias:
            message += f" (namely operator \"{self.alias}\")"
        if self.args:
            message += f" with arguments ({', '.join(self.args)})"
        return f"{message} {self._refusal} and only available in NDArray."


class NotImplementedForSymbol(_OnlyOfDenseArrays):
    """An array's method that a symbol cannot have, because it has no values yet."""

    _refusal = "is not implemented for Symbol"


class NotSupportedForSparseNDArray(_OnlyOfDenseArrays):
    """A method that only dense arrays have."""

    _refusal = "is not supported for SparseNDArray"


def py_str(x):
    """A string of bytes in UTF-8; of a string itself."""
    return x.decode("utf-8") if isinstance(x, (bytes, bytearray)) else str(x)


def missing(name, instead=""):
    """Raises NotImplementedError for a name of MXNet's that this package does not have."""
    raise NotImplementedError(f"{name} is not there in Gluino{'; ' + instead if instead else ''}")


def data_dir_default():
    """The folder for data sets and models where MXNET_HOME is not set: ~/.mxnet."""
    return os.path.join(os.path.expanduser("~"), ".mxnet")


def data_dir():
    """The folder for data sets and models."""
    return os.getenv("MXNET_HOME", data_dir_default())


def register_error(func_name=None, cls=None):
    """Registers a class of exceptions under its name, or the one given; also as a decorator."""
    if callable(func_name):
        error_types[func_name.__name__] = func_name
        return func_name
    if cls is None:
        return lambda given: register_error(func_name, given)
    error_types[func_name] = cls
    return cls


def with_metaclass(meta, *bases):
    """A class to derive from, whose subclasses have the metaclass `meta`."""

    class _Temporary(type):
        def __new__(cls, name, _, namespace):
            return meta(name, bases, namespace)

    return type.__new__(_Temporary, "temporary_class", (), {})


class classproperty:
    """A property of the class itself."""

    def __init__(self, func):
        self._func = func

    def __get__(self, instance, owner):
        return self._func(owner)


class Current:
    """What is in force on the thread that asks, as `_current.value`, which is where MXNet's programs
    look for it, and put another."""

    def __init__(self, get, put):
        self._get = get
        self._put = put

    @property
    def value(self):
        return self._get()

    @value.setter
    def value(self, value):
        self._put(value)


def build_param_doc(arg_names, arg_types, arg_descs, remove_dup=True):
    """The parameters' part of a docstring, as numpydoc writes it."""
    seen = set()
    lines = ["Parameters", "----------"]
    for name, kind, text in zip(arg_names, arg_types, arg_descs):
        if (remove_dup and name in seen) or name == "num_args":
            continue
        seen.add(name)
        lines.append(f"{name} : {kind}")
        if text:
            lines.append("    " + text)
    return "\n".join(lines) + "\n"


def check_call(ret):
    """Raises MXNetError unless `ret` is 0, as calls of MXNet's C interface return."""
    if ret != 0:
        raise MXNetError(f"call returned {ret}")


def c2pyerror(err_msg):
    """(message, kind of exception or None) of a message of MXNet's C interface: the stack, where
    there is one, comes first, as in Python, and the kind is what the last line begins with."""
    head, found, stack = err_msg.partition("\nStack trace:\n")
    kind = _re.match(r"(\w+): ", head)
    lines = ["Traceback (most recent call last):", *stack.rstrip("\n").split("\n")] if found else []
    return "\n".join([*lines, head.rstrip("\n")]), kind and kind.group(1)


def _as_list(obj):
    """`obj` itself if it is a list or tuple, else a list of it."""
    return obj if isinstance(obj, (list, tuple)) else [obj]


def add_fileline_to_docstring(module, incursive=True):
    """Does nothing: docstrings here say what is called, not where it stands."""


if sys.byteorder != "little":
    raise ImportError("Gluino reads and writes little-endian files and runs on such machines only")
