"""In which order an epoch visits the samples of a data set, and how they form batches."""
from ..._core import gluon_data as _native

__all__ = ['Sampler', 'SequentialSampler', 'RandomSampler', 'FilterSampler', 'IntervalSampler',
           'BatchSampler']

LAST_BATCH = ('keep', 'discard', 'rollover')


class Sampler:
    """The indices of an epoch, in order. Derive from it, with `__iter__` and `__len__`, for an
    order of your own."""

    def __len__(self):
        raise NotImplementedError(f'{type(self).__name__} does not say how many indices it has')

    def __iter__(self):
        raise NotImplementedError(f'{type(self).__name__} does not say which indices it visits')


class SequentialSampler(Sampler):
    """`start`, `start + 1`, ..., `start + length - 1`."""

    def __init__(self, length, start=0):
        self._length = length
        self._start = start

    def __iter__(self):
        return iter(range(self._start, self._start + self._length))

    def __len__(self):
        return self._length


class RandomSampler(Sampler):
    """0 to `length - 1` in a new random order each epoch, which `mx.random.seed` governs."""

    def __init__(self, length):
        self._length = length

    def __iter__(self):
        return iter(_native.shuffled(self._length))

    def __len__(self):
        return self._length


class FilterSampler(Sampler):
    """The indices of those samples of `dataset` for which `fn(sample)` is true, found now."""

    def __init__(self, fn, dataset):
        self._fn = fn
        self._dataset = dataset
        self._indices = [i for i in range(len(dataset)) if fn(dataset[i])]

    def __iter__(self):
        return iter(self._indices)

    def __len__(self):
        return len(self._indices)


class IntervalSampler(Sampler):
    """0, `interval`, 2 `interval`, ... below `length`, and, where `rollover`, then those from 1,
    from 2 and so on, until all have been visited."""

    def __init__(self, length, interval, rollover=True):
        assert interval <= length, (
            f'interval: expected at most the length, {length}, got {interval}')
        self._length = length
        self._interval = interval
        self._rollover = rollover

    def __iter__(self):
        for start in range(self._interval if self._rollover else 1):
            yield from range(start, self._length, self._interval)

    def __len__(self):
        """The number of samples of the data, those left out included, as in MXNet."""
        return self._length


class BatchSampler(Sampler):
    """Lists of `batch_size` indices each, taken from `sampler`.

    `last_batch` says what becomes of indices that do not fill a batch: 'keep' makes a smaller
    batch of them, 'discard' leaves them out, 'rollover' puts them at the front of the next epoch.

    Raises ValueError for a `batch_size` below 1 and another `last_batch`.
    """

    def __init__(self, sampler, batch_size, last_batch='keep'):
        if batch_size < 1:
            raise ValueError(f'batch_size: expected at least 1, got {batch_size}')
        if last_batch not in LAST_BATCH:
            raise ValueError(f'last_batch: expected keep, discard or rollover, got {last_batch!r}')
        self._sampler = sampler
        self._batch_size = batch_size
        self._last_batch = last_batch
        self._rolled_over = []

    def __iter__(self):
        batch, self._rolled_over = self._rolled_over, []
        for index in self._sampler:
            batch.append(index)
            if len(batch) == self._batch_size:
                yield batch
                batch = []
        if batch and self._last_batch == 'keep':
            yield batch
        elif self._last_batch == 'rollover':
            self._rolled_over = batch

    def __len__(self):
        count = len(self._sampler)
        if self._last_batch == 'rollover':
            count += len(self._rolled_over)
        if self._last_batch == 'keep':
            count += self._batch_size - 1
        return count // self._batch_size
