"""Arrays beside NumPy's and those of other libraries."""
import sys

import gluino as mx
import numpy as np
import pytest
from gluino import nd


def test_numpy_reads_arrays():
    array = nd.array([[1, 2], [3, 4]])
    for copied in (np.asarray(array), np.array(array), array.__array__()):
        assert copied.dtype == np.float32 and copied.tolist() == [[1, 2], [3, 4]]
    assert np.asarray(array, dtype="int64").dtype == np.int64
    assert np.allclose(array, [[1, 2], [3, 4]])
    taken = array.asnumpy()
    taken[:] = 0  # a copy that may be written to
    assert array.asnumpy().max() == 4
    assert np.array(nd.array([1], dtype="float16")).dtype == np.float16


def test_functions_that_numpy_forwards():
    array = nd.array([[1, 5], [3, 4]])
    for result, expected in ((np.argmax(array), 1), (np.sum(array), 13), (np.max(array), 5)):
        assert type(result) is mx.nd.NDArray and result.asscalar() == expected
    assert np.argmax(array, axis=1).asnumpy().tolist() == [1, 1]
    assert np.max(array, axis=0).asnumpy().tolist() == [3, 5]


def test_numpys_numbers_leave_arrays_to_us():
    for number in (np.float32(2), np.float64(2), np.int64(2)):
        for result in (number * nd.ones((2,)), nd.ones((2,)) * number):
            assert type(result) is mx.nd.NDArray and result.asnumpy().tolist() == [2, 2]
    assert type(nd.ones((4,)).norm() / np.sqrt(4)) is mx.nd.NDArray
    with pytest.raises(TypeError):
        np.ones(2) + nd.ones((2,))


def test_from_numpy():
    source = np.arange(6, dtype="float32").reshape(2, 3)
    array = nd.from_numpy(source)
    assert not source.flags.writeable
    array[0] = 7
    assert source[0].tolist() == [7, 7, 7]  # the same memory
    del source
    assert array.asnumpy().sum() == 33
    free = np.ones(3)
    copied = nd.from_numpy(free, zero_copy=False)
    assert free.flags.writeable and copied.dtype is np.float64
    with pytest.raises(ValueError):
        nd.from_numpy(np.arange(12.0).reshape(3, 4)[:, ::2])


def test_from_numpy_of_memory_that_is_read_only():
    source = np.arange(3, dtype="float32")
    first, second = nd.from_numpy(source), nd.from_numpy(source)  # the first made it read-only
    first[:] = 5
    assert second.asnumpy().tolist() == source.tolist() == [5, 5, 5]
    kept = bytes(8)
    array = nd.from_numpy(np.frombuffer(kept, dtype="int32"))
    array[:] = 3
    assert array.asnumpy().tolist() == [3, 3] and kept == bytes(8)


@pytest.mark.parametrize("wrong, error", [
    (np.arange(3, dtype=">f4" if sys.byteorder == "little" else "<f4"), ValueError),
    (np.zeros(3, dtype=complex), ValueError), (np.array(["a"]), ValueError),
    (np.array([None]), ValueError), ([1, 2], TypeError), (np.float32(3), TypeError)])
def test_from_numpy_refuses_what_it_cannot_share(wrong, error):
    with pytest.raises(error, match="from_numpy"):
        nd.from_numpy(wrong)
    assert not isinstance(wrong, np.ndarray) or wrong.flags.writeable


def test_from_numpy_copies_another_byte_order():
    swapped = np.arange(3, dtype="float32").astype(">f4")
    assert nd.from_numpy(swapped, zero_copy=False).asnumpy().tolist() == [0, 1, 2]


def test_dlpack():
    array = nd.arange(6).reshape((2, 3))
    shared = nd.from_dlpack(array.to_dlpack_for_write())
    shared[:] = 1
    assert array.asnumpy().tolist() == [[1] * 3] * 2
    assert nd.from_dlpack(nd.to_dlpack_for_read(array)).shape == (2, 3)
    assert np.from_dlpack(array).tolist() == [[1] * 3] * 2
    assert array.__dlpack_device__() == (1, 0)
    copied = nd.from_dlpack(array.__dlpack__(copy=True))
    copied[:] = 7
    assert array.asnumpy().tolist() == [[1] * 3] * 2
    with pytest.raises(BufferError, match="DLPack's device"):
        array.__dlpack__(dl_device=(2, 0))


def test_dlpack_of_a_class():
    array = nd.arange(6).reshape((2, 3))
    for array_cls in (nd.NDArray, mx.np.ndarray):
        capsule = mx.dlpack.ndarray_to_dlpack_for_write()(array)
        shared = mx.dlpack.ndarray_from_dlpack(array_cls)(capsule)
        assert type(shared) is array_cls
        shared[:] = 3
        assert array.asnumpy().tolist() == [[3] * 3] * 2
        elements = np.arange(4, dtype="float32")
        from_numpy = mx.dlpack.ndarray_from_numpy(array_cls, nd.array)
        assert type(from_numpy(elements)) is array_cls
        assert not elements.flags.writeable
        assert from_numpy(elements, zero_copy=False).asnumpy().tolist() == [0, 1, 2, 3]
    read = mx.dlpack.ndarray_to_dlpack_for_read()(array)
    assert np.array(nd.from_dlpack(read).asnumpy()).tolist() == [[3] * 3] * 2
    assert array.__dlpack_device__()[0] == mx.dlpack.DLDeviceType.DLCPU


def test_the_two_faces_share_memory():
    array = nd.ones((2,))
    other = array.as_np_ndarray()
    assert type(other) is mx.np.ndarray and isinstance(other, mx.nd.NDArray)
    other[:] = 5
    assert array.asnumpy().tolist() == [5, 5]
    assert type(other.as_nd_ndarray()) is mx.nd.NDArray
    with pytest.raises(TypeError, match="as_nd_ndarray"):
        nd.relu(other)
    with pytest.raises(TypeError, match="as_np_ndarray"):
        mx.npx.relu(array)


class ReadOnly:
    """An array of a library whose arrays nobody may write, such as JAX'."""

    def __init__(self, values):
        self.values = np.array(values)
        self.values.flags.writeable = False

    def __dlpack__(self, **options):
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()


@pytest.mark.parametrize("taken", [lambda x: x, ReadOnly], ids=["numpy", "another"])
def test_arrays_that_nobody_may_write_are_copied(taken):
    source = np.arange(3.0)
    source.flags.writeable = False
    array = nd.from_dlpack(taken(source))
    array[:] = 7
    assert array.asnumpy().tolist() == [7, 7, 7] and source.tolist() == [0, 1, 2]


@pytest.mark.parametrize("bad", [3, "x", None, [1, 2]])
def test_what_is_no_array_for_dlpack_is_named(bad):
    with pytest.raises(TypeError, match=f"expected an array.*got {type(bad).__name__}"):
        nd.from_dlpack(bad)


def test_types_without_a_counterpart_are_told_by_dlpack():
    with pytest.raises(TypeError, match="no such type"):
        nd.from_dlpack(np.ones(2, "int16"))
