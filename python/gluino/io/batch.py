"""What an iterator gives, and what it is derived from."""

from collections import namedtuple

import numpy as np


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
