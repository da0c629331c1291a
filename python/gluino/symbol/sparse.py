"""The operators of mx.sym.sparse, made from the registry: those that take sparse arrays are the same
as for dense ones."""
from . import op as _op
from . import register as _register

globals().update(_register.operators_of("sparse"))


def __getattr__(name):
    if not name.startswith("_") and hasattr(_op, name):
        return getattr(_op, name)
    return _register.missing_operator("mx.sym.sparse")(name)
