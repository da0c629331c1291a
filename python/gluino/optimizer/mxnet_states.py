"""States of optimizers that MXNet itself has saved."""
import io
import pickle

from ..base import MXNetError

_PACKAGE = __name__.partition('.')[0]


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if module.partition('.')[0] == 'mxnet':
            module = _PACKAGE + module[len('mxnet'):]
        return super().find_class(module, name)


def loads(data):
    """What Updater.get_states gave, here or in MXNet. Raises MXNetError for bytes that are not
    whole, or something else."""
    try:
        return _Unpickler(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError, ValueError, OverflowError) as error:
        raise MXNetError('expected the states of an optimizer, whole, found something else: '
                         f'{error}') from error
