"""What NumPy's own functions do with our arrays: they call ours of the same name.

A function that we have not is computed by NumPy on copies of the arrays, and its result made an
array of ours again.
"""
import functools
import sys

import numpy as onp

from ._call import is_np, is_number
from .fallback import from_host, on_host

_PACKAGE = __name__.rpartition(".")[0]
# Functions that MXNet has under other names.
_OTHER_NAMES = {"amax": "max", "amin": "min", "round_": "around", "round": "around"}
# Results that NumPy gives as they are.
_AS_NUMPY = {"array_repr", "array_str", "array2string", "save", "savez", "savetxt", "copyto"}
# Small calls that show what NumPy gives several results as: lists, tuples or tuples with names, by
# its release.
_SHOWN = {
    **dict.fromkeys(("atleast_1d", "atleast_2d", "atleast_3d", "broadcast_arrays", "meshgrid"),
                    lambda func: func(1, 1)),
    **dict.fromkeys(("eig", "eigh", "slogdet"), lambda func: func(onp.eye(1))),
    "histogram": lambda func: func([1]),
}


def _ours(func):
    """Our function for one of NumPy's; None where there is none."""
    module = getattr(func, "__module__", None) or "numpy"
    place = sys.modules[_PACKAGE + (".linalg" if module.startswith("numpy.linalg") else "")]
    found = getattr(place, _OTHER_NAMES.get(func.__name__, func.__name__), None)
    return None if found is None or getattr(found, "is_missing", False) else found


@functools.lru_cache(None)
def _kind_of_results(func):
    return type(_SHOWN[func.__name__](func))


def _as_numpy_gives(func, result):
    """Several results in the kind of row in which NumPy's function gives them."""
    if not isinstance(result, (list, tuple)) or func.__name__ not in _SHOWN:
        return result
    kind = _kind_of_results(func)
    return kind(*result) if hasattr(kind, "_fields") else kind(result)


def function(func, types, args, kwargs):
    """numpy.func(...) of arguments of which some are ours."""
    ours = _ours(func)
    if ours is None or func.__name__ in _AS_NUMPY:
        return on_host(func)(*args, **kwargs)
    if func.__name__ == "clip" and "min" in kwargs:  # NumPy 2 has these names too.
        kwargs = {"a_min": kwargs.pop("min"), "a_max": kwargs.pop("max", None), **kwargs}
    given = {key: value for key, value in kwargs.items()
             if value is not getattr(onp, "_NoValue", None)}
    try:
        return _as_numpy_gives(func, ours(*args, **given))
    except NotImplementedError:  # of these arguments; NumPy may know them
        return on_host(func)(*args, **kwargs)


def ufunc(func, method, inputs, kwargs):
    """numpy.func(...), a universal function; arrays of NumPy's become ours, with their types.
    NotImplemented, so a TypeError, for its methods (reduce, at)."""
    if method != "__call__":
        return NotImplemented
    out = kwargs.get("out")
    if isinstance(out, tuple):
        kwargs["out"] = out = out[0] if len(out) == 1 else out
    if out is not None and not is_np(out):
        return NotImplemented
    ctx = next((x.ctx for x in inputs if is_np(x)), None)
    inputs = tuple(x if not isinstance(x, onp.ndarray) else from_host(x, ctx) if x.ndim else x.item()
                   for x in inputs)
    ours = _ours(func)
    if ours is None:
        return on_host(func)(*inputs, **kwargs)
    if not all(is_np(x) or is_number(x) for x in inputs):
        return NotImplemented
    return ours(*inputs, **kwargs)
