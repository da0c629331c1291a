"""The operators of mx.nd.linalg, made from the registry."""
from . import register as _register

globals().update(_register.operators_of("linalg"))
__getattr__ = _register.missing_operator("mx.nd.linalg")
