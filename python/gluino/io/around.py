"""Iterators around other iterators, those of users too."""

import queue
import threading
import weakref

import numpy as np

from .batch import DataBatch, DataDesc, DataIter


class _Around(DataIter):
    """What `iter_next` of those below puts into `current_batch`, whole and in parts."""

    current_batch = None

    def next(self):
        """The next batch."""
        if not self.iter_next():
            raise StopIteration
        return self.current_batch

    def getdata(self):
        """The data of the batch at hand."""
        return self.current_batch.data

    def getlabel(self):
        """The labels of the batch at hand."""
        return self.current_batch.label

    def getindex(self):
        """Which samples the batch at hand has."""
        return self.current_batch.index

    def getpad(self):
        """How many rows only fill up the batch at hand."""
        return self.current_batch.pad


class ResizeIter(_Around):
    """Makes epochs of `size` batches out of another iterator, which begins anew at its end.

    With `reset_internal` a reset also resets it; otherwise the next epoch goes on where it stands.
    """

    def __init__(self, data_iter, size, reset_internal=True):
        super().__init__()
        self.data_iter = data_iter
        self.size = size
        self.reset_internal = reset_internal
        self.cur = 0
        self.provide_data = data_iter.provide_data
        self.provide_label = data_iter.provide_label
        self.batch_size = data_iter.batch_size
        if hasattr(data_iter, "default_bucket_key"):
            self.default_bucket_key = data_iter.default_bucket_key

    def reset(self):
        """Begins a new epoch."""
        self.cur = 0
        if self.reset_internal:
            self.data_iter.reset()

    def iter_next(self):
        """Goes to the next batch; False when `size` of them were given."""
        if self.cur == self.size:
            return False
        try:
            self.current_batch = self.data_iter.next()
        except StopIteration:
            self.data_iter.reset()
            self.current_batch = self.data_iter.next()
        self.cur += 1
        return True


class _Ahead:
    """Gets an iterator's next batch on a thread of its own while the last one is used."""

    def __init__(self, data_iter):
        self.data_iter = data_iter
        self.waiting = False
        self._asked = queue.SimpleQueue()
        self._given = queue.SimpleQueue()
        self._thread = None
        # The thread knows the queues alone, so that it ends when nobody has this object any more.
        weakref.finalize(self, self._asked.put, None)

    @staticmethod
    def _work(asked, given):
        while (data_iter := asked.get()) is not None:
            try:
                answer = data_iter.next(), None
            except StopIteration:
                answer = None, None
            except BaseException as error:  # pylint: disable=broad-except
                answer = None, error
            given.put(answer)
            del data_iter, answer

    def ask(self):
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, args=(self._asked, self._given),
                                            daemon=True, name="PrefetchingIter")
            self._thread.start()
        self._asked.put(self.data_iter)
        self.waiting = True

    def take(self):
        """The batch that was asked for, None at the end; and what its iterator raised."""
        self.waiting = False
        return self._given.get()


class PrefetchingIter(_Around):
    """Gets the batches of other iterators ahead of their use, each on a thread of its own, and
    joins them to one batch with the arrays of all.

    `rename_data` and `rename_label` are lists, one for each iterator, of dictionaries with new
    names for its arrays by their old ones. What an iterator raises is raised where its batch would
    have come. The iterators are used by this one alone from now on.
    """

    def __init__(self, iters, rename_data=None, rename_label=None):
        iters = list(iters) if isinstance(iters, (list, tuple)) else [iters]
        assert iters, "iters: expected at least one iterator"
        super().__init__()
        self.iters = iters
        self.n_iter = len(iters)
        self.rename_data = rename_data
        self.rename_label = rename_label
        self.batch_size = self.provide_data[0][1][0]
        self._ended = False
        self._ahead = [_Ahead(data_iter) for data_iter in iters]
        self._ask()

    def _ask(self):
        for ahead in self._ahead:
            ahead.ask()

    def _renamed(self, lists, names):
        if names is None:
            return [desc for descriptions in lists for desc in descriptions]
        return [DataDesc(new.get(desc[0], desc[0]), desc[1],
                         getattr(desc, "dtype", np.float32), getattr(desc, "layout", "NCHW"))
                for new, descriptions in zip(names, lists) for desc in descriptions]

    @property
    def provide_data(self):
        """What the data of a joined batch look like: a list of DataDesc."""
        return self._renamed([it.provide_data for it in self.iters], self.rename_data)

    @property
    def provide_label(self):
        """The same of the labels."""
        return self._renamed([it.provide_label for it in self.iters], self.rename_label)

    def reset(self):
        """Begins a new epoch in all iterators."""
        for ahead in self._ahead:
            if ahead.waiting:
                ahead.take()
        for data_iter in self.iters:
            data_iter.reset()
        self._ended = False
        self._ask()

    def iter_next(self):
        """Goes to the next joined batch; False at the end of the epoch."""
        if self._ended:
            return False
        answers = [ahead.take() for ahead in self._ahead]
        self._ended = True
        for _, error in answers:
            if error is not None:
                raise error
        batches = [batch for batch, _ in answers if batch is not None]
        if not batches:
            return False
        assert len(batches) == self.n_iter, "one of the iterators ended before the others"
        pads = {batch.pad for batch in batches}
        assert len(pads) == 1, f"the iterators' batches differ in pad: {sorted(pads)}"
        self._ended = False
        self.current_batch = DataBatch(
            [array for batch in batches for array in batch.data],
            [array for batch in batches for array in batch.label or ()],
            batches[0].pad, batches[0].index,
            provide_data=self.provide_data, provide_label=self.provide_label)
        self._ask()
        return True
