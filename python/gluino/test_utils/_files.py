"""Files that tests and tutorials read: MNIST, and downloads."""

import bz2
import os
import warnings
import zipfile
from urllib.parse import urlparse

import numpy as np

from .. import _core
from ..io import MNISTIter


def download(url, fname=None, dirname=None, overwrite=False, retries=5):
    """Brings the file at an HTTP or HTTPS address to `fname`, by default its own name, within
    `dirname`, which is made if need be. A file that is there stays unless `overwrite`. Returns the
    path; raises MXNetError when it cannot be had."""
    fname = fname or os.path.basename(urlparse(url).path)
    if dirname is not None:
        fname = os.path.join(dirname, fname)
        os.makedirs(dirname, exist_ok=True)
    if overwrite and os.path.exists(fname):
        os.remove(fname)
    if not os.path.exists(fname):
        _core.io.download(url, fname, retries)
    return fname


def _unpacked(folder, name, archive, url, unpack):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        packed = download(url, archive, folder)
        unpack(packed, path)
        os.remove(packed)


def get_zip_data(data_dir, url, data_origin_name):
    """Downloads a zip archive, called `data_origin_name`, and unpacks it in the folder `data_dir`,
    unless it is there."""
    packed = os.path.join(data_dir, data_origin_name)
    if not os.path.exists(packed):
        download(url, data_origin_name, data_dir)
        with zipfile.ZipFile(packed) as archive:
            archive.extractall(data_dir)


def get_bz2_data(data_dir, data_name, url, data_origin_name):
    """Downloads a file compressed by bzip2, called `data_origin_name`, and decompresses it to
    `data_name` in the folder `data_dir`, unless it is there."""
    def unpack(packed, path):
        with bz2.BZ2File(packed) as source, open(path, "wb") as target:
            for block in iter(lambda: source.read(1 << 20), b""):
                target.write(block)
    _unpacked(data_dir, data_name, data_origin_name, url, unpack)


def get_mnist(path=None):
    """MNIST as a dictionary of NumPy arrays: train_data and test_data, float32 images of shape
    (N, 1, 28, 28) from 0 to 1, and train_label and test_label, int8.

    The files are taken from the folder `path`, or from where MNIST lives (``~/.mxnet/datasets/
    mnist``, below ``$MXNET_HOME`` if that is set), downloaded first where they are missing. Where
    that fails, digits are drawn instead, and a warning says so. Raises MXNetError for a `path`
    without them, and for wrong files.
    """
    arrays = _core.io.get_mnist(path or "")
    note = arrays.pop("note")
    if note:
        warnings.warn(f"get_mnist: these digits are drawn: {note}", stacklevel=2)
    return {name: _core.numpy_view(array).astype(np.int8) if name.endswith("label")
            else _core.numpy_view(array) for name, array in arrays.items()}


def get_mnist_ubyte(path=None):
    """Sees to it that MNIST's files are in the folder `path`, or where MNIST lives; returns it.
    Raises MXNetError when they cannot be had."""
    return _core.io.provide_mnist(path or "")


def get_mnist_iterator(batch_size, input_shape, num_parts=1, part_index=0, path=None):
    """Iterators through MNIST's training and test images: rows of pixels unless `input_shape` has
    three axes. Of the training images, part `part_index` of `num_parts`."""
    folder = get_mnist_ubyte(path)
    flat = len(input_shape) != 3

    def iterator(prefix, **options):
        return MNISTIter(image=_idx_file(folder, f"{prefix}-images"),
                         label=_idx_file(folder, f"{prefix}-labels"),
                         batch_size=batch_size, flat=flat, silent=True, **options)
    return (iterator("train", shuffle=True, num_parts=num_parts, part_index=part_index),
            iterator("t10k", shuffle=False))


def _idx_file(folder, stem):
    axes = 3 if stem.endswith("images") else 1
    names = [f"{stem}{mark}idx{axes}-ubyte{end}" for mark in "-." for end in (".gz", "")]
    for name in names:
        if os.path.exists(os.path.join(folder, name)):
            return os.path.join(folder, name)
    return os.path.join(folder, names[0])


def _gone(name, what):
    def refuse(*args, **kwargs):
        raise NotImplementedError(f"{name}: {what}")
    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = f"Raises NotImplementedError: {what}."
    return refuse


get_mnist_pkl = _gone("get_mnist_pkl", "the pickled files are published no more; use get_mnist")
get_cifar10 = _gone("get_cifar10", "the packed files are published no more")
download_model = _gone("download_model", "the collection of models is published no more")
get_im2rec_path = _gone("get_im2rec_path", "the packer is a program of its own, im2rec")
