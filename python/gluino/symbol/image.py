"""The operators of mx.sym.image, made from the registry."""
from . import register as _register

globals().update(_register.operators_of("image"))
__getattr__ = _register.missing_operator("mx.sym.image")
