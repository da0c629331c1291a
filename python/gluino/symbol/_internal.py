"""The operators of mx.sym._internal, made from the registry."""
from . import register as _register

globals().update(_register.operators_of("_internal"))
__getattr__ = _register.missing_operator("mx.sym._internal")
