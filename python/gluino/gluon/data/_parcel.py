"""Batches as bytes in shared memory: the structure pickled, and the elements of its arrays."""
import io
import mmap
import os
import pickle

from ..._core import gluon_data as _native
from ...ndarray import NDArray
from ...util import is_np_array

_ALIGNMENT = 64


def _aligned(size):
    return -(-size // _ALIGNMENT) * _ALIGNMENT


class _Pickler(pickle.Pickler):
    """Leaves the elements of dense arrays out, and notes where they will stand."""

    def __init__(self, file):
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.arrays = []
        self.bytes = 0

    def persistent_id(self, obj):
        if not isinstance(obj, NDArray) or obj.stype != 'default':
            return None
        offset = self.bytes
        self.arrays.append((offset, obj))
        self.bytes = _aligned(offset + _native.bytes_of(obj))
        return offset, obj.shape, _native.dtype_code(obj)


class _Unpickler(pickle.Unpickler):
    """Makes arrays of their elements in the shared memory, which they copy."""

    def __init__(self, file, memory, start):
        super().__init__(file)
        self._memory, self._start = memory, start
        self._np = is_np_array()

    def persistent_load(self, pid):
        offset, shape, dtype = pid
        array = _native.read_array(self._memory, self._start + offset, shape, dtype)
        return array.as_np_ndarray() if self._np else array.as_nd_ndarray()


class SharedMemory:
    """Memory that two processes share, and that goes when both have let go of it."""

    def __init__(self):
        self._memory = None
        self.fd = os.memfd_create('gluino-batch')

    def _mapped(self, size, grow):
        if self._memory is None or len(self._memory) < size:
            self._unmap()
            if grow:
                os.ftruncate(self.fd, size)
            else:
                size = os.fstat(self.fd).st_size
            self._memory = mmap.mmap(self.fd, size)
        return self._memory

    def write(self, value):
        """Puts `value` in, and returns what `read` needs: the length of its structure, and of
        all."""
        file = io.BytesIO()
        pickler = _Pickler(file)
        pickler.dump(value)
        structure = file.getbuffer()
        start = _aligned(len(structure))
        size = start + pickler.bytes
        memory = self._mapped(size, grow=True)
        memory[:len(structure)] = structure
        for offset, array in pickler.arrays:
            _native.write_array(memory, start + offset, array)
        return len(structure), size

    def read(self, length, size):
        """What was put in: a copy, so that the memory can be written again."""
        memory = self._mapped(size, grow=False)
        return _Unpickler(io.BytesIO(memory[:length]), memory, _aligned(length)).load()

    def _unmap(self):
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def close(self):
        self._unmap()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
