"""The operators of mx.nd.op, made from the registry."""
from . import register as _register

globals().update(_register.operators_of("op"))
__getattr__ = _register.missing_operator("mx.nd.op")
