"""MNIST and its kin: where their files come from."""
import gzip
import os
import struct
import tarfile

import numpy as np
import pytest

import gluino as mx
from gluino.gluon import data
from gluino.gluon.data import vision


def write_idx(path, array):
    header = struct.pack('>HBB', 0, 8, array.ndim) + struct.pack(f'>{array.ndim}I', *array.shape)
    with gzip.open(path, 'wb') as file:
        file.write(header + array.tobytes())


@pytest.fixture
def folder(tmp_path):
    random = np.random.RandomState(0)
    for name, count in (('train', 30), ('t10k', 20)):
        write_idx(tmp_path / f'{name}-images-idx3-ubyte.gz',
                  random.randint(0, 256, (count, 28, 28)).astype('uint8'))
        write_idx(tmp_path / f'{name}-labels-idx1-ubyte.gz',
                  (np.arange(count) % 10).astype('uint8'))
    return tmp_path


@pytest.mark.parametrize('kind', [vision.MNIST, vision.FashionMNIST])
def test_files_of_a_folder(folder, kind):
    dataset = kind(root=str(folder), train=False)
    assert len(dataset) == 20
    image, label = dataset[13]
    assert image.shape == (28, 28, 1) and image.dtype == np.uint8
    assert label == 3 and isinstance(label, np.int32)
    assert len(kind(str(folder))) == 30
    doubled = kind(str(folder), transform=lambda x, y: (x, 2 * y))
    assert doubled[4][1] == 8
    batch = next(iter(data.DataLoader(doubled, 5)))
    assert batch[1].asnumpy().tolist() == [0, 2, 4, 6, 8]


def test_the_folder_of_the_environment(folder, monkeypatch, tmp_path):
    home = tmp_path / 'home'
    (home / 'datasets').mkdir(parents=True)
    os.symlink(folder, home / 'datasets' / 'mnist')
    monkeypatch.setenv('MXNET_HOME', str(home))
    assert len(vision.MNIST(train=False)) == 20


def test_wrong_files_are_errors(folder):
    (folder / 't10k-labels-idx1-ubyte.gz').write_bytes(b'nothing')
    with pytest.raises(mx.MXNetError, match='t10k-labels'):
        vision.MNIST(str(folder), train=False)


def cifar(folder, name, count, label_bytes):
    random = np.random.RandomState(1)
    records = random.randint(0, 10, (count, label_bytes + 3072)).astype('uint8')
    (folder / name).write_bytes(records.tobytes())
    return records


def test_cifar(tmp_path):
    records = cifar(tmp_path, 'test_batch.bin', 7, 1)
    dataset = vision.CIFAR10(str(tmp_path), train=False)
    image, label = dataset[3]
    assert len(dataset) == 7 and image.shape == (32, 32, 3) and image.dtype == np.uint8
    assert label == records[3, 0] and isinstance(label, np.int32)
    np.testing.assert_array_equal(image.asnumpy(),
                                  records[3, 1:].reshape(3, 32, 32).transpose(1, 2, 0))


def test_cifar_with_fine_labels(tmp_path):
    records = cifar(tmp_path, 'train.bin', 4, 2)
    assert vision.CIFAR100(str(tmp_path))[1][1] == records[1, 0]
    assert vision.CIFAR100(str(tmp_path), fine_label=True)[1][1] == records[1, 1]
    (tmp_path / 'train.bin').write_bytes(b'12345')
    with pytest.raises(mx.MXNetError, match='train.bin'):
        vision.CIFAR100(str(tmp_path))


def test_archives_are_unpacked(tmp_path):
    from gluino.gluon.data.vision import _archives
    cifar(tmp_path, 'test_batch.bin', 3, 1)
    with tarfile.open(tmp_path / 'some.tar.gz', 'w:gz') as tar:
        tar.add(tmp_path / 'test_batch.bin', 'cifar/test_batch.bin')
    target = tmp_path / 'target'
    target.mkdir()
    _archives._extract(str(tmp_path / 'some.tar.gz'), str(target), ('test_batch.bin',))
    assert os.listdir(target) == ['test_batch.bin']


def test_digits_are_drawn_where_none_can_be_had(tmp_path, monkeypatch):
    from gluino.gluon.data.vision import datasets

    def fails(*args):
        raise mx.MXNetError('no network')

    monkeypatch.setattr(datasets, '_fetch', fails)
    with pytest.warns(UserWarning, match='drawn') as warned:
        dataset = vision.MNIST(str(tmp_path / 'empty'), train=False)
    assert 'no network' in str(warned[0].message)
    assert len(dataset) == 10000
    assert dataset[0][0].shape == (28, 28, 1) and dataset[0][1].dtype == np.int32


@pytest.mark.skipif('GLUINO_MNIST' not in os.environ, reason='GLUINO_MNIST names no folder')
def test_real_mnist():
    dataset = vision.MNIST(os.environ['GLUINO_MNIST'], train=False)
    assert [int(dataset[i][1]) for i in range(5)] == [7, 2, 1, 0, 4]
