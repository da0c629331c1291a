"""DataLoader: batches of a data set, made ahead by processes or threads where there are any."""
import os
import weakref
from multiprocessing.reduction import ForkingPickler  # noqa: F401

import numpy as np

from ... import context
from ..._core import gluon_data as _native
from ...ndarray import NDArray
from ...util import is_np_array, is_np_shape, set_np  # noqa: F401
from . import _chain, _epoch
from ._loops import (ConnectionWrapper, Queue, SimpleQueue, fetcher_loop_v1,  # noqa: F401
                     rebuild_ndarray, rebuild_np_ndarray, reduce_ndarray, reduce_np_ndarray,
                     worker_loop_v1)
from ._pool_iter import _as_in_context, _MultiWorkerIter  # noqa: F401
from ._thread_pool import ThreadPool
from ._workers import WorkerPool
from .batchify import array, stacked
from .sampler import BatchSampler, FilterSampler, RandomSampler, SequentialSampler

__all__ = ['DataLoader']


def default_batchify_fn(data):
    """Joins the samples of a list along a new first axis; of samples that are tuples, the fields,
    in a list. NumPy arrays and numbers become arrays of the same type."""
    if isinstance(data[0], NDArray):
        return stacked(data)
    if isinstance(data[0], tuple):
        return [default_batchify_fn(field) for field in zip(*data)]
    return array(np.asarray(data))


def default_mp_batchify_fn(data):
    """The same: what comes from another process needs no other function here."""
    return default_batchify_fn(data)


def _is_ours(batch_sampler):
    """Whether the batches of an epoch can be drawn at once: there is an end to them, and drawing
    them has no effect that a user could see come early."""
    return (type(batch_sampler) is BatchSampler and
            type(batch_sampler._sampler) in (SequentialSampler, RandomSampler, FilterSampler))


