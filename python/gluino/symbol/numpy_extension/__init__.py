"""mx.sym.npx: what networks need beyond NumPy, on mx.sym.np symbols."""
from ... import _core
from ..._operators import SYM_NP
from ...numpy_extension._operators import make_operators
from ..numpy._symbol import call
from . import image, random  # noqa: F401

globals().update(make_operators(SYM_NP))

# What mx.npx does more with before it calls these.
globals().update({name: _core.make_operator(op, SYM_NP, name) for name, op in [
    ("arange_like", "_contrib_arange_like"), ("batch_dot", "batch_dot"),
    ("constraint_check", "_npx_constraint_check"), ("gather_nd", "gather_nd"),
    ("reshape_like", "reshape_like"), ("sequence_mask", "SequenceMask"),
    ("shape_array", "shape_array")]})

# Codes of mx.npx.reshape, and those of the registry's operator.
_CODES = {-1: -1, -2: 0, -4: -2, -5: -3, -6: -4}


def pick(data, index, axis=-1, keepdims=False, mode="clip", name=None, **kwargs):
    """A node that takes, per place along the other axes, the element that `index` names."""
    return call("pick", data, index, axis=axis, keepdims=keepdims, mode=mode, name=name)


def reshape(a, newshape, reverse=False, order="C", name=None):
    """A node of another shape, with the codes of mx.npx.reshape but -3."""
    codes = tuple(newshape) if isinstance(newshape, (tuple, list)) else (newshape,)
    if any(code not in _CODES and code < 1 for code in codes):
        raise NotImplementedError(f"mx.sym.npx.reshape: the codes {codes}")
    return call("Reshape", a, shape=tuple(_CODES.get(code, code) for code in codes),
                reverse=reverse, name=name)


def __getattr__(name):
    from ... import numpy_extension  # pylint: disable=import-outside-toplevel
    if name.startswith("_") or not hasattr(numpy_extension, name):
        raise AttributeError(f"mx.sym.npx has no attribute {name!r}")

    def missing(*args, **kwargs):
        raise NotImplementedError(f"mx.sym.npx.{name} is not there; mx.npx may have it")

    missing.__name__ = missing.__qualname__ = name
    missing.is_missing = True
    return missing
