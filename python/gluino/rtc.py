"""Kernels compiled while a program runs: there is no GPU to run them."""
from .base import missing
# Found here, too, as in MXNet.
from .base import c_array, c_array_buf, c_str, c_str_array, check_call  # noqa: F401
from .ndarray import NDArray  # noqa: F401

__all__ = ["CudaModule", "CudaKernel"]


class CudaModule:
    """CUDA source: raises NotImplementedError."""

    def __init__(self, source, options=(), exports=()):
        missing("rtc.CudaModule", "write the operator in C++ or with mx.operator.CustomOp")


class CudaKernel:
    """A kernel of a CudaModule: raises NotImplementedError."""

    def __init__(self, handle, name, is_ndarray, dtypes):
        missing("rtc.CudaKernel")
