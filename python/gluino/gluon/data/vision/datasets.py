"""Data sets of pictures."""
import os
import warnings

import numpy as np

from .... import image
from ...._core import gluon_data as _native
from ....recordio import unpack
from ....util import is_np_array  # noqa: F401
from ...utils import check_sha1, download  # noqa: F401
from .. import dataset
from ..batchify import array
from . import _archives

__all__ = ['MNIST', 'FashionMNIST', 'CIFAR10', 'CIFAR100', 'ImageRecordDataset',
           'ImageFolderDataset', 'ImageListDataset']


def _home(name):
    return os.path.join(os.environ.get('MXNET_HOME', os.path.join('~', '.mxnet')), 'datasets',
                        name)


def _fetch(root, namespace, files):
    """Downloads the files of MNIST, or those given, that are missing."""
    _native.fetch_digits(root, namespace, files)


class _DownloadedDataset(dataset.Dataset):
    """Pictures in one array, and their labels in another. `_get_data` puts them into `_data` and
    `_label`."""

    def __init__(self, root, transform):
        super().__init__()
        self._transform = transform
        self._data = None
        self._label = None
        self._root = os.path.expanduser(root)
        self._get_data()

    def __getitem__(self, idx):
        if self._transform is not None:
            return self._transform(self._data[idx], self._label[idx])
        return self._data[idx], self._label[idx]

    def __len__(self):
        return len(self._label)

    def _get_data(self):
        raise NotImplementedError(f'{type(self).__name__} does not say where its data is')

    def _native_source(self):
        if self._transform is not None:
            return None
        return _native.array_source([self._data, self._label])


class MNIST(_DownloadedDataset):
    """Handwritten digits: 60000 to train with, or 10000 to test with. A sample is a uint8 NDArray
    (28, 28, 1), where 255 is ink, and a NumPy int32 number from 0 to 9.

    The files are looked for in `root`, by default the folder of the C++ library
    (`$MXNET_HOME/datasets/mnist` or `~/.mxnet/datasets/mnist`), gzip'd or not, and downloaded
    there if need be. Where that fails, digits are drawn instead, and a warning says so. Raises
    MXNetError when a file is there, but wrong.

    `transform(data, label)`, if given, makes the samples.
    """

    _name = 'MNIST'
    _namespace = 'mnist'
    # File names and SHA-1; None: those of MNIST, which C++ knows.
    _files: list[tuple[str, str]] | None = None

    def __init__(self, root=os.path.join('~', '.mxnet', 'datasets', 'mnist'), train=True,
                 transform=None):
        self._train = train
        super().__init__(_home_if_default(root, self._namespace), transform)

    def _get_data(self):
        images, labels = self._read()
        self._data = images
        self._label = labels.asnumpy()

    def _read(self):
        if not _native.has_mnist(self._root):
            try:
                _fetch(self._root, self._namespace, self._files or [])
            except RuntimeError as error:
                warnings.warn(
                    f'{self._name} could not be had, so digits were drawn in its place. Put its '
                    f'four files into {self._root} to use it. ({error})', stacklevel=5)
                return _native.draw_digits(self._train, 0)
        return _native.read_mnist(self._root, self._train)


class FashionMNIST(MNIST):
    """Pictures of 10 kinds of clothing, in the form of MNIST; the same is said of its files."""

    _name = 'Fashion-MNIST'
    _namespace = 'fashion-mnist'
    _files = [('train-images-idx3-ubyte.gz', '0cf37b0d40ed5169c6b3aba31069a9770ac9043d'),
              ('train-labels-idx1-ubyte.gz', '236021d52f1e40852b06a4c3008d8de8aef1e40b'),
              ('t10k-images-idx3-ubyte.gz', '626ed6a7c06dd17c0eec72fa3be1740f146a2863'),
              ('t10k-labels-idx1-ubyte.gz', '17f9ab60e7257a1620f4ad76bbbaf857c3920701')]

    def __init__(self, root=os.path.join('~', '.mxnet', 'datasets', 'fashion-mnist'), train=True,
                 transform=None):
        super().__init__(root, train, transform)


def _home_if_default(root, namespace):
    """`$MXNET_HOME` moves the folder that is used when nobody names another."""
    default = os.path.join('~', '.mxnet', 'datasets', namespace)
    return _home(namespace) if root == default else root


