"""Files of data sets that are published as an archive."""
import os
import tarfile

import numpy as np

from ...._core import gluon_data as _native
from ....base import MXNetError


def provide(root, names, archive, namespace):
    """The paths of the files `names` in the folder `root`. What is missing is taken from the
    archive there, which is downloaded if need be."""
    paths = [os.path.join(root, name) for name in names]
    if not all(os.path.exists(path) for path in paths):
        _native.fetch_files(root, namespace, [archive])
        _extract(os.path.join(root, archive[0]), root, names)
    return paths


def _extract(path, root, names):
    """Takes `names`, from whichever folder of the archive they are in, to `root`."""
    with tarfile.open(path) as tar:
        for member in tar:
            name = os.path.basename(member.name)
            if name in names and member.isfile():
                # Under its name only when it is whole.
                unfinished = os.path.join(root, f'{name}.{os.getpid()}.part')
                with tar.extractfile(member) as source, open(unfinished, 'wb') as target:
                    target.write(source.read())
                os.replace(unfinished, os.path.join(root, name))


def read_records(path, size):
    """The file's records of `size` bytes each, as the rows of a uint8 array."""
    data = np.fromfile(path, dtype=np.uint8)
    if data.size == 0 or data.size % size != 0:
        raise MXNetError(f'{path}: expected records of {size} bytes, got {data.size} bytes')
    return data.reshape(-1, size)
