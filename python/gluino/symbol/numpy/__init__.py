"""mx.sym.np: NumPy's functions on symbols, as far as they need no shapes.

They build the operators that mx.np computes with, by the same table. What needs to know a shape, or
lacks an operator, raises NotImplementedError.
"""
from ...numpy.utils import *  # noqa: F401,F403
from . import _functions
from ._symbol import _Symbol  # noqa: F401
from ._functions import *  # noqa: F401,F403
from . import linalg, random  # noqa: E402,F401


def __getattr__(name):
    from ... import numpy  # pylint: disable=import-outside-toplevel
    if name.startswith("_") or not hasattr(numpy, name):
        raise AttributeError(f"mx.sym.np has no attribute {name!r}")

    def missing(*args, **kwargs):
        raise NotImplementedError(f"mx.sym.np.{name} is not there: it needs shapes, or an operator "
                                  "that is not implemented yet; mx.np may have it")

    missing.__name__ = missing.__qualname__ = name
    missing.is_missing = True
    return missing
