"""Arrays shared with other libraries in DLPack's form: `mx.dlpack` of MXNet 2.

The structures are those of version 0.2, by ctypes. The functions make the calls that
`mx.nd.from_dlpack` and its like are, for a class of arrays.
"""
import ctypes
import enum

from ..base import c_str, check_call  # noqa: F401
from ..device import current_device  # noqa: F401

__all__ = ["DLContext", "DLDataType", "DLDeviceType", "DLManagedTensor", "DLTensor",
           "ndarray_from_dlpack", "ndarray_from_numpy", "ndarray_to_dlpack_for_read",
           "ndarray_to_dlpack_for_write"]


class DLDeviceType(enum.IntEnum):
    """Kinds of devices."""

    DLCPU = 1
    DLGPU = 2
    DLCPUPINNED = 3
    DLOPENCL = 4
    DLVULKAN = 7
    DLMETAL = 8
    DLVPI = 9
    DLROCM = 10
    DLEXTDEV = 12


class DLContext(ctypes.Structure):
    """Where an array lies: the kind of device, a DLDeviceType, and its number."""

    _fields_ = [("device_type", ctypes.c_int), ("device_id", ctypes.c_int)]


# What numbers are (0 and 1 whole ones with and without a sign, 2 real ones) and their bits.
_TYPES = {"int8": (0, 8), "int32": (0, 32), "int64": (0, 64), "uint8": (1, 8), "bool": (1, 1),
          "uint32": (1, 32), "uint64": (1, 64), "float16": (2, 16), "float32": (2, 32),
          "float64": (2, 64)}


class DLDataType(ctypes.Structure):
    """The type of elements. `TYPE_MAP` has it, as a tuple of the fields, by the names of NumPy."""

    _fields_ = [("type_code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]
    TYPE_MAP = {name: (*fields, 1) for name, fields in _TYPES.items()}


class DLTensor(ctypes.Structure):
    """An array: its memory, its form and where it begins."""

    _fields_ = [("data", ctypes.c_void_p), ("ctx", DLContext), ("ndim", ctypes.c_int),
                ("dtype", DLDataType), ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64)]


class DLManagedTensor(ctypes.Structure):
    """An array with what gives its memory back."""


DLManagedTensor._fields_ = [("dl_tensor", DLTensor), ("manager_ctx", ctypes.c_void_p),
                            ("deleter", ctypes.CFUNCTYPE(None, ctypes.c_void_p))]


def _of_class(array, array_cls):
    return array if isinstance(array, array_cls) else array.as_np_ndarray()


def ndarray_from_dlpack(array_cls):
    """The function that makes an `array_cls`, mx.nd.NDArray or mx.np.ndarray, in the memory of a
    DLPack capsule or of an array of another library."""
    from .. import ndarray  # pylint: disable=import-outside-toplevel

    return lambda dlpack: _of_class(ndarray.from_dlpack(dlpack), array_cls)


def ndarray_from_numpy(array_cls, array_create_fn):
    """The function that makes an `array_cls` in the memory of an array of NumPy, which may then no
    longer be written, or, with zero_copy=False, of its elements by array_create_fn(ndarray,
    dtype)."""
    from .. import ndarray as nd  # pylint: disable=import-outside-toplevel

    def from_numpy(ndarray, zero_copy=True):
        if not zero_copy:
            return array_create_fn(ndarray, dtype=ndarray.dtype)
        return _of_class(nd.from_numpy(ndarray), array_cls)

    return from_numpy


def ndarray_to_dlpack_for_read():
    """The function that gives an array as a DLPack capsule, to be read."""
    from .. import ndarray  # pylint: disable=import-outside-toplevel

    return ndarray.to_dlpack_for_read


def ndarray_to_dlpack_for_write():
    """The function that gives an array as a DLPack capsule, to be written."""
    from .. import ndarray  # pylint: disable=import-outside-toplevel

    return ndarray.to_dlpack_for_write
