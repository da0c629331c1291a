"""One walk through the batches of a data set, and who makes them."""
import collections
import concurrent.futures
import functools
import multiprocessing
import typing

from ... import autograd
from ..._core import gluon_data as _native
from ...util import is_np_array, is_np_shape, np_array, np_shape


class Fetch:
    """Makes a batch of a data set in Python. Transforms of ours draw from what the epoch's seed
    and a sample's index give."""

    def __init__(self, dataset, batchify_fn):
        self._dataset = dataset
        self._batchify_fn = batchify_fn

    def __call__(self, indices, epoch_seed):
        dataset = self._dataset
        samples = []
        with autograd.pause(), _native.SampleScope(epoch_seed) as scope:
            try:
                for index in indices:
                    scope.enter(index)
                    samples.append(dataset[index])
                return self._batchify_fn(samples)
            except StopIteration as error:
                # It would pass for the end of the epoch.
                raise RuntimeError('a data set or transform raised StopIteration') from error


class NativeFetch:
    """Makes a batch of a data set of C++'s."""

    def __init__(self, source):
        self._source = source

    def __call__(self, indices, epoch_seed):
        return as_batch(self._source.get_batch(indices, epoch_seed))


def as_batch(fields):
    """What a loop over a loader gets: a list of arrays, or the only one."""
    if is_np_array():
        fields = [field.as_np_ndarray() for field in fields]
    return fields if len(fields) > 1 else fields[0]


class Ahead(typing.NamedTuple):
    """How many batches are made ahead, and how many seconds may be waited for one."""

    batches: int
    timeout: float


class Epoch:
    """An iterator over batches. At its end, or where making one throws, it lets go of those that
    are being made; so it does when it is left."""

    def __init__(self, maker, pin, loader):
        self._maker = maker
        self._pin = pin
        # Its workers end with it, and so it stays.
        self._loader = loader

    def __iter__(self):
        return self

    def __len__(self):
        return len(self._loader)

    def __next__(self):
        if self._maker is None:
            raise StopIteration
        try:
            batch = self._maker.take()
        except BaseException:
            self.close()
            raise
        return batch if self._pin is None else _placed(batch, self._pin)

    next = __next__

    def fill(self):
        """Begins to make batches."""
        self._maker.fill()

    def close(self):
        """Nobody will ask for the rest."""
        maker, self._maker = self._maker, None
        if maker is not None:
            maker.close()

    def __del__(self):
        self.close()


def _placed(batch, ctx):
    if isinstance(batch, (list, tuple)):
        return type(batch)(_placed(part, ctx) for part in batch)
    return batch.as_in_context(ctx) if hasattr(batch, 'as_in_context') else batch


class MadeByCpp:
    """By the C++ loader, whose threads begin at once."""

    def __init__(self, loader):
        self._loader = loader

    def take(self):
        """The next batch; raises StopIteration at the end."""
        return as_batch(self._loader.take())

    def fill(self):
        """They are at it."""

    def close(self):
        """Stops its threads."""
        self._loader = None


class MadeHere:
    """When they are asked for, by who asks."""

    def __init__(self, make, batches, seed):
        self._make, self._batches, self._seed = make, batches, seed

    def take(self):
        """The next batch; raises StopIteration at the end."""
        return self._make(next(self._batches), self._seed)

    def fill(self):
        """Nobody makes any ahead."""

    def close(self):
        """Nobody is at work."""


class _MadeAhead:
    """A row of batches that others make, as many ahead as wanted."""

    def __init__(self, batches, ahead):
        self._batches = enumerate(batches)
        self._ahead = ahead
        self._row = collections.deque()

    def take(self):
        """The next batch; raises StopIteration at the end."""
        self.fill()
        if not self._row:
            raise StopIteration
        batch = self._wait(self._row[0])
        self._row.popleft()
        self.fill()
        return batch

    def fill(self):
        """Has as many batches made as may be."""
        while len(self._row) < self._ahead.batches:
            number, indices = next(self._batches, (None, None))
            if indices is None:
                return
            self._row.append(self._begin(number, indices))

    def _begin(self, number, indices):
        raise NotImplementedError

    def _wait(self, begun):
        raise NotImplementedError


class MadeByThreads(_MadeAhead):
    """By threads of Python."""

    def __init__(self, pool, make, batches, seed, ahead):
        super().__init__(batches, ahead)
        self._pool = pool
        # A thread does not know by itself which kind of arrays its owner works with.
        self._task = functools.partial(_with_face, is_np_shape(), is_np_array(), make, seed)

    def _begin(self, number, indices):
        return self._pool.submit(self._task, indices)

    def _wait(self, begun):
        try:
            return begun.result(self._ahead.timeout)
        except concurrent.futures.TimeoutError:
            if begun.done():
                raise
            raise multiprocessing.TimeoutError(
                f'DataLoader: no batch within {self._ahead.timeout} seconds') from None

    def close(self):
        """Lets those finish that have begun."""
        for begun in self._row:
            begun.cancel()
        self._row.clear()


def _with_face(np_shapes, np_arrays, make, seed, indices):
    with np_shape(np_shapes), np_array(np_arrays):
        return make(indices, seed)


class MadeByProcesses(_MadeAhead):
    """By processes."""

    def __init__(self, pool, batches, seed, ahead):
        super().__init__(batches, ahead)
        self._pool, self._seed = pool, seed

    def _begin(self, number, indices):
        return self._pool.submit(number, self._seed, indices)

    def _wait(self, begun):
        return self._pool.get(begun)

    def close(self):
        """Nobody will ask for what is being made."""
        self._pool.abandon(self._row)
        self._row = collections.deque()
