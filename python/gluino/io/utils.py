"""What NDArrayIter takes: arrays, lists and dictionaries of them, files that are read in parts."""

import numpy as np

from .. import _core
from ..ndarray import CSRNDArray, NDArray, array, take, zeros
from ..ndarray.sparse import array as sparse_array  # noqa: F401  # found here, too, as in MXNet


def is_lazy(source):
    """Whether `source` is read part by part, as an h5py.Dataset is."""
    return (not isinstance(source, (NDArray, np.ndarray, np.generic, str, bytes))
            and all(hasattr(source, name) for name in ("shape", "dtype", "__getitem__")))


def is_csr(source):
    """Whether `source` is a sparse matrix stored by its rows."""
    return isinstance(source, CSRNDArray) or (isinstance(source, NDArray)
                                              and source.stype == "csr")


def _as_source(name, value):
    if isinstance(value, NDArray) or is_lazy(value):
        return value
    if isinstance(value, (np.ndarray, list, tuple)):
        return array(value)
    raise TypeError(f"{name}: expected an NDArray, numpy.ndarray or h5py.Dataset, "
                    f"got {type(value).__name__}")


def _init_data(data, allow_empty, default_name):
    """A list of (name, array) pairs of what a user may give as data or labels.

    A single array is called `default_name`, several in a list ``_0_<default_name>`` and so on;
    those of a dictionary come in the order of their names. NumPy's arrays become arrays of ours,
    h5py's data sets stay. Raises TypeError for anything else, and AssertionError when there is
    nothing although `allow_empty` is False.
    """
    if data is None:
        assert allow_empty, f"expected an array called {default_name}, got None"
        return []
    if isinstance(data, (np.ndarray, NDArray)) or is_lazy(data):
        data = [data]
    if isinstance(data, (list, tuple)):
        assert allow_empty or data, f"expected an array called {default_name}, got an empty list"
        names = ([default_name] if len(data) == 1
                 else [f"_{i}_{default_name}" for i in range(len(data))])
        return [(name, _as_source(name, value)) for name, value in zip(names, data)]
    if not isinstance(data, dict):
        raise TypeError("expected an NDArray, numpy.ndarray, h5py.Dataset, a list of them or a "
                        f"dictionary with them as values, got {type(data).__name__}")
    return [(name, _as_source(name, data[name])) for name in sorted(data)]


def _has_instance(data, dtype):
    """Whether one of the arrays in a list of (name, array) pairs is of the class `dtype`."""
    return any(isinstance(source, dtype) for _, source in data)


def rows_of(source, rows, axis=0):
    """A new array with the entries `rows`, a vector of int64, of `source` along `axis`. Those of a
    row_sparse array are dense.
    """
    if isinstance(source, NDArray) and source.stype == "default":
        return _core.io.rows(source, rows, axis)
    if isinstance(source, NDArray) and source.stype == "row_sparse":
        if axis:
            return _core.io.rows(source.tostype("default"), rows, axis)
        return _dense_rows(source, rows)
    first, last = int(rows[0]), int(rows[-1])
    if last - first + 1 == len(rows) and bool(np.all(np.diff(rows) == 1)):
        return _run_of(source, first, last + 1, axis)
    if is_csr(source):
        return take(source, array(rows, source.context, np.int64))
    # Files want to be read in rising order, and each row once.
    once, places = np.unique(rows, return_inverse=True)
    part = source[(slice(None),) * axis + (once.tolist(),)]
    return _core.io.rows(array(part), np.asarray(places, dtype=np.int64), axis)


def _dense_rows(source, rows):
    # Without the whole of it being dense at any time.
    stored = source.indices.asnumpy()
    places = np.searchsorted(stored, rows)
    found = np.flatnonzero(np.append(stored, -1)[places] == rows)
    result = zeros((len(rows),) + source.shape[1:], source.context, source.dtype)
    if len(found):
        result[array(found, source.context, np.int64)] = _core.io.rows(source.data, places[found], 0)
    return result


def _run_of(source, begin, end, axis):
    part = source[(slice(None),) * axis + (slice(begin, end),)] if axis else source[begin:end]
    return part if isinstance(part, NDArray) else array(part)


def _getdata_by_idx(data, idx):
    """The (name, array) pairs of `data` with their rows in the order `idx`."""
    rows = np.asarray(idx, dtype=np.int64)
    return [(name, rows_of(source, rows)) for name, source in data]
