"""Computations that have not run yet, and the operators on them: `mx.sym`."""
from . import _internal, contrib, image, linalg, op, random, register, sparse
from .op import *  # noqa: F403
from .symbol import *  # noqa: F403
from .symbol import Symbol  # noqa: F401


def Custom(*args, **kwargs):  # type: ignore[no-redef]
    """The user's operator that was registered as `op_type`; see mx.operator."""
    from ..operator import call_custom
    return call_custom("sym", args, kwargs)


_missing = register.missing_operator("mx.sym")


def __getattr__(name):
    # mx.sym.np and mx.sym.npx are made when they are first used: they need the package whole.
    if name in ("np", "numpy", "npx", "numpy_extension"):
        import importlib
        full = {"np": "numpy", "npx": "numpy_extension"}.get(name, name)
        return importlib.import_module(f"{__name__}.{full}")
    return _missing(name)
