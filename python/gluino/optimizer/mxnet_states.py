"""States of optimizers that MXNet itself has saved."""
import io
import pickle
import struct

from ..base import MXNetError
from ..ndarray import load_frombuffer
from .base import Optimizer

_PACKAGE = __name__.partition('.')[0]


class _Saved:
    """An array as MXNet's pickles have it: made of nothing, then given its bytes."""

    def __init__(self, handle=None):
        self.handle = handle

    def __setstate__(self, state):
        self.handle = state['handle']

    def array(self):
        """The array. The bytes are one of a file, of which a file of one array is made."""
        if self.handle is None:
            return None
        return load_frombuffer(struct.pack('<QQQ', 0x112, 0, 1) + bytes(self.handle) +
                               struct.pack('<Q', 0))[0]


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if module.partition('.')[0] == 'mxnet':
            if name == 'NDArray':
                return _Saved
            module = _PACKAGE + module[len('mxnet'):]
        return super().find_class(module, name)


def _with_arrays(value):
    if isinstance(value, _Saved):
        return value.array()
    if isinstance(value, dict):
        return {key: _with_arrays(each) for key, each in value.items()}
    if type(value) in (tuple, list):
        return type(value)(_with_arrays(each) for each in value)
    if isinstance(value, Optimizer):
        value.__dict__.update(_with_arrays(vars(value)))
    return value


def loads(data):
    """What Updater.get_states gave, here or in MXNet. Raises MXNetError for bytes that are not
    whole, or something else."""
    try:
        if b'mxnet.' not in data:
            return pickle.loads(data)
        return _with_arrays(_Unpickler(io.BytesIO(data)).load())
    except (pickle.UnpicklingError, EOFError, ValueError, OverflowError) as error:
        raise MXNetError('expected the states of an optimizer, whole, found something else: '
                         f'{error}') from error
