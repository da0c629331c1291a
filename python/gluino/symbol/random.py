"""The operators of mx.sym.random, made from the registry."""
from .register import missing_operator, operators_of

globals().update(operators_of("random"))
__getattr__ = missing_operator("mx.sym.random")
