"""Functions under the module path that MXNet has for them."""
from .shaping import broadcast_arrays

__all__ = ["broadcast_arrays"]
