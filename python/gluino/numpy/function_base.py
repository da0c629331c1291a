"""Functions under the module path that MXNet has for them."""
from .creation import meshgrid

__all__ = ["meshgrid"]
