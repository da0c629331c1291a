"""How arrays are printed."""
import numpy as onp

__all__ = ["set_printoptions"]


def set_printoptions(precision=None, threshold=None, **kwarg):
    """Sets how NumPy prints arrays, which is how ours are printed."""
    onp.set_printoptions(precision=precision, threshold=threshold, **kwarg)
