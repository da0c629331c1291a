"""The operators of mx.sym.sparse, made from the registry."""
from . import register as _register

globals().update(_register.operators_of("sparse"))
__getattr__ = _register.missing_operator("mx.sym.sparse")