class CIFAR10(_DownloadedDataset):
    """50000 pictures of 10 kinds of things to train with, or 10000 to test with: a sample is a
    uint8 NDArray (32, 32, 3) and a NumPy int32 number. The binary files, or the archive that holds
    them, are looked for in `root` and downloaded there if need be. Raises MXNetError where that
    fails or a file is wrong."""

    _archive = ('cifar-10-binary.tar.gz', 'fab780a1e191a7eda0f345501ccd62d20f7ed891')
    _train_files = tuple(f'data_batch_{i}.bin' for i in range(1, 6))
    _test_files = ('test_batch.bin',)
    _label_bytes = 1
    _label_byte = 0

    def __init__(self, root=os.path.join('~', '.mxnet', 'datasets', 'cifar10'), train=True,
                 transform=None):
        self._train = train
        self._namespace = 'cifar10'
        super().__init__(_home_if_default(root, self._namespace), transform)

    def _get_data(self):
        names = self._train_files if self._train else self._test_files
        paths = _archives.provide(self._root, names, self._archive, self._namespace)
        parts = [_archives.read_records(path, self._label_bytes + 3072) for path in paths]
        records = np.concatenate(parts)
        pixels = records[:, self._label_bytes:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        self._data = array(np.ascontiguousarray(pixels))
        self._label = records[:, self._label_byte].astype(np.int32)


class CIFAR100(CIFAR10):
    """The same with 100 kinds of things, where `fine_label`, or else 20 groups of them."""

    _archive = ('cifar-100-binary.tar.gz', 'a0bb982c76b83111308126cc779a992fa506b90b')
    _train_files = ('train.bin',)
    _test_files = ('test.bin',)
    _label_bytes = 2

    def __init__(self, root=os.path.join('~', '.mxnet', 'datasets', 'cifar100'), fine_label=False,
                 train=True, transform=None):
        self._fine_label = fine_label
        self._label_byte = int(fine_label)
        self._train = train
        self._namespace = 'cifar100'
        _DownloadedDataset.__init__(self, _home_if_default(root, self._namespace), transform)


class ImageRecordDataset(dataset.RecordFileDataset):
    """The pictures of an indexed RecordIO file, as `im2rec` makes it: a sample is the decoded
    picture, in colours where `flag` is 1 and grey where it is 0, and its label."""

    def __init__(self, filename, flag=1, transform=None):
        super().__init__(filename)
        self._flag = flag
        self._transform = transform

    def __getitem__(self, idx):
        header, picture = unpack(super().__getitem__(idx))
        data = image.imdecode(picture, self._flag)
        if self._transform is not None:
            return self._transform(data, header.label)
        return data, header.label


class ImageFolderDataset(dataset.Dataset):
    """The pictures of a folder that has a folder for each class. `synsets` has the classes' names
    in alphabetical order; a sample is the decoded picture and the number of its class. Files of
    other kinds than .jpg, .jpeg and .png are left out, with a warning."""

    def __init__(self, root, flag=1, transform=None):
        self._root = os.path.expanduser(root)
        self._flag = flag
        self._transform = transform
        self._exts = ['.jpg', '.jpeg', '.png']
        self._list_images(self._root)

    def _list_images(self, root):
        self.synsets = []
        self.items = []
        for folder in sorted(os.listdir(root)):
            path = os.path.join(root, folder)
            if not os.path.isdir(path):
                warnings.warn(f'Ignoring {path}, which is not a directory.', stacklevel=3)
                continue
            label = len(self.synsets)
            self.synsets.append(folder)
            for filename in sorted(os.listdir(path)):
                filename = os.path.join(path, filename)
                ext = os.path.splitext(filename)[1]
                if ext.lower() not in self._exts:
                    warnings.warn(f'Ignoring {filename} of type {ext}. '
                                  f'Only support {", ".join(self._exts)}', stacklevel=3)
                    continue
                self.items.append((filename, label))

    def __getitem__(self, idx):
        filename, label = self.items[idx]
        picture = image.imread(filename, self._flag)
        if self._transform is not None:
            return self._transform(picture, label)
        return picture, label

    def __len__(self):
        return len(self.items)


class ImageListDataset(dataset.Dataset):
    """The pictures below `root` that a list names: rows of labels and a path, or a file of lines
    ``number<tab>labels<tab>path``. A sample is the decoded picture and its label, a number, or
    float32 numbers where there are several. MXNet 2.0's."""

    def __init__(self, root='.', imglist=None, flag=1):
        self._root = os.path.expanduser(root)
        self._flag = flag
        if isinstance(imglist, str):
            with open(os.path.expanduser(imglist), encoding='utf-8') as lines:
                rows = [line.strip().split('\t')[1:] for line in lines if line.strip()]
        else:
            rows = imglist or []
        self.items = [self._item(row) for row in rows]

    def _item(self, row):
        if len(row) < 2:
            raise ValueError(f'ImageListDataset: expected labels and a path, got {row}')
        *labels, name = row
        if len(labels) == 1 and not isinstance(labels[0], (list, tuple)):
            label = float(labels[0])
        else:
            label = np.array(labels, dtype='float32').ravel()
        return os.path.join(self._root, name), label

    def __getitem__(self, idx):
        filename, label = self.items[idx]
        return image.imread(filename, self._flag), label

    def __len__(self):
        return len(self.items)
