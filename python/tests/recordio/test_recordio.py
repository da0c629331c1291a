"""Files of records: what is written is read, also by other processes."""
import os
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import gluino as mx
from gluino import recordio


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "file.rec")


def write(path, count=5):
    writer = recordio.MXRecordIO(path, "w")
    for i in range(count):
        writer.write(b"record_%d" % i)
    del writer


def test_what_is_written_is_read(path):
    write(path)
    reader = recordio.MXRecordIO(path, "r")
    for _ in range(2):
        assert [reader.read() for _ in range(6)] == [b"record_%d" % i for i in range(5)] + [None]
        reader.reset()
    with pytest.raises(AssertionError):
        reader.write(b"")
    reader.close()
    reader.close()
    with pytest.raises(RuntimeError):
        reader.read()


def test_errors_name_the_file(path):
    with pytest.raises(mx.MXNetError, match="file.rec"):
        recordio.MXRecordIO(path, "r")
    with pytest.raises(ValueError, match="'x'"):
        recordio.MXRecordIO(path, "x")
    write(path)
    with open(path, "r+b") as file:
        file.truncate(60)
    reader = recordio.MXRecordIO(path, "r")
    with pytest.raises(mx.MXNetError, match="file.rec.*record 3"):
        while reader.read():
            pass


@pytest.mark.parametrize("key_type", [int, str])
def test_records_are_found_by_their_keys(path, tmp_path, key_type):
    index = str(tmp_path / "file.idx")
    writer = recordio.MXIndexedRecordIO(index, path, "w", key_type)
    for i in range(5):
        writer.write_idx(i, b"record_%d" % i)
    writer.close()
    with open(index, encoding="utf-8") as lines:
        assert lines.readline() == "0\t0\n" and lines.readline() == "1\t16\n"
    reader = recordio.MXIndexedRecordIO(index, path, "r", key_type)
    assert reader.keys == [key_type(i) for i in range(5)]
    for i in (3, 0, 4, 3):
        assert reader.read_idx(key_type(i)) == b"record_%d" % i
    reader.seek(key_type(1))
    assert [reader.read(), reader.read()] == [b"record_1", b"record_2"]
    with pytest.raises(KeyError):
        reader.read_idx(key_type(9))
    with pytest.raises(AssertionError):
        reader.tell()


def test_threads_get_whole_records(path, tmp_path):
    writer = recordio.MXIndexedRecordIO(str(tmp_path / "file.idx"), path, "w")
    for i in range(50):
        writer.write_idx(i, b"%d" % i * 500)
    writer.close()
    reader = recordio.MXIndexedRecordIO(str(tmp_path / "file.idx"), path, "r")
    with ThreadPoolExecutor(4) as pool:
        records = list(pool.map(reader.read_idx, list(range(50)) * 20))
    assert records == [b"%d" % i * 500 for i in range(50)] * 20


def test_pickled_and_forked_readers_begin_anew(path):
    write(path)
    reader = recordio.MXRecordIO(path, "r")
    reader.read()
    assert pickle.loads(pickle.dumps(reader)).read() == b"record_0"
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, reader.read())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 100) == b"record_0"
    assert reader.read() == b"record_1"
    os.close(reading)
    os.close(writing)


def test_only_its_process_goes_on_with_a_file(path):
    writer = recordio.MXRecordIO(path, "w")
    with pytest.raises(RuntimeError):
        pickle.dumps(writer)
    child = os.fork()
    if child == 0:
        try:
            writer.write(b"x")
        except RuntimeError:
            writer.close()
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    writer.write(b"mine")
    writer.close()
    assert recordio.MXRecordIO(path, "r").read() == b"mine"


def test_pack_and_unpack():
    header, content = recordio.unpack(recordio.pack(recordio.IRHeader(0, 4.5, 2574, 3), b"abc"))
    assert header == (0, 4.5, 2574, 3) and content == b"abc"
    for label in ([1, 2, 3], np.array([1, 2, 3]), mx.nd.array([1, 2, 3])):
        header, content = recordio.unpack(recordio.pack((0, label, 1, 0), b"abc"))
        assert header.flag == 3 and header.label.dtype == np.float32
        assert header.label.tolist() == [1, 2, 3] and content == b"abc"
    assert recordio.unpack(recordio.pack((0, [], 1, 2), b"abc")) == ((0, 0.0, 1, 2), b"abc")
    assert pickle.loads(pickle.dumps(recordio.IRHeader(0, 1.0, 2, 3))) == (0, 1.0, 2, 3)
    with pytest.raises(TypeError):
        recordio.pack((0, 1.0, 2, 3), "text")
    with pytest.raises(mx.MXNetError):
        recordio.unpack(b"abc")


def test_pictures_have_blue_first():
    picture = np.zeros((5, 4, 3), dtype=np.uint8)
    picture[:, :, 0] = 200
    record = recordio.pack_img((0, 1.0, 2, 0), picture, quality=9, img_fmt=".png")
    header, unpacked = recordio.unpack_img(record)
    assert header.label == 1.0
    np.testing.assert_array_equal(unpacked, picture)
    assert mx.image.imdecode(recordio.unpack(record)[1]).asnumpy()[0, 0].tolist() == [0, 0, 200]
    grey = recordio.pack_img((0, 1.0, 2, 0), picture[:, :, 0])
    np.testing.assert_allclose(recordio.unpack_img(grey)[1], picture[:, :, 0], atol=2)
    assert recordio.unpack_img(grey, 1)[1].shape == (5, 4, 3)
    assert recordio.unpack_img(record, 0)[1].shape == (5, 4)


def test_a_file_that_ends_before_a_record(tmp_path):
    paths = str(tmp_path / 'a.idx'), str(tmp_path / 'a.rec')
    record = mx.recordio.MXIndexedRecordIO(*paths, 'w')
    for key in range(2):
        record.write_idx(key, b'abcd')
    record.close()
    with open(paths[1], 'r+b') as file:
        file.truncate(12)
    record = mx.recordio.MXIndexedRecordIO(*paths, 'r')
    assert record.read_idx(0) == b'abcd'
    with pytest.raises(mx.MXNetError, match=r'a\.rec: ends at offset 12, where .*a\.idx has'):
        record.read_idx(1)


@pytest.mark.parametrize("line", [b"x\t7", b"1\t\xff9", b"\xff\t9", b"1 7", b"1\t-7"])
def test_an_index_that_is_none_is_told_with_its_line(path, tmp_path, line):
    write(path)
    index = tmp_path / "bad.idx"
    index.write_bytes(b"0\t0\r\n" + line + b"\n")
    with pytest.raises(ValueError, match="bad.idx: line 2: expected key<tab>offset"):
        recordio.MXIndexedRecordIO(str(index), path, "r")
