"""The operators of mx.sym.image, made from the registry."""
from .register import missing_operator, operators_of

globals().update(operators_of("image"))
__getattr__ = missing_operator("mx.sym.image")
