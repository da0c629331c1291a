"""Switches between MXNet's array interfaces, process variables, and small helpers.

`set_np()` makes Gluon and the iterators speak `mx.np.ndarray`, and lets arrays have no axes or no
elements. The switches hold for the whole process; scopes (`with np_shape():`) and decorators
(`@use_np`) hold for the thread that runs in them.
"""
import functools
import importlib
import inspect
import os
import typing

from . import _core
from .base import Current, MXNetError, c_str, check_call, py_str

__all__ = [
    "c_str", "check_call", "default_array", "get_cuda_compute_capability", "get_gpu_count",
    "get_gpu_memory", "getenv", "is_np_array", "is_np_default_dtype", "is_np_shape", "np_array",
    "np_default_dtype", "np_shape", "np_ufunc_legal_option", "numpy_fallback", "py_str", "reset_np",
    "set_flush_denorms", "set_module", "set_np", "set_np_default_dtype", "set_np_shape", "setenv",
    "use_np", "use_np_array", "use_np_default_dtype", "use_np_shape", "wrap_ctx_to_device_func",
    "wrap_np_binary_func", "wrap_np_unary_func",
]


class _Scope:
    """Sets a switch on this thread while the scope is open; also decorates functions."""

    _set: typing.Callable

    def __init__(self, active=True):
        self._active = bool(active)
        self._before = []

    def __enter__(self):
        self._before.append(type(self)._set(self._active))
        return self

    def __exit__(self, kind, error, trace):
        type(self)._set(self._before.pop())

    def __call__(self, func):
        return _decorated(func, type(self), self._active)


class _NumpyShapeScope(_Scope):
    _set = staticmethod(_core.set_np_shape)


def _make_face():
    """Loads mx.np and mx.sym.np, whose classes are those of what is made from now on."""
    importlib.import_module(".numpy", __package__)
    importlib.import_module(".symbol.numpy", __package__)


def _set_np_array(active):
    if active:
        _make_face()
    return _core.set_np_array(active)


def _np_arrays_in_force():
    return _NumpyArrayScope(_core.is_np_array())


class _NumpyArrayScope(_Scope):
    _set = staticmethod(_set_np_array)
    _current = Current(_np_arrays_in_force, lambda scope: _set_np_array(scope._is_np_array))

    @property
    def _is_np_array(self):
        return self._active


class _NumpyDTypeScope(_Scope):
    _set = staticmethod(_core.set_np_types)


# What a block's call runs in the scope anyhow; blocks ask whose these are.
_INSIDE_CALLS = ("forward", "hybrid_forward", "infer_shape")


def _members(cls):
    """The members of a class, and the methods that it inherits, by which arrays are made as well."""
    inherited = {name: member for base in reversed(cls.__mro__[1:-1])
                 for name, member in vars(base).items()
                 if inspect.isfunction(member) and name not in _INSIDE_CALLS
                 and (name == "__call__" or not name.startswith("_"))}
    return {**inherited, **vars(cls)}


def _decorated(target, scope, value=True):
    """`target`, a function or a class, running in that scope. A class has its methods decorated."""
    if inspect.isclass(target):
        for name, member in _members(target).items():
            if inspect.isfunction(member):
                setattr(target, name, _decorated(member, scope, value))
            elif isinstance(member, (staticmethod, classmethod)):
                setattr(target, name, type(member)(_decorated(member.__func__, scope, value)))
            elif isinstance(member, property):
                parts = (member.fget, member.fset, member.fdel)
                setattr(target, name, property(*(p and _decorated(p, scope, value) for p in parts)))
        return target
    if not callable(target):
        raise TypeError(f"expected a function or a class to decorate, got {type(target).__name__}")

    @functools.wraps(target)
    def in_scope(*args, **kwargs):
        with scope(value):
            return target(*args, **kwargs)

    return in_scope


def set_np_shape(active):
    """Allows arrays without axes and without elements on this thread, or not. Returns what was
    before."""
    return _core.set_np_shape(bool(active))


def is_np_shape():
    """Whether arrays without axes, or of no elements, are made: those of NumPy."""
    return _core.is_np_shape()


def is_np_array():
    """Whether Gluon and the iterators give and take `mx.np.ndarray`."""
    return _core.is_np_array()


def is_np_default_dtype():
    """Whether arrays are made with NumPy's default types, float64 and int64."""
    return _core.is_np_default_dtype()


def np_shape(active=True):
    """A scope and decorator in which shapes are NumPy's (`active`) or MXNet's old ones."""
    return _NumpyShapeScope(active)


def np_array(active=True):
    """A scope and decorator in which Gluon's arrays are `mx.np.ndarray` (`active`) or not."""
    return _NumpyArrayScope(active)


def np_default_dtype(active=True):
    """A scope and decorator in which arrays are made float64 and int64 when nothing is said."""
    return _NumpyDTypeScope(active)


def use_np_shape(func):
    """Decorates a function, or all methods of a class, to run with NumPy's shapes."""
    return _decorated(func, _NumpyShapeScope)


def use_np_array(func):
    """Decorates a function, or all methods of a class, to run with NumPy's arrays."""
    return _decorated(func, _NumpyArrayScope)


def use_np_default_dtype(func):
    """Decorates a function, or all methods of a class, to run with NumPy's default types."""
    return _decorated(func, _NumpyDTypeScope)


def use_np(func):
    """Decorates a function, or all methods of a class, to run as after set_np()."""
    return use_np_shape(use_np_array(func))


