"""What is no row of bytes is not written as one."""

import numpy as np
import pytest

from mxnet import recordio


@pytest.mark.parametrize("value", [3, "abc", [1, 2], None])
def test_only_bytes_are_written(tmp_path, value):
    writer = recordio.MXRecordIO(str(tmp_path / "a.rec"), "w")
    with pytest.raises(TypeError, match="expected bytes, got"):
        writer.write(value)
    with pytest.raises(TypeError, match="content: expected bytes, got"):
        recordio.pack(recordio.IRHeader(0, 1, 2, 0), value)
    with pytest.raises(TypeError, match="record: expected bytes, got"):
        recordio.unpack(value)
    writer.write(bytearray(b"ab"))
    writer.write(memoryview(b"cd"))
    writer.write(np.array([1, 2], dtype=np.uint8))
    writer.close()
    reader = recordio.MXRecordIO(str(tmp_path / "a.rec"), "r")
    assert [reader.read() for _ in range(4)] == [b"ab", b"cd", b"\1\2", None]


@pytest.mark.parametrize("number", [-1, 2**64, 2.5, "1"])
def test_numbers_of_records(number):
    with pytest.raises(ValueError, match="id2: expected a whole number from 0 to"):
        recordio.pack((0, 1, 2, number), b"x")
    packed = recordio.pack((0, 1, np.int64(7), 2**64 - 1), b"x")
    assert recordio.unpack(packed)[0][2:] == (7, 2**64 - 1)
