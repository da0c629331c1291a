"""Iterators that give a network's input batch by batch."""

import queue
import threading
import weakref
from collections import namedtuple

import numpy as np

from .. import _core
from ..base import MXNetError
from ..ndarray import NDArray
from .utils import _has_instance, _init_data, is_csr, rows_of


class DataDesc(namedtuple("DataDesc", ["name", "shape"])):
    """What an array of a batch looks like: a pair (name, shape) that also knows `dtype` and
    `layout`, a letter per axis with "N" for the batch."""

    def __new__(cls, name, shape, dtype=np.float32, layout="NCHW"):
        desc = super().__new__(cls, name, shape)
        desc.dtype = dtype
        desc.layout = layout
        return desc

    def __repr__(self):
        return f"DataDesc[{self.name},{self.shape},{self.dtype},{self.layout}]"

    __str__ = __repr__

    @staticmethod
    def get_batch_axis(layout):
        """The place of "N" in `layout`: -1 if it is not there, 0 without a layout."""
        return 0 if layout is None else layout.find("N")

    @staticmethod
    def get_list(shapes, types):
        """A list of descriptions of (name, shape) pairs and, unless None, (name, dtype) pairs."""
        if types is None:
            return [DataDesc(name, shape) for name, shape in shapes]
        dtypes = dict(types)
        return [DataDesc(name, shape, dtypes[name]) for name, shape in shapes]


class DataBatch:
    """Samples that go through a network together.

    `data` and `label` are lists of arrays with a row per sample, `pad` says how many of the last
    rows only fill the batch up, `index` which samples they are. `bucket_key`, `provide_data` and
    `provide_label` are for batches that differ from each other in shape.
    """

    def __init__(self, data, label=None, pad=None, index=None, bucket_key=None,
                 provide_data=None, provide_label=None):
        assert data is None or isinstance(data, (list, tuple)), "data: expected a list of arrays"
        assert label is None or isinstance(label, (list, tuple)), "label: expected a list of arrays"
        self.data = data
        self.label = label
        self.pad = pad
        self.index = index
        self.bucket_key = bucket_key
        self.provide_data = provide_data
        self.provide_label = provide_label

    def __str__(self):
        data = [d.shape for d in self.data]
        label = [d.shape for d in self.label] if self.label else None
        return f"{type(self).__name__}: data shapes: {data} label shapes: {label}"


class DataIter:
    """Gives the batches of an epoch one after the other, and begins anew at reset().

    Derive from it for batches of your own, and write `next`; or `iter_next`, `getdata` and what
    else the batches have. `provide_data` and `provide_label`, lists of DataDesc, are to be there.
    """

    def __init__(self, batch_size=0):
        self.batch_size = batch_size

    def __iter__(self):
        return self

    def __next__(self):
        return self.next()

    def reset(self):
        """Begins a new epoch."""

    def next(self):
        """The next DataBatch. Raises StopIteration at the end of the epoch."""
        if not self.iter_next():
            raise StopIteration
        return DataBatch(data=self.getdata(), label=self.getlabel(), pad=self.getpad(),
                         index=self.getindex())

    def iter_next(self):
        """Goes to the next batch; False at the end of the epoch."""

    def getdata(self):
        """The data of the batch at hand."""

    def getlabel(self):
        """The labels of the batch at hand."""

    def getindex(self):
        """Which samples the batch at hand has, or None."""

    def getpad(self):
        """How many rows only fill up the batch at hand."""


