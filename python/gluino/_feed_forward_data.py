"""Arrays as the data of FeedForward: iterators over their rows, and joined outputs."""

import numpy as np

from . import ndarray as nd
from .io import DataIter, NDArrayIter
from .module.base_module import without_padding


def names_of(descs):
    """The names in a list of DataDesc or of (name, shape)."""
    return [desc[0] for desc in descs or []]


def _label_rows(labels, count):
    """Labels as one row of numbers, checked to be as many as there are samples."""
    labels = labels.asnumpy() if isinstance(labels, nd.NDArray) else np.asarray(labels)
    if labels.shape[:1] != (count,):
        raise ValueError("The numbers of data points and labels not equal")
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels.flatten()
    if labels.ndim != 1:
        raise ValueError("Label must be 1D or 2D (with 2nd dimension being 1)")
    return labels


def rows_of(arrays, pad):
    """The rows that stand for samples of the data set."""
    return [without_padding(array, pad).asnumpy() for array in arrays]


def joined(batches):
    """The arrays of all batches, joined: one, or a list of several."""
    whole = [np.concatenate(parts) for parts in zip(*batches)]
    return whole[0] if len(whole) == 1 else whole


def as_iter(X, y, is_train, batch_size):
    """The iterator itself, or one over rows of arrays."""
    if not isinstance(X, (np.ndarray, nd.NDArray)):
        if not hasattr(X, "provide_data"):
            raise TypeError("X must be DataIter, NDArray or numpy.ndarray")
        return X
    if y is None:
        if is_train:
            raise ValueError("y must be specified when X is numpy.ndarray")
        y = np.zeros(X.shape[0], dtype="float32")
    y = _label_rows(y, X.shape[0])
    batch_size = min(X.shape[0], batch_size)
    if is_train:
        return NDArrayIter(X, y, batch_size, shuffle=True, last_batch_handle="roll_over")
    return NDArrayIter(X, y, batch_size, shuffle=False)


def as_eval_iter(eval_data, batch_size):
    """The iterator itself, one over the rows of a pair of arrays, or None."""
    if eval_data is None:
        return None
    if isinstance(eval_data, (tuple, list)) and len(eval_data) == 2:
        data, label = eval_data
        if data is None:
            raise ValueError("Eval data is NONE")
        if isinstance(data, DataIter):
            return data
        data = np.array(data) if isinstance(data, list) else data
        return as_iter(data, label, True, batch_size)
    if not hasattr(eval_data, "provide_data"):
        raise TypeError(
            "Eval data must be DataIter, or NDArray/numpy.ndarray/list pair "
            "(i.e. tuple/list of length 2)"
        )
    return eval_data
