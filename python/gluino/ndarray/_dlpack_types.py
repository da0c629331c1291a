"""The structures by which programs exchange arrays in DLPack's form, version 0.2, by ctypes."""
import ctypes


class DLContext(ctypes.Structure):
    """Where an array lies: the kind of device, 1 for processors, and its number."""

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
