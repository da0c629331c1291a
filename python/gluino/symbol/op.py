"""The operators of mx.sym.op, made from the registry."""
from .register import missing_operator, operators_of

globals().update(operators_of("op"))
__getattr__ = missing_operator("mx.sym.op")