def set_np(shape=True, array=True, dtype=False):
    """Switches to NumPy's shapes, arrays and (`dtype`) default types. ValueError where arrays are
    asked for without the shapes that they need."""
    if array and not shape:
        raise ValueError("NumPy's arrays need NumPy's shapes: set_np(shape=False, array=True)")
    if array:
        _make_face()
    _core.set_np_program(bool(array), bool(shape))
    set_np_default_dtype(dtype)


def reset_np():
    """Switches back to MXNet's old arrays and shapes."""
    set_np(shape=False, array=False, dtype=False)


def set_np_default_dtype(is_np_default_dtype=True):  # pylint: disable=redefined-outer-name
    """Makes float64 and int64 the default types of `mx.np`, or float32. Returns what was before."""
    before = _core.is_np_default_dtype()
    _core.set_np_types_of_program(bool(is_np_default_dtype))
    return before


def set_module(module):
    """A decorator that says in which module a function or class is found."""

    def decorate(target):
        if module is not None:
            target.__module__ = module
        return target

    return decorate


# What NumPy's functions take, and the values under which they mean nothing: we take those alone.
_UFUNC_OPTIONS = {
    "where": (True,), "subok": (True,), "casting": ("no", "equiv", "safe", "same_kind", "unsafe"),
    "order": ("K",), "dtype": None,
}


def np_ufunc_legal_option(key, value):
    """Whether NumPy's universal functions know an option, and such a value of it."""
    if key == "where":
        return True
    if key == "casting":
        return value in _UFUNC_OPTIONS["casting"]
    if key == "order":
        return isinstance(value, str)
    if key == "dtype":
        import numpy  # pylint: disable=import-outside-toplevel
        try:
            numpy.dtype(value)
        except TypeError:
            return False
        return True
    return key == "subok" and isinstance(value, bool)


def _checked_options(func, options):
    """Refuses what `func` does not do: TypeError for an option unknown to NumPy,
    NotImplementedError for one that would change the result."""
    for key, value in options.items():
        if key not in _UFUNC_OPTIONS:
            raise TypeError(f"{func.__name__}() got an unknown option '{key}'")
        if not np_ufunc_legal_option(key, value):
            raise TypeError(f"{func.__name__}(): '{value}' is no value of the option '{key}'")
        harmless = _UFUNC_OPTIONS[key]
        if key == "dtype" and value is None:
            continue  # NumPy's default
        if harmless is None or value not in harmless or (key == "casting" and value != "same_kind"):
            raise NotImplementedError(f"{func.__name__}({key}={value}) is not implemented")


def wrap_np_unary_func(func):
    """Lets `func(x, out=None)` take NumPy's options of universal functions, where they change
    nothing, and an `out` in a tuple of one."""

    @functools.wraps(func)
    def wrapped(x, out=None, **kwargs):
        if kwargs:
            _checked_options(func, kwargs)
        if out.__class__ is tuple:
            out = _only(func, out)
        return func(x, out=out)

    return wrapped


def wrap_np_binary_func(func):
    """The same for `func(x1, x2, out=None)`."""

    @functools.wraps(func)
    def wrapped(x1, x2, out=None, **kwargs):
        if kwargs:
            _checked_options(func, kwargs)
        if out.__class__ is tuple:
            out = _only(func, out)
        return func(x1, x2, out=out)

    return wrapped


def _only(func, out):
    if len(out) != 1:
        raise ValueError(f"{func.__name__}() has one output, got {len(out)} arrays for it")
    return out[0]


def wrap_ctx_to_device_func(func):
    """Lets a function that takes `device` be called with `ctx`, its older name."""

    @functools.wraps(func)
    def wrapped(*args, **kwargs):
        if "ctx" in kwargs:
            kwargs["device"] = kwargs.pop("ctx")
        return func(*args, **kwargs)

    return wrapped


def numpy_fallback(func):
    """Decorates a function that is written with NumPy alone to take and give `mx.np.ndarray`."""
    from .numpy.fallback import on_host  # pylint: disable=import-outside-toplevel
    return on_host(func)


def default_array(source_array, ctx=None, dtype=None, device=None):
    """`mx.np.array` or `mx.nd.array` of the source, as the switches say."""
    if is_np_array():
        from . import numpy as module  # pylint: disable=import-outside-toplevel
    else:
        from . import ndarray as module  # pylint: disable=import-outside-toplevel
    return module.array(source_array, ctx=ctx if device is None else device, dtype=dtype)


def getenv(name):
    """The value of a process variable, None where it is not set."""
    return os.environ.get(name)


def setenv(name, value):
    """Sets a process variable, for native code too; None takes it away."""
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def get_gpu_count():
    """How many accelerators there are."""
    from .context import num_gpus  # pylint: disable=import-outside-toplevel
    return num_gpus()


def get_gpu_memory(gpu_dev_id):
    """(free, whole) bytes of an accelerator's memory. MXNetError: there is none."""
    raise MXNetError(f"gpu({gpu_dev_id}): this build has no accelerator with memory of its own")


def get_cuda_compute_capability(ctx):
    """The CUDA capability of a device. ValueError for one that is no GPU, MXNetError without
    CUDA."""
    if getattr(ctx, "device_type", None) != "gpu":
        raise ValueError(f"expected a GPU, got {ctx}")
    raise MXNetError("this build has no CUDA")


def set_flush_denorms(value):
    """Would let the processor take numbers near zero for zero. NotImplementedError."""
    raise NotImplementedError(f"util.set_flush_denorms({value}) is not implemented")
