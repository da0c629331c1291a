"""The functions of mx.np and mx.npx that stand for operators of the registry, by their names."""
import inspect

from .. import numpy, numpy_extension
from ..operator import get_all_registered_operators

_PLACES = {"_np_": numpy, "_npx_": numpy_extension}


def _get_builtin_op(op_name):
    """mx.np.sum for "_np_sum", mx.npx.reshape for "_npx_reshape"; None for other beginnings.
    ValueError where the module has no such function."""
    for prefix, module in _PLACES.items():
        if op_name.startswith(prefix):
            function = getattr(module, op_name[len(prefix):], None)
            if function is None:
                raise ValueError(f"{module.__name__} has no function {op_name[len(prefix):]}")
            return function
    return None


def _sign():
    """Every function tells its signature, as MXNet's do, by the attribute too."""
    for name in get_all_registered_operators():
        if name.startswith("_np_"):
            function = _get_builtin_op(name)
            function.__signature__ = inspect.signature(function)


_sign()
