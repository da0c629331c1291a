"""What stores derive from, and how they are made by name."""
import warnings

from ..ndarray import NDArray
# Found here, too, as in MXNet.
from ..base import (c_array, c_array_buf, c_handle_array, c_str, c_str_array,  # noqa: F401
                    check_call)

__all__ = ['create', 'KVStoreBase']


def as_list(values):
    """An array alone as a list."""
    return list(values) if isinstance(values, (list, tuple)) else [values]


class KVStoreBase:
    """What stores derive from: where gradients are summed over devices and processes, and the sums
    handed out.

    `KVStoreBase.register` makes `create` know a class, which a Trainer then takes by name. Such a
    class overrides `broadcast`, `pushpull`, `is_capable`, `type`, `rank` and `num_workers`.
    """

    # What is_capable may be asked for: whether the store can run an optimizer.
    OPTIMIZER = 'optimizer'

    kv_registry: dict = {}

    def broadcast(self, key, value, out, priority=0):
        """Stores a value under a key that is new, and writes it to each array of `out`."""
        raise NotImplementedError(self._lacks('broadcast'))

    def pushpull(self, key, value, out=None, priority=0):
        """Sums the arrays of `value` and writes the sum to each array of `out`, or of `value`."""
        raise NotImplementedError(self._lacks('pushpull'))

    def set_optimizer(self, optimizer):
        """Has the store run an optimizer on what is pushed."""
        raise NotImplementedError(self._lacks('set_optimizer'))

    def is_capable(self, capability):
        """Whether the store has a capability, such as OPTIMIZER."""
        raise NotImplementedError(self._lacks('is_capable'))

    def save_optimizer_states(self, fname, dump_optimizer=False):
        """Writes what the optimizer keeps to a file; with `dump_optimizer` the optimizer, too."""
        raise NotImplementedError(self._lacks('save_optimizer_states'))

    def load_optimizer_states(self, fname):
        """Goes on from what save_optimizer_states wrote."""
        raise NotImplementedError(self._lacks('load_optimizer_states'))

    @property
    def type(self):
        """The name by which the store is made."""
        raise NotImplementedError(self._lacks('type'))

    @property
    def rank(self):
        """This process's number."""
        raise NotImplementedError(self._lacks('rank'))

    @property
    def num_workers(self):
        """How many processes there are."""
        raise NotImplementedError(self._lacks('num_workers'))

    def _lacks(self, name):
        return f"{type(self).__name__} has no {name}: override it"

    @staticmethod
    def register(klass):
        """Makes `create` know a class by its name in lower case. A decorator."""
        assert isinstance(klass, type), f"expected a class to register, got {klass!r}"
        name = klass.__name__.lower()
        before = KVStoreBase.kv_registry.get(name)
        if before is not None:
            warnings.warn(f"the kvstore '{name}' was {before.__module__}.{before.__name__} and is "
                          f"now {klass.__module__}.{klass.__name__}", UserWarning, stacklevel=2)
        KVStoreBase.kv_registry[name] = klass
        return klass


@KVStoreBase.register
class TestStore(KVStoreBase):
    """A store without memory, for tests of what uses stores."""

    __test__ = False  # not for pytest

    def broadcast(self, key, value, out, priority=0):
        """Writes the value to each array of `out`."""
        for each in as_list(out):
            each[:] = value

    def pushpull(self, key, value, out=None, priority=0):
        """Writes the sum of the arrays of `value` to each array of `out`, or of `value`."""
        values = as_list(value)
        assert all(isinstance(each, NDArray) for each in values), (
            f"key {key}: expected arrays to sum")
        total = values[0].copy()
        for each in values[1:]:
            total += each.as_in_context(total.context)
        for each in values if out is None else as_list(out):
            each[:] = total

    @staticmethod
    def is_capable(capability):
        """Whether it can run an optimizer: no. Other words are a ValueError."""
        if capability.lower() == KVStoreBase.OPTIMIZER:
            return False
        raise ValueError(f'a store is not asked for {capability!r}')

    @property
    def type(self):
        """"teststore"."""
        return 'teststore'

    @property
    def rank(self):
        """0."""
        return 0

    @property
    def num_workers(self):
        """1."""
        return 1


# What MXNet has besides, and why not here. All say what serves instead.
_NOT_HERE = {
    'dist_async': "workers that do not wait for each other give other numbers each time; "
                  "'dist_sync' sums over all processes",
    'horovod': "'dist_sync' sums over the processes that mpirun starts, as Horovod does",
    'byteps': "'dist_sync' sums over the processes that mpirun starts, without servers",
    'p3': "'dist_sync' sends the gradients of the last layers first as it is",
}


# What MXNet takes without a word of how its workers wait for each other, they do.
_SYNCHRONOUS = {'dist': 'dist_sync', 'dist_device': 'dist_device_sync'}


def create(name='local'):
    """A store by its name.

    "local" sums on the CPU, "device" where the first copy is, which is the same as long as all
    contexts are the CPU's. "dist_sync" and "dist_device_sync" ("dist_sync_device"), for short "dist"
    and "dist_device", sum over the processes that mpirun has started; a process that was started
    alone is the only one. Or the name of a class that was registered.

    A name that is no string is a TypeError, an unknown one an MXNetError, also where the machine
    has no Open MPI for several processes. MXNet's other stores ("dist_async", "horovod", "byteps")
    are a NotImplementedError that names what to use.
    """
    if not isinstance(name, str):
        raise TypeError(f'kvstore: expected a name, got {name!r}')
    klass = KVStoreBase.kv_registry.get(name.lower())
    if klass is not None:
        return klass()
    for other, instead in _NOT_HERE.items():
        if name.lower().startswith(other):
            raise NotImplementedError(f"kvstore '{name}' is not supported: {instead}")
    from .kvstore import KVStore  # pylint: disable=import-outside-toplevel
    return KVStore(_SYNCHRONOUS.get(name.lower(), name))
