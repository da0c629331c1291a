"""Batches of arrays in memory, or in files that are read as they are needed."""

import numpy as np

from .. import _core
from ..ndarray import NDArray
from .batch import DataBatch, DataDesc, DataIter
from .utils import _init_data, is_csr, rows_of


class NDArrayIter(DataIter):
    """Batches of rows of arrays that are in memory, or in files that are read as they are needed.

    `data` and `label` are arrays of ours, NumPy's or h5py's, lists of them, or dictionaries with
    their names; all have the same number of rows; csr arrays go with "discard" and give csr batches,
    row_sparse ones give dense batches. `shuffle` visits the rows in a new random order
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
        for name, source in self.data + self.label:
            if not source.shape:
                raise ValueError(f"{name}: expected rows, got a scalar")
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
            if is_csr(source) and self.last_batch_handle != "discard":
                raise NotImplementedError(f"{name}: csr arrays go with last_batch_handle='discard'")

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
        """The next DataBatch, whose arrays may be written to: they are copies of rows."""
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
