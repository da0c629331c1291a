"""Values for ctypes in mx.base, as programs that call MXNet's C interface use them."""
import array
import ctypes

import mxnet as mx
import numpy as np
import pytest
from mxnet import base


def test_texts_and_arrays():
    assert base.c_str("aé").value == "aé".encode()
    assert base.c_str_array(["a", "b"])[:] == [b"a", b"b"]
    assert base.c_array(ctypes.c_int, [1, 2])[:] == [1, 2]
    assert base.c_array_buf(ctypes.c_int, array.array("i", [1, 2]))[:] == [1, 2]


def test_memory_is_copied_or_shared():
    text = ctypes.cast(ctypes.create_string_buffer(b"hello"), ctypes.POINTER(ctypes.c_char))
    assert base.ctypes2buffer(text, 4) == b"hell"
    values = np.arange(6, dtype=np.float32)
    shared = base.ctypes2numpy_shared(values.ctypes.data_as(base.mx_float_p), (2, 3))
    values[5] = 7
    assert shared.tolist() == [[0, 1, 2], [3, 4, 7]]
    with pytest.raises(TypeError, match="char pointer"):
        base.ctypes2buffer(3, 3)
    with pytest.raises(RuntimeError, match="float pointer"):
        base.ctypes2numpy_shared(3, (2, 3))


def test_arrays_of_numpy_become_those_of_either_kind():
    assert type(mx.nd.from_numpy(np.ones((2,)))) is mx.nd.NDArray
    assert type(mx.nd.from_numpy(np.ones((2,)), array_cls=mx.np.ndarray)) is mx.np.ndarray
    assert type(mx.nd.from_numpy(np.ones((2,)), False, mx.nd.NDArray)) is mx.nd.NDArray


def test_power_has_mxnet_s_names():
    assert mx.nd.power(base=mx.nd.array([2, 3]), exp=2).asnumpy().tolist() == [4, 9]