class NDArrayIter(DataIter):
    """Batches of rows of arrays that are in memory, or in files that are read as they are needed.

    `data` and `label` are arrays of ours, NumPy's or h5py's, lists of them, or dictionaries with
    their names; all have the same number of rows. `shuffle` visits the rows in a new random order
    each epoch, which follows from the seed of everything. `last_batch_handle` says what becomes of
    rows that do not fill a batch: "pad" fills it up from the epoch's beginning, "discard" leaves
    them out, "roll_over" puts them at the beginning of the next epoch. `layout` tells by its "N"
    along which axis the samples lie.

    Raises AssertionError when there is no data, TypeError for what is no array, ValueError for
    another `last_batch_handle`, a batch size below 1 or different numbers of rows.
    """

    def __init__(self, data, label=None, batch_size=1, shuffle=False, last_batch_handle="pad",
                 data_name="data", label_name="softmax_label", layout="NCHW"):
        super().__init__(batch_size)
        self.data = _init_data(data, False, data_name)
        self.label = _init_data(label, True, label_name)
        assert self.data, "data: expected at least one array, got an empty dictionary"
        self.shuffle = shuffle
        self.last_batch_handle = last_batch_handle
        self.layout = layout
        self._axis = max(DataDesc.get_batch_axis(layout), 0)
        self.data_list = [source for _, source in self.data + self.label]
        self.num_source = len(self.data_list)
        self.num_data = self.data_list[0].shape[self._axis_of(self.data_list[0])]
        self._check()
        # The random order goes on from the last one, as it does in the library's own iterator.
        self.idx = np.arange(self.num_data, dtype=np.int64)
        self._left_over = self.idx[:0]
        self._rows = None
        self._begin_epoch()

    def _axis_of(self, source):
        # Labels without an axis for time lie along their first one whatever the layout of the data.
        return self._axis if self._axis < len(source.shape) else 0

    def _check(self):
        if self.last_batch_handle not in ("pad", "discard", "roll_over"):
            raise ValueError("last_batch_handle: expected pad, discard or roll_over, "
                             f"got {self.last_batch_handle!r}")
        if self.batch_size < 1:
            raise ValueError(f"batch_size: expected at least 1, got {self.batch_size}")
        if self.num_data == 0:
            raise ValueError(f"{self.data[0][0]}: expected at least one row, got none")
        for name, source in self.data + self.label:
            rows = source.shape[self._axis_of(source)]
            if rows != self.num_data:
                raise ValueError(f"{name}: expected {self.num_data} rows, as {self.data[0][0]} "
                                 f"has, got {rows}")
            if is_csr(source) and (self.shuffle or self.last_batch_handle != "discard"):
                raise NotImplementedError(f"{name}: csr arrays go with shuffle=False and "
                                          "last_batch_handle='discard'")

    def _describe(self, sources):
        descriptions = []
        for name, source in sources:
            shape = list(source.shape)
            shape[self._axis_of(source)] = self.batch_size
            dtype = source.dtype if isinstance(source, NDArray) else np.float32
            descriptions.append(DataDesc(name, tuple(shape), dtype, self.layout))
        return descriptions

    @property
    def provide_data(self):
        """What the data of a batch look like: a list of DataDesc."""
        return self._describe(self.data)

    @property
    def provide_label(self):
        """The same of the labels."""
        return self._describe(self.label)

    def _begin_epoch(self):
        if self.shuffle:
            _core.io.shuffle(self.idx)
        # Positions below 0 are the rows that the last epoch left over.
        self.cursor = -self.batch_size - len(self._left_over)
        self._rows = None

    def _at_end(self):
        whole = 1 if self.last_batch_handle == "pad" else self.batch_size
        return self.cursor > self.num_data - whole

    def hard_reset(self):
        """Begins a new epoch and forgets rows that were to be rolled over."""
        self._left_over = self.idx[:0]
        self._begin_epoch()

    def reset(self):
        """Begins a new epoch, with the rows left over first where they are rolled over."""
        # Only an epoch that was gone through to its end leaves rows over.
        if self.last_batch_handle == "roll_over" and self._at_end():
            self._left_over = self._rows_from(self.cursor, self.num_data)
        else:
            self._left_over = self.idx[:0]
        self._begin_epoch()

    def _rows_from(self, begin, end):
        if begin >= 0 and end <= self.num_data:
            return self.idx[begin:end].copy()
        places = np.arange(max(begin, 0), end) % self.num_data
        left = len(self._left_over)
        before = self._left_over[left + begin:left + min(end, 0)] if begin < 0 else self.idx[:0]
        return np.concatenate([before, self.idx[places]])

    def iter_next(self):
        """Goes to the next batch; False at the end of the epoch."""
        if not self._at_end():
            self.cursor += self.batch_size
        self._rows = None
        return not self._at_end()

    def next(self):
        """The next DataBatch, whose arrays are views of the data where its rows lie together."""
        if not self.iter_next():
            raise StopIteration
        return DataBatch(data=self.getdata(), label=self.getlabel(), pad=self.getpad(), index=None)

    def _batch_of(self, sources):
        assert -len(self._left_over) <= self.cursor, "there is no batch yet: call next()"
        assert not self._at_end(), "the epoch is over: call reset()"
        if self._rows is None:
            self._rows = self._rows_from(self.cursor, self.cursor + self.batch_size)
        return [rows_of(source, self._rows, self._axis_of(source)) for _, source in sources]

    def getdata(self):
        """The data of the batch at hand: a list of arrays."""
        return self._batch_of(self.data)

    def getlabel(self):
        """The labels of the batch at hand: a list of arrays."""
        return self._batch_of(self.label)

    def getpad(self):
        """How many rows of the batch at hand fill it up; of one that was rolled over, how many
        came from the last epoch."""
        if self.cursor < 0:
            return -self.cursor if self.last_batch_handle == "roll_over" else 0
        return max(0, self.cursor + self.batch_size - self.num_data)


