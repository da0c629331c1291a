"""What MXNet's older DataLoader is made of, for programs that use its parts: the loops of its
workers, and arrays that go from process to process through shared memory."""
import contextlib
import mmap
import multiprocessing
import os
import pickle
from multiprocessing import queues, reduction

import numpy as np

from ... import ndarray, numpy as mx_numpy
from ...context import cpu, cpu_pinned
from ._pool_iter import _as_in_context


def worker_loop_v1(dataset, key_queue, data_queue, batchify_fn):
    """Takes (number, indices of samples) from one queue and puts (number, batch) into the other,
    until the number is None."""
    for number, samples in iter(key_queue.get, (None, None)):
        data_queue.put((number, batchify_fn([dataset[i] for i in samples])))


def fetcher_loop_v1(data_queue, data_buffer, pin_memory=False, pin_device_id=0,
                    data_buffer_lock=None):
    """Takes (number, batch) from a queue and writes the batch into the dictionary `data_buffer`,
    under the lock where there is one, until the number is None."""
    place = cpu_pinned(pin_device_id) if pin_memory else cpu()
    for number, batch in iter(data_queue.get, (None, None)):
        with data_buffer_lock or contextlib.nullcontext():
            data_buffer[number] = _as_in_context(batch, place)


def reduce_ndarray(data):
    """How an array is pickled for another process: (function, its arguments), the memory being
    that of a file without a name."""
    return rebuild_ndarray, _shared(data)


def reduce_np_ndarray(data):
    """The same of an array of mx.np."""
    return rebuild_np_ndarray, _shared(data)


def rebuild_ndarray(pid, fd, shape, dtype):
    """The array in the shared memory that the process `pid` has sent."""
    # pylint: disable=unused-argument
    return _rebuilt(ndarray.array, fd, shape, dtype)


def rebuild_np_ndarray(pid, fd, shape, dtype):
    """The same as an array of mx.np."""
    # pylint: disable=unused-argument
    return _rebuilt(mx_numpy.array, fd, shape, dtype)


def _shared(data):
    values = np.ascontiguousarray(data.asnumpy())
    fd = os.memfd_create("array")
    try:
        with open(fd, "wb", closefd=False) as file:
            file.write(values.tobytes())
        return os.getpid(), reduction.DupFd(fd), data.shape, data.dtype
    finally:
        os.close(fd)


def _rebuilt(make, fd, shape, dtype):
    fd = fd.detach()
    try:
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        if os.fstat(fd).st_size < size:
            raise ValueError(f"shared memory: expected {size} bytes for the shape {shape}, got "
                             f"{os.fstat(fd).st_size}")
        if size == 0:
            return make(np.zeros(shape, dtype), dtype=dtype)
        with mmap.mmap(fd, size, prot=mmap.PROT_READ) as memory:
            values = np.frombuffer(memory, dtype).reshape(shape)
            result = make(values, dtype=dtype)
            del values
            return result
    finally:
        os.close(fd)


class _Pickler(reduction.ForkingPickler):
    """Arrays, alone or inside of others, go in shared memory."""

    _extra_reducers = {ndarray.NDArray: reduce_ndarray, mx_numpy.ndarray: reduce_np_ndarray}


class ConnectionWrapper:
    """A multiprocessing.Connection through which arrays go in shared memory."""

    def __init__(self, conn):
        self._conn = conn

    def send(self, obj):
        """Sends an object."""
        self._conn.send_bytes(_Pickler.dumps(obj))

    def recv(self):
        """The next object."""
        return pickle.loads(self._conn.recv_bytes())

    def __getattr__(self, name):
        if "_conn" not in self.__dict__:  # while it is being unpickled
            raise AttributeError(name)
        return getattr(self._conn, name)


class Queue(queues.Queue):
    """A multiprocessing.Queue of the same kind."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, ctx=multiprocessing.get_context(), **kwargs)

    def put(self, obj, *args, **kwargs):
        """Puts an object at the end."""
        super().put(bytes(_Pickler.dumps(obj)), *args, **kwargs)

    def get(self, *args, **kwargs):
        """The first object."""
        return pickle.loads(super().get(*args, **kwargs))


class SimpleQueue(queues.SimpleQueue):
    """A multiprocessing.SimpleQueue of the same kind."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, ctx=multiprocessing.get_context(), **kwargs)

    def put(self, obj):
        """Puts an object at the end."""
        super().put(bytes(_Pickler.dumps(obj)))

    def get(self):
        """The first object."""
        return pickle.loads(super().get())
