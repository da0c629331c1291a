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
        raise ValueError(
            f"FeedForward: expected {count} labels, one per sample, got shape {labels.shape}"
        )
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels.flatten()
    if labels.ndim != 1:
        raise ValueError(
            f"FeedForward: expected labels of shape (N,) or (N, 1), got {labels.shape}"
        )
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
            raise TypeError(
                "FeedForward: expected a DataIter, an NDArray or a NumPy array, "
                f"got {type(X).__name__}"
            )
        return X
    if y is None:
        if is_train:
            raise ValueError("FeedForward: an array X needs its labels y")
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
            raise ValueError("FeedForward: eval_data has labels and no data")
        if isinstance(data, DataIter):
            return data
        data = np.array(data) if isinstance(data, list) else data
        return as_iter(data, label, True, batch_size)
    if not hasattr(eval_data, "provide_data"):
        raise TypeError(
            "FeedForward: eval_data: expected a DataIter or a pair of arrays (data, labels), "
            f"got {type(eval_data).__name__}"
        )
    return eval_data
