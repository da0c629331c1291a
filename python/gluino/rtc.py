"""Kernels compiled while a program runs: there is no GPU to run them."""
from .base import missing

__all__ = ["CudaModule", "CudaKernel"]


class CudaModule:
    """CUDA source: raises NotImplementedError."""

    def __init__(self, source, options=(), exports=()):
        missing("rtc.CudaModule", "write the operator in C++ or with mx.operator.CustomOp")


class CudaKernel:
    """A kernel of a CudaModule: raises NotImplementedError."""

    def __init__(self, handle, name, is_ndarray, dtypes):
        missing("rtc.CudaKernel")