class ResizeIter(DataIter):
    """Makes epochs of `size` batches out of another iterator, which begins anew at its end.

    With `reset_internal` a reset also resets it; otherwise the next epoch goes on where it stands.
    """

    def __init__(self, data_iter, size, reset_internal=True):
        super().__init__()
        self.data_iter = data_iter
        self.size = size
        self.reset_internal = reset_internal
        self.cur = 0
        self.current_batch = None
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

    def next(self):
        """The next batch, as the iterator inside gave it."""
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


class PrefetchingIter(DataIter):
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
        self.current_batch = None
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

    def next(self):
        """The next joined batch."""
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


class MXDataIter(DataIter):
    """An iterator of the library, which reads and prepares the batches. Made by the functions of
    its kinds, such as CSVIter."""

    def __init__(self, handle, data_name="data", label_name="softmax_label", **_):
        super().__init__(handle.batch_size)
        self.handle = handle
        self.provide_data = [DataDesc(data_name, *rest) for rest in handle.provide_data]
        self.provide_label = [DataDesc(label_name, *rest) for rest in handle.provide_label]
        self._batch = None
        self._skips_loading = False

    def debug_skip_load(self):
        """Gives the first batch again and again, to measure what all but the loading costs."""
        self._skips_loading = True

    def reset(self):
        """Begins a new epoch."""
        if not self._skips_loading:
            self.handle.reset()
            self._batch = None

    def iter_next(self):
        """Goes to the next batch; False at the end of the epoch."""
        if self._batch is None or not self._skips_loading:
            self._batch = self.handle.next()
        return self._batch is not None

    def next(self):
        """The next batch."""
        if not self.iter_next():
            raise StopIteration
        data, label, pad, index = self._at_hand()
        return DataBatch(data=data, label=label, pad=pad, index=index)

    def _at_hand(self):
        if self._batch is None:
            raise MXNetError("there is no batch at hand: call next() or iter_next() first")
        return self._batch

    def getdata(self):
        """The data of the batch at hand: an array."""
        return self._at_hand()[0][0]

    def getlabel(self):
        """The labels of the batch at hand: an array."""
        return self._at_hand()[1][0]

    def getindex(self):
        """The numbers of the samples of the batch at hand: a NumPy array."""
        return self._at_hand()[3]

    def getpad(self):
        """How many rows only fill up the batch at hand."""
        return self._at_hand()[2]


def _iterator_of_library(kind, doc):
    def create(*args, **kwargs):
        if args:
            raise TypeError(f"{kind}: expected options by their names, got {args[0]!r}")
        names = {key: kwargs.pop(key) for key in ("data_name", "label_name") if key in kwargs}
        return MXDataIter(_core.io.make_iterator(kind, kwargs), **names)

    create.__name__ = create.__qualname__ = kind
    create.__doc__ = doc
    return create


def _not_there(kind):
    def create(*args, **kwargs):
        raise NotImplementedError(f"{kind} is not there yet")

    create.__name__ = create.__qualname__ = kind
    create.__doc__ = "Raises NotImplementedError."
    return create


CSVIter = _iterator_of_library("CSVIter", """Batches of numbers out of text files, a line per
sample.

Options: data_csv, data_shape (of a sample) and batch_size are required; label_csv, label_shape,
round_batch, dtype, data_name, label_name. Raises MXNetError for a missing file or option, naming
it, and for lines that do not fit where they are met.""")

MNISTIter = _iterator_of_library("MNISTIter", """Batches of images and labels out of a pair of IDX
files, with pixels from 0 to below 1.

Options: image, label (files), batch_size=128, shuffle=True, seed, flat=False (rows of pixels),
silent, num_parts, part_index, data_name, label_name. Raises MXNetError for a missing or wrong file
and for options that do not exist.""")

ImageRecordIter = _iterator_of_library("ImageRecordIter", """Batches of pictures out of a RecordIO
file, decoded, cut, mirrored and normalised on threads of the library.

Options: path_imgrec, data_shape (channels, height, width) and batch_size are required; path_imgidx,
label_width, shuffle, mean_r, mean_g, mean_b, std_r, std_g, std_b, scale, resize, rand_crop,
rand_mirror, round_batch, num_parts, part_index, preprocess_threads, prefetch_buffer, dtype,
data_name, label_name. Options of MXNet's that change pictures in other ways raise
NotImplementedError unless they have their defaults, unknown ones MXNetError.""")

ImageRecordUInt8Iter = _iterator_of_library("ImageRecordUInt8Iter", """As ImageRecordIter, with
pixels as they are, in uint8.""")

ImageRecordIter_v1 = _not_there("ImageRecordIter_v1")
ImageRecordUInt8Iter_v1 = _not_there("ImageRecordUInt8Iter_v1")
ImageRecordInt8Iter = _not_there("ImageRecordInt8Iter")
ImageDetRecordIter = _not_there("ImageDetRecordIter")
LibSVMIter = _not_there("LibSVMIter")
