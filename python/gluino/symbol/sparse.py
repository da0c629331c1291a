"""The operators of mx.sym.sparse, made from the registry."""
from .register import missing_operator, operators_of

globals().update(operators_of("sparse"))
__getattr__ = missing_operator("mx.sym.sparse")
