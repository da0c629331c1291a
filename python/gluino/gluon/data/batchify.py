"""How samples become a batch: functions for `DataLoader(batchify_fn=...)`.

`default_batchify_fn` of `gluon.data.dataloader` is the one in use unless another is given. Those
here have the names of MXNet 2.0.
"""
import numpy as np

from ... import ndarray as nd
from ...context import Device, cpu  # noqa: F401
from ...ndarray import NDArray
from ...util import is_np_array
from ..nn._faces import operators

__all__ = ['Stack', 'Pad', 'Append', 'Group', 'AsList']


def stacked(items):
    """Items joined along a new first axis: arrays of one shape, or numbers. The type stays."""
    if isinstance(items[0], NDArray):
        batch = operators(nd, items[0]).stack(*items, axis=0)
        return batch.as_np_ndarray() if is_np_array() else batch.as_nd_ndarray()
    return array(np.asarray(items))


def array(data):
    """An array of ours with the elements and the type of a NumPy array."""
    if data.dtype.kind not in 'biuf':
        raise TypeError('a batch is made of numbers and arrays of them, got items of type '
                        f'{data.dtype}; give the loader a batchify_fn for others')
    if is_np_array():
        from ... import numpy as mx_np
        return mx_np.array(data, dtype=data.dtype)
    return nd.array(data, dtype=data.dtype)


def _as_numpy(item):
    return item.asnumpy() if isinstance(item, NDArray) else np.asarray(item)


class Stack:
    """Joins arrays of one shape, or numbers, along a new first axis."""

    def __init__(self, use_shared_mem=False):
        self._use_shared_mem = use_shared_mem

    def __call__(self, data):
        return stacked(data)


class Pad:
    """Joins arrays of unlike shapes along a new first axis: each is filled up at its ends with
    `val` to the largest size of each axis, which `round_to` rounds up to one of its multiples.
    `dtype` is that of the batch, unless it is None: then the items' own."""

    def __init__(self, val=None, dtype=None, round_to=None, use_shared_mem=False):
        self._val = 0 if val is None else val
        self._dtype = dtype
        self._round_to = round_to
        self._use_shared_mem = use_shared_mem

    def __call__(self, data):
        items = [_as_numpy(item) for item in data]
        ndim = items[0].ndim
        if any(item.ndim != ndim for item in items):
            raise ValueError('Pad takes items with equally many axes, got '
                             f'{sorted({item.ndim for item in items})}')
        shape = [max(sizes) for sizes in zip(*(item.shape for item in items))]
        if self._round_to is not None:
            shape = [-(-size // self._round_to) * self._round_to for size in shape]
        dtype = np.dtype(self._dtype or np.result_type(*(item.dtype for item in items)))
        if dtype.kind in 'iu' and not (float(self._val).is_integer()
                                       and np.iinfo(dtype).min <= self._val <= np.iinfo(dtype).max):
            raise ValueError(f'Pad: val: expected a number that {dtype} holds, got {self._val}')
        batch = np.full([len(items)] + shape, self._val, dtype=dtype)
        for row, item in zip(batch, items):
            row[tuple(slice(size) for size in item.shape)] = item
        return array(batch)


class Append:
    """A list with one array per item; where `expand`, with a new axis `batch_axis` of size 1."""

    def __init__(self, expand=True, batch_axis=0, use_shared_mem=False):
        self._expand = expand
        self._batch_axis = batch_axis
        self._use_shared_mem = use_shared_mem

    def __call__(self, data):
        items = [item if isinstance(item, NDArray) else array(np.asarray(item)) for item in data]
        if not self._expand:
            return items
        return [item.expand_dims(axis=self._batch_axis) for item in items]


class Group:
    """Applies function i to the fields i of the samples, which are tuples of as many fields."""

    def __init__(self, fn, *args):
        self._functions = tuple(fn) if isinstance(fn, (list, tuple)) else (fn,) + args
        for function in self._functions:
            if not callable(function):
                raise ValueError(f'Group takes functions, got {type(function).__name__}')

    def __call__(self, data):
        if any(len(item) != len(self._functions) for item in data):
            raise ValueError(f'Group has {len(self._functions)} functions, got samples of '
                             f'{sorted({len(item) for item in data})} fields')
        return tuple(function([item[i] for item in data])
                     for i, function in enumerate(self._functions))


class AsList:
    """The items as they are, in a list."""

    def __call__(self, data):
        return list(data)
