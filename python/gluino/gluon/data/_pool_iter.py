"""Batches made by a pool of multiprocessing: what loaders that others derive from DataLoader use.

DataLoader itself has workers of its own kind (`_workers.py`).
"""
import pickle

from ... import context
from ...ndarray import NDArray


def _as_in_context(data, ctx):
    """The arrays of a batch, a list of lists or one array, on the device `ctx`."""
    if isinstance(data, (list, tuple)):
        return [_as_in_context(item, ctx) for item in data]
    return data.as_in_context(ctx) if isinstance(data, NDArray) else data


class _MultiWorkerIter:
    """One epoch: `worker_fn(samples, batchify_fn, dataset)` runs in the pool for each list of
    indices of `batch_sampler`, `prefetch` of them ahead, and gives the batch: itself where there is
    a `dataset`, which threads share; pickled, in bytes, where there is none.

    A class that derives overrides `_push_next`, which hands out the next list, if there is one.
    """

    def __init__(self, worker_pool, batchify_fn, batch_sampler, pin_memory=False, pin_device_id=0,
                 worker_fn=None, prefetch=0, dataset=None, data_loader=None, timeout=120):
        self._worker_pool = worker_pool
        self._batchify_fn = batchify_fn
        self._batch_sampler = batch_sampler
        self._worker_fn = worker_fn
        self._dataset = dataset
        self._data_loader = data_loader  # lives as long as its epoch
        self._pin_memory = pin_memory
        self._pin_device_id = pin_device_id
        self._timeout = timeout
        self._iter = iter(batch_sampler)
        self._data_buffer = {}  # what was handed out and not fetched yet, by its number
        self._sent_idx = 0
        self._rcvd_idx = 0
        for _ in range(prefetch):
            self._push_next()

    def __len__(self):
        return len(self._batch_sampler)

    def __iter__(self):
        return self

    def _push_next(self):
        samples = next(self._iter, None)
        if samples is not None:
            self._data_buffer[self._sent_idx] = self._worker_pool.apply_async(
                self._worker_fn, (samples, self._batchify_fn, self._dataset))
            self._sent_idx += 1

    def __next__(self):
        self._push_next()
        if self._rcvd_idx == self._sent_idx:
            raise StopIteration
        batch = self._data_buffer.pop(self._rcvd_idx).get(self._timeout)
        self._rcvd_idx += 1
        if self._dataset is None:
            batch = pickle.loads(batch)
        if self._pin_memory and context.num_gpus():
            batch = _as_in_context(batch, context.cpu_pinned(self._pin_device_id))
        return batch

    def next(self):
        """The next batch."""
        return self.__next__()
