"""The operators of mx.sym.random, made from the registry."""
from . import register as _register

globals().update(_register.operators_of("random"))
__getattr__ = _register.missing_operator("mx.sym.random")
