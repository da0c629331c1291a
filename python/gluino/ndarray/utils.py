"""Arrays of any storage, and files of arrays."""
import os

from .. import _core
from . import ndarray as _dense
from . import sparse as _sparse
# Found here, too, as in MXNet.
from ..base import c_array, c_handle_array, c_str, c_str_array, check_call, py_str  # noqa: F401
from .ndarray import NDArray  # noqa: F401

__all__ = ["zeros", "empty", "array", "load", "load_frombuffer", "save"]


def zeros(shape, ctx=None, dtype=None, stype=None, **kwargs):
    """An array of zeros, stored as `stype`: 'default', 'row_sparse' or 'csr'."""
    if stype in (None, "default"):
        return _dense.zeros(shape, ctx, dtype, **kwargs)
    return _sparse.zeros(stype, shape, ctx, dtype, **kwargs)


def empty(shape, ctx=None, dtype=None, stype=None):
    """An array with elements of any value, stored as `stype`."""
    if stype in (None, "default"):
        return _dense.empty(shape, ctx, dtype)
    return _sparse.empty(stype, shape, ctx, dtype)


def array(source_array, ctx=None, dtype=None):
    """A copy of numbers or of an array; sparse where the source is."""
    if isinstance(source_array, _sparse.BaseSparseNDArray) or hasattr(source_array, "tocsr"):
        return _sparse.array(source_array, ctx, dtype)
    return _dense.array(source_array, ctx, dtype)


def _collection(pairs):
    arrays = [array for _, array in pairs]
    names = [name for name, _ in pairs]
    return dict(zip(names, arrays)) if any(names) else arrays


def load(fname):
    """The arrays of a file: a list, or a dictionary where they have names."""
    if not isinstance(fname, (str, os.PathLike)):
        raise TypeError(f"load: expected a file's name, got {type(fname)}")
    return _collection(_core.load(os.fspath(fname)))


def load_frombuffer(buf):
    """The same from the bytes of such a file."""
    if not isinstance(buf, (bytes, bytearray)):
        raise TypeError(f"load_frombuffer: expected bytes, got {type(buf)}")
    return _collection(_core.load_frombuffer(bytes(buf)))


def save(fname, data):
    """Writes an array, a list of arrays, or a dictionary of them by name, to a file that is the new
    one, whole, or the old one."""
    if isinstance(data, _dense.NDArray):
        data = [data]
    if isinstance(data, dict):
        if not all(isinstance(name, str) for name in data):
            raise TypeError(f"save: expected texts as names, got {list(data)}")
        arrays = list(data.values())
    elif isinstance(data, (list, tuple)):
        arrays = list(data)
    else:
        raise ValueError("save: expected an array, a list of arrays, or a dictionary of them by name, "
                         f"got {type(data)}")
    if not all(isinstance(array, _core.Array) for array in arrays):
        wrong = next(array for array in arrays if not isinstance(array, _core.Array))
        raise TypeError(f"save: expected arrays, got {type(wrong)} among them")
    if isinstance(data, dict):
        _core.save_named(str(fname), list(data.items()))
    else:
        _core.save(str(fname), arrays)
