"""Kinds of errors, under the names of MXNet's `mx.error`."""
from .base import MXNetError, register_error

__all__ = ["MXNetError", "InternalError", "register", "register_error"]


@register_error
class InternalError(MXNetError):
    """What must not happen."""


register = register_error
register_error("ValueError", ValueError)
register_error("TypeError", TypeError)
register_error("AttributeError", AttributeError)
register_error("IndexError", IndexError)
register_error("NotImplementedError", NotImplementedError)
