"""Data sets."""
import pickle

import numpy as np
import pytest

import gluino as mx
from gluino.gluon import data


def test_array_dataset():
    dataset = data.ArrayDataset(mx.nd.arange(12).reshape((6, 2)), np.arange(6))
    x, y = dataset[1]
    assert isinstance(x, mx.nd.NDArray)
    np.testing.assert_array_equal(x.asnumpy(), [2, 3])
    assert y == 1 and isinstance(y, np.integer)
    assert len(dataset) == 6


def test_one_array_gives_no_tuples():
    value = data.ArrayDataset(mx.nd.arange(6))[2]
    assert isinstance(value, np.float32) and value == 2
    assert data.ArrayDataset([1, 2, 3])[0] == 1


def test_arrays_must_fit():
    with pytest.raises(AssertionError, match='same length'):
        data.ArrayDataset(mx.nd.ones((2, 2)), mx.nd.ones((3,)))
    with pytest.raises(AssertionError):
        data.ArrayDataset()
    with pytest.raises(IndexError):
        data.ArrayDataset(np.arange(3))[3]
    with pytest.raises(NotImplementedError):
        data.Dataset()[0]


def test_shards_cover_all_once():
    dataset = data.SimpleDataset(list(range(13)))
    shards = [dataset.shard(4, i) for i in range(4)]
    assert [[shard[j] for j in range(len(shard))] for shard in shards] == [
        [0, 1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]
    for number, index in [(0, 0), (4, 4), (4, -1)]:
        with pytest.raises(AssertionError):
            dataset.shard(number, index)


def test_parts():
    dataset = data.SimpleDataset(list(range(13)))
    assert len(dataset.take(3)) == 3
    assert len(dataset.take(100)) == len(dataset.take(None)) == 13
    with pytest.raises(AssertionError):
        dataset.take(-1)
    large = dataset.filter(lambda x: x > 9)
    assert [large[i] for i in range(len(large))] == [10, 11, 12]
    assert dataset.sample(data.SequentialSampler(2, start=5))[1] == 6
    with pytest.raises(TypeError, match='Sampler'):
        dataset.sample([1, 2])


def test_transforms():
    dataset = data.ArrayDataset(np.arange(4.), np.arange(4))
    assert dataset.transform(lambda x, y: (x + y, y))[2] == (4, 2)
    assert dataset.transform_first(lambda x: 10 * x)[2] == (20, 2)
    assert data.SimpleDataset([1, 2]).transform(lambda x: -x)[1] == -2
    calls = []
    lazy = dataset.transform_first(calls.append)
    assert not calls
    dataset.transform_first(calls.append, lazy=False)
    assert len(calls) == 4
    assert len(lazy) == 4


def _negative(x):
    return -x


def test_pickled():
    dataset = data.SimpleDataset([(1, 2), (3, 4)]).transform_first(_negative)
    assert pickle.loads(pickle.dumps(dataset))[1] == (-3, 4)


def test_records(tmp_path):
    path = str(tmp_path / 'some')
    record = mx.recordio.MXIndexedRecordIO(path + '.idx', path + '.rec', 'w')
    for i in range(5):
        record.write_idx(i, bytes([i]) * 3)
    record.close()
    dataset = data.RecordFileDataset(path + '.rec')
    assert [dataset[i] for i in range(len(dataset))] == [bytes([i]) * 3 for i in range(5)]


def test_pictures_in_folders(tmp_path):
    picture = np.random.RandomState(0).randint(0, 256, (5, 4, 3)).astype('uint8')
    for name in ('cat', 'dog'):
        (tmp_path / name).mkdir()
        header = mx.recordio.IRHeader(0, 0, 0, 0)
        packed = mx.recordio.pack_img(header, picture, img_fmt='.png')
        (tmp_path / name / 'a.png').write_bytes(mx.recordio.unpack(packed)[1])
    (tmp_path / 'dog' / 'readme.txt').write_text('no picture')
    with pytest.warns(UserWarning, match='readme.txt'):
        dataset = data.vision.ImageFolderDataset(str(tmp_path))
    assert dataset.synsets == ['cat', 'dog']
    assert len(dataset) == 2
    image, label = dataset[1]
    assert label == 1 and image.shape == (5, 4, 3)


def test_pictures_in_records(tmp_path):
    path = str(tmp_path / 'pictures')
    record = mx.recordio.MXIndexedRecordIO(path + '.idx', path + '.rec', 'w')
    picture = np.full((6, 5, 3), 77, dtype='uint8')
    for i in range(3):
        header = mx.recordio.IRHeader(0, float(i), i, 0)
        record.write_idx(i, mx.recordio.pack_img(header, picture, img_fmt='.png'))
    record.close()
    dataset = data.vision.ImageRecordDataset(path + '.rec')
    image, label = dataset[2]
    assert label == 2
    np.testing.assert_array_equal(image.asnumpy(), picture)


def test_pictures_of_a_list(tmp_path):
    """MXNet 2.0's ImageListDataset."""
    for i in range(2):
        picture = np.full((5 + i, 4, 3), 77 + i, dtype='uint8')
        (tmp_path / f'{i}.png').write_bytes(mx.recordio.pack_img(
            mx.recordio.IRHeader(0, 0., 0, 0), picture, img_fmt='.png')[24:])
    lines = tmp_path / 'list.lst'
    lines.write_text('0\t3\t0.png\n1\t4\t1.png\n')
    for names in (str(lines), [[3, '0.png'], [4, '1.png']]):
        dataset = data.vision.ImageListDataset(str(tmp_path), names)
        picture, label = dataset[1]
        assert len(dataset) == 2 and label == 4 and picture.shape == (6, 4, 3)
        assert (picture.asnumpy() == 78).all()
    grey = data.vision.ImageListDataset(str(tmp_path), [[1, 2, '0.png']], flag=0)
    assert grey[0][0].shape == (5, 4, 1) and grey[0][1].tolist() == [1, 2]
    with pytest.raises(ValueError, match='labels and a path'):
        data.vision.ImageListDataset(str(tmp_path), [['0.png']])
