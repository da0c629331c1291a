"""Values as MXNet's C interface takes and gives them, for programs that call it by ctypes."""
import array
import ctypes

import numpy as np

__all__ = ["MXCallbackList", "NDArrayHandle", "c_array", "c_array_buf", "c_handle_array", "c_str", "c_str_array",
           "ctypes2buffer", "ctypes2numpy_shared", "mx_float_p"]

mx_float_p = ctypes.POINTER(ctypes.c_float)
# The type by which programs hand arrays to MXNet's C interface.
NDArrayHandle = ctypes.c_void_p


class MXCallbackList(ctypes.Structure):
    """The functions of an operator that a program defines, each with what it is called with."""

    _fields_ = [("num_callbacks", ctypes.c_int),
                ("callbacks", ctypes.POINTER(ctypes.CFUNCTYPE(ctypes.c_int))),
                ("contexts", ctypes.POINTER(ctypes.c_void_p))]


def c_str(string):
    """A text as char*."""
    return ctypes.c_char_p(string.encode("utf-8"))


def c_str_array(strings):
    """Texts as char**."""
    return c_array(ctypes.c_char_p, [string.encode("utf-8") for string in strings])


def c_array(ctype, values):
    """Values as an array of a type of ctypes."""
    return (ctype * len(values))(*values)


def c_handle_array(objs):
    """The handles of objects, their `handle`, as an array of pointers."""
    return c_array(ctypes.c_void_p, [getattr(obj.handle, "value", obj.handle) for obj in objs])


def c_array_buf(ctype, buf):
    """The values in the memory of an `array.array` as an array of a type of ctypes."""
    assert isinstance(buf, array.array), f"expected an array.array, got {type(buf).__name__}"
    return (ctype * len(buf)).from_buffer(buf)


def ctypes2buffer(cptr, length):
    """A copy of `length` bytes at a char*."""
    if not isinstance(cptr, ctypes.POINTER(ctypes.c_char)):
        raise TypeError("expected char pointer")
    return bytearray(ctypes.string_at(cptr, length))


def ctypes2numpy_shared(cptr, shape):
    """A NumPy array of a shape in the memory at a float*."""
    if not isinstance(cptr, mx_float_p):
        raise RuntimeError("expected float pointer")
    return np.ctypeslib.as_array(cptr, shape=tuple(shape))
