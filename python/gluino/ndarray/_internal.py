"""The operators of mx.nd._internal, made from the registry."""
from . import register as _register
from ._pictures import _cvcopyMakeBorder, _cvimdecode, _cvimread  # noqa: F401

globals().update(_register.operators_of("_internal"))
__getattr__ = _register.missing_operator("mx.nd._internal")
