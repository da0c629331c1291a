"""Files of arrays, in MXNet's format and in NumPy's."""
import os

from numpy.lib.format import MAGIC_PREFIX, read_array

from .. import _core
from ..numpy._call import NP_FACE, ArgumentError, checked, is_np
from ..numpy.fallback import from_host


def save(file, arr):
    """Writes an array, a list of arrays, or a dictionary of them by name. ValueError for others.
    A name that ends in .npz makes an archive of NumPy's."""
    file = os.fspath(file)
    if is_np(arr):
        _core.save(file, [arr])
    elif isinstance(arr, (list, tuple)):
        _core.save(file, [checked(array, "save") for array in arr])
    elif isinstance(arr, dict) and all(isinstance(key, str) for key in arr):
        _core.save_named(file, [(key, checked(array, "save")) for key, array in arr.items()])
    else:
        raise ArgumentError("npx.save: expected an mx.np.ndarray, a list of them, or a dictionary of "
                         f"texts and arrays, got {type(arr).__name__}")


def savez(file, *args, **kwds):
    """Writes an archive of NumPy's, whatever the file is called: arrays by name, those without as
    arr_0, arr_1, ..."""
    file = os.fspath(file)
    archive = file if file.endswith(".npz") else file + ".npz"
    save(archive, {**{f"arr_{i}": array for i, array in enumerate(args)}, **kwds})
    if archive != file:
        os.replace(archive, file)


def load(file):
    """The arrays of a file: a dictionary where they have names, else a list; the array of a file
    that numpy.save wrote."""
    if not isinstance(file, (str, os.PathLike)):
        raise TypeError(f"npx.load: expected a path, got {type(file).__name__}")
    if os.path.isfile(file):  # Else the library says what is wrong.
        with open(file, "rb") as stream:
            if stream.read(len(MAGIC_PREFIX)) == MAGIC_PREFIX:
                stream.seek(0)
                return from_host(read_array(stream, allow_pickle=False))
    pairs = [(name, _core.as_face(array, NP_FACE)) for name, array in _core.load(os.fspath(file))]
    return dict(pairs) if pairs and all(name for name, _ in pairs) else [a for _, a in pairs]
