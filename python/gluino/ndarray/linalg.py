"""The operators of mx.nd.linalg, made from the registry."""
from .register import missing_operator, operators_of

globals().update(operators_of("linalg"))
__getattr__ = missing_operator("mx.nd.linalg")