class DataLoader:
    """Makes batches out of `dataset`, which has `__getitem__` and `__len__`:

        for data, label in DataLoader(dataset, batch_size=100, shuffle=True, num_workers=2): ...

    Parameters
    ----------
    batch_size, shuffle, sampler, last_batch
        how many samples a batch has; whether each epoch has a new random order, or which
        `Sampler` gives another one; 'keep' (the default), 'discard' or 'rollover' of samples that
        fill no batch (see `BatchSampler`).
    batch_sampler
        batches of indices, instead of all these.
    batchify_fn
        makes a batch of a list of samples; `default_batchify_fn` unless given.
    num_workers
        processes that make batches ahead of their use. Where data set and transforms are
        Gluino's own and `batchify_fn` is not given, they are threads of the C++ loader instead.
        The batches are the same for any number. What a transform of the user's own draws from
        `random`, `numpy.random` or `mx.random` follows, in a worker, from the seed of
        `mx.random.seed`, the epoch and the batch.
    thread_pool
        makes them threads of Python.
    pin_memory, pin_device_id
        puts arrays into memory at `cpu_pinned(pin_device_id)`, where there is such a place.
    prefetch
        how many batches are made ahead; twice `num_workers` unless given.
    timeout
        how many seconds a process may let its loader wait.
    auto_reload
        begins to make the next epoch's batches when the loader is made, and when an epoch ends.
    try_nopython
        of programs for MXNet 2: the C++ loader makes the batches wherever it can, in any case.

    Each `iter()` starts an epoch. What making a batch throws is thrown where the batch would have
    come, with the worker's traceback, and ends the epoch. A loop may be left at any time.

    Raises ValueError for options that exclude each other.
    """

    def __init__(self, dataset, batch_size=None, shuffle=False, sampler=None, last_batch=None,
                 batch_sampler=None, batchify_fn=None, num_workers=0, pin_memory=False,
                 pin_device_id=0, prefetch=None, thread_pool=False, timeout=120,
                 auto_reload=False, try_nopython=None):
        assert timeout > 0, f'timeout must be positive, given {timeout}'
        self._dataset = dataset
        self._batch_sampler = _batches(dataset, batch_size, shuffle, sampler, last_batch,
                                       batch_sampler)
        self._pin_memory = pin_memory
        # Memory is pinned for a GPU; where there is none it is as good as other memory.
        self._pin = context.cpu_pinned(pin_device_id) if pin_memory and context.num_gpus() else None
        self._thread_pool = thread_pool
        self._num_workers = max(0, num_workers or 0)
        given = 2 * self._num_workers if prefetch is None else int(prefetch)
        # A worker needs a place for the batch that it makes.
        self._ahead = _epoch.Ahead(max(1, given), timeout)
        self._has_default_batchify = batchify_fn is None
        self._batchify_fn = default_batchify_fn if batchify_fn is None else batchify_fn
        # Processes and threads stay from epoch to epoch, but not beyond a fork.
        self._pool = None
        self._pool_pid = None
        self._next = None
        self._auto_reload = auto_reload
        if auto_reload:
            self.refresh()

    def __len__(self):
        """The number of batches of an epoch."""
        return len(self._batch_sampler)

    def __iter__(self):
        epoch, self._next = self._next, None
        if epoch is None:
            epoch = self._epoch()
        return self._then_refresh(epoch) if self._auto_reload else epoch

    def _then_refresh(self, epoch):
        yield from epoch
        self.refresh()

    def refresh(self):
        """Begins the next epoch now: its first batches are made before they are asked for."""
        self.clean()
        self._next = self._epoch()
        self._next.fill()

    def clean(self):
        """Drops what was made ahead by `refresh`."""
        if self._next is not None:
            self._next.close()
        self._next = None

    def _epoch(self):
        return _epoch.Epoch(self._maker(), self._pin, self)

    def _maker(self):
        source = _chain.source_of(self._dataset) if self._has_default_batchify else None
        if source is not None and _is_ours(self._batch_sampler):
            return _epoch.MadeByCpp(_native.Loader(source, list(self._batch_sampler),
                                                   self._num_workers, self._ahead.batches))
        if source is not None:
            make = _epoch.NativeFetch(source)
        else:
            make = _epoch.Fetch(self._dataset, self._batchify_fn)
        batches, seed = iter(self._batch_sampler), _native.epoch_seed()
        if self._num_workers == 0:
            return _epoch.MadeHere(make, batches, seed)
        if self._thread_pool or source is not None:
            return _epoch.MadeByThreads(self._threads(), make, batches, seed, self._ahead)
        return _epoch.MadeByProcesses(self._processes(make), batches, seed, self._ahead)

    def _threads(self):
        if isinstance(self._pool, (type(None), WorkerPool)) or self._pool_pid != os.getpid():
            pool = ThreadPool(self._num_workers)
            self._keep(pool, ThreadPool.shutdown)
        return self._pool

    def _processes(self, make):
        if (not isinstance(self._pool, WorkerPool) or not self._pool.is_open or
                self._pool_pid != os.getpid()):
            self._keep(WorkerPool(make, self._num_workers, self._ahead), WorkerPool.close)
        return self._pool

    def _keep(self, pool, end):
        self._pool, self._pool_pid = pool, os.getpid()
        weakref.finalize(self, _end_in, self._pool_pid, end, pool)

    def __getstate__(self):
        return {**self.__dict__, '_pool': None, '_pool_pid': None, '_next': None}


def _end_in(pid, end, pool):
    if os.getpid() == pid:
        end(pool)


def _batches(dataset, batch_size, shuffle, sampler, last_batch, batch_sampler):
    if batch_sampler is not None:
        if batch_size is not None or shuffle or sampler is not None or last_batch is not None:
            raise ValueError('batch_sampler makes the batches alone: expected no batch_size, '
                             'shuffle, sampler or last_batch beside it')
        return batch_sampler
    if batch_size is None:
        raise ValueError('expected a batch_size, or a batch_sampler')
    if sampler is None:
        sampler = (RandomSampler if shuffle else SequentialSampler)(len(dataset))
    elif shuffle:
        raise ValueError('expected shuffle or a sampler, got both: the sampler sets the order')
    return BatchSampler(sampler, batch_size, last_batch if last_batch else 'keep')


class DataLoaderV1(DataLoader):
    """The loader under the name that MXNet gives its older one, with that one's options."""

    def __init__(self, dataset, batch_size=None, shuffle=False, sampler=None, last_batch=None,
                 batch_sampler=None, batchify_fn=None, num_workers=0, pin_memory=False,
                 pin_device_id=0):
        super().__init__(dataset, batch_size, shuffle, sampler, last_batch, batch_sampler,
                         batchify_fn, num_workers, pin_memory, pin_device_id)
