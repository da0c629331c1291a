"""Data sets: finite rows of samples that are asked for by index."""
import os

from ... import recordio
from ...ndarray import NDArray
from ..._core import gluon_data as _native
from . import _chain
from .sampler import Sampler, SequentialSampler, FilterSampler

__all__ = ['Dataset', 'SimpleDataset', 'ArrayDataset', 'RecordFileDataset']


class Dataset:
    """What has samples: derive from it, with `__getitem__(idx)` and `__len__()`."""

    def __getitem__(self, idx):
        raise NotImplementedError(f'{type(self).__name__} does not say what its samples are')

    def __len__(self):
        raise NotImplementedError(f'{type(self).__name__} does not say how many samples it has')

    def filter(self, fn):
        """The data set of those samples for which `fn(sample)` is true. They are looked for
        now."""
        return _SampledDataset(self, FilterSampler(fn, self))

    def shard(self, num_shards, index):
        """Part `index` of `num_shards` parts, each a row of neighbouring samples. The first parts
        have one sample more where the samples do not divide evenly."""
        assert 0 <= index < num_shards, f'Shard index of out bound: {index} out of {num_shards}'
        each, more = divmod(len(self), num_shards)
        start = each * index + min(index, more)
        return _SampledDataset(self, SequentialSampler(each + (index < more), start))

    def take(self, count):
        """The data set of the first `count` samples, or of all, where there are fewer or `count`
        is None."""
        assert count is None or count >= 0, f'count must be non-negative, but got {count}'
        length = len(self) if count is None else min(count, len(self))
        return _SampledDataset(self, SequentialSampler(length))

    def sample(self, sampler):
        """The data set of the samples that `sampler`, a `gluon.data.Sampler`, visits now."""
        if not isinstance(sampler, Sampler):
            raise TypeError(f'Invalid sampler type: {type(sampler)}. '
                            'Expected gluon.data.Sampler instead.')
        return _SampledDataset(self, sampler)

    def transform(self, fn, lazy=True):
        """The data set of `fn(sample)`, or `fn(data, label, ...)` where samples are tuples.
        Where `lazy`, a sample is transformed whenever it is asked for; else all are now."""
        transformed = _LazyTransformDataset(self, fn)
        if lazy:
            return transformed
        return SimpleDataset([transformed[i] for i in range(len(transformed))])

    def transform_first(self, fn, lazy=True):
        """The same, but `fn` gets and gives the first field of each sample only, as a rule the
        data without its label."""
        return self.transform(_TransformFirst(fn), lazy)

    def _native_source(self):
        """This data set as one of C++'s, which makes whole batches; None where it is none."""
        return None


class SimpleDataset(Dataset):
    """The items of a list, or of anything with indices and a length."""

    def __init__(self, data):
        self._data = data

    def __len__(self):
        return len(self._data)

    def __getitem__(self, idx):
        return self._data[idx]


class _SampledDataset(Dataset):
    """Some samples of another data set, in the order in which a sampler visited them."""

    def __init__(self, dataset, sampler):
        self._dataset = dataset
        self._sampler = sampler
        self._indices = list(sampler)

    def __len__(self):
        return len(self._indices)

    def __getitem__(self, idx):
        return self._dataset[self._indices[idx]]

    def _native_source(self):
        source = _chain.source_of(self._dataset)
        return source and _native.SelectedSource(source, self._indices)


class _LazyTransformDataset(Dataset):
    """The samples of another data set, each transformed when it is asked for."""

    def __init__(self, data, fn):
        self._data = data
        self._fn = fn

    def __len__(self):
        return len(self._data)

    def __getitem__(self, idx):
        item = self._data[idx]
        if isinstance(item, tuple):
            return self._fn(*item)
        return self._fn(item)

    def _native_source(self):
        first = isinstance(self._fn, _TransformFirst)
        transform = _chain.transform_of(self._fn.fn if first else self._fn)
        source = transform and _chain.source_of(self._data)
        # A transform of ours takes one array: of samples with more fields it is not called as
        # fn(*fields).
        if not source or not source.has_array or not (first or source.fields == 1):
            return None
        return source.transform_first(transform)


class _TransformFirst:
    """Applies a function to the first of several fields. A class, so that it can be pickled."""

    def __init__(self, fn):
        self.fn = fn

    def __call__(self, x, *rest):
        if rest:
            return (self.fn(x),) + rest
        return self.fn(x)


class ArrayDataset(Dataset):
    """Joins arrays, lists or data sets of the same length: sample i is the tuple of their items
    i, or that item itself where there is only one. Items of a one-dimensional NDArray are NumPy
    numbers.

    Raises AssertionError when there is none, or lengths differ.
    """

    def __init__(self, *args):
        assert args, 'expected at least one array'
        self._length = len(args[0])
        self._data = []
        for i, field in enumerate(args):
            assert len(field) == self._length, (
                f'expected arrays of the same length; the first has {self._length} samples, the '
                f'one at {i} has {len(field)}')
            if isinstance(field, NDArray) and field.ndim == 1:
                field = field.asnumpy()
            self._data.append(field)

    def __getitem__(self, idx):
        if len(self._data) == 1:
            return self._data[0][idx]
        return tuple(field[idx] for field in self._data)

    def __len__(self):
        return self._length

    def _native_source(self):
        return _native.array_source(self._data)


class RecordFileDataset(Dataset):
    """The records of an indexed RecordIO file, as bytes. Its index lies beside it, under the same
    name with the ending `.idx`."""

    def __init__(self, filename):
        self.filename = filename
        self.idx_file = os.path.splitext(filename)[0] + '.idx'
        self._record = recordio.MXIndexedRecordIO(self.idx_file, self.filename, 'r')

    def __getitem__(self, idx):
        return self._record.read_idx(self._record.keys[idx])

    def __len__(self):
        return len(self._record.keys)
