"""Arrays from texts."""
import numpy as onp

from .creation import array

__all__ = ["genfromtxt"]


def genfromtxt(*args, **kwargs):
    """The numbers in a text file, read by NumPy; `ctx` says where the array lives."""
    ctx = kwargs.pop("ctx", kwargs.pop("device", None))
    return array(onp.genfromtxt(*args, **kwargs), dtype=kwargs.get("dtype", onp.float32), ctx=ctx)
