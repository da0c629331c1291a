"""The library's store of parameters."""
import json
import os
import weakref

import numpy

from .. import _core
from ..optimizer import get_updater
from ..optimizer.updater import set_states_from
from .base import KVStoreBase, as_list
# Found here, too, as in MXNet.
from ..base import MXNetError, c_str, check_call, py_str  # noqa: F401
from ..ndarray import NDArray, array as array_of  # noqa: F401

__all__ = ['KVStore']

# Of all optimizers and schedulers of the rate.
_COMMON = {'rescale_grad', 'lr', 'wd', 'clip_gradient', 'num_update', 'multi_precision', 'base_lr',
           'warmup_steps'}


def _plain_key(key):
    if isinstance(key, str):
        return key
    if isinstance(key, (int, numpy.integer)) and not isinstance(key, bool):
        return int(key)
    raise TypeError(f"expected a number or a name as the key, got {key!r}")


def _settings_of(optimizer):
    """What its updates follow, by name: of a class of the user's, what it has from Optimizer."""
    settings = {'optimizer': type(optimizer).__name__}
    parts = {'': optimizer, 'lr_scheduler.': getattr(optimizer, 'lr_scheduler', None)}
    for prefix, part in parts.items():
        is_ours = type(part).__module__.startswith(__package__.split('.', maxsplit=1)[0] + '.')
        for name, value in vars(part).items() if part is not None else ():
            if isinstance(value, numpy.generic):
                value = value.item()
            # How many weights are updated together changes no number.
            if name == 'aggregate_num' or not (is_ours or name in _COMMON):
                continue
            if isinstance(value, (bool, int, float, str)):
                settings[prefix + name] = value
    return settings


def _by_key(keys, values, what):
    """Keys as a list, and for each of them a list of its arrays."""
    if not isinstance(keys, (list, tuple)):
        assert values is not None, f"key {keys}: {what}: expected an array, got None"
        return [_plain_key(keys)], [as_list(values)]
    assert isinstance(values, (list, tuple)) and len(values) == len(keys), (
        f"{what}: expected arrays for each of {len(keys)} keys")
    return [_plain_key(key) for key in keys], [as_list(each) for each in values]


class KVStore(KVStoreBase):
    """Values by key, which many may add to and read. Make one with `create`.

    The keys of a store are numbers or names, not both: one, or a list, of which no value changes
    when there is an error in any. What is pushed first goes first, whatever `priority` says.
    Mistakes are an MXNetError.

    A "dist_sync" store adds up the copies of all processes, each of which has the stored values and
    makes the same updates. All processes must call the same methods in the same order; where one
    dies, ends early or does something else, the others get an MXNetError within five seconds.
    """

    def __init__(self, handle):
        # Also a store that there is already.
        self.handle = handle if isinstance(handle, _core.KVStore) else _core.KVStore(handle)
        self._updater = None

    def init(self, key, value):
        """Stores a copy of an array, of worker 0's, under a key that is new."""
        keys, values = _by_key(key, value, 'value')
        self.handle.init(keys, values)

    def push(self, key, value, priority=0):
        """Replaces the stored value by the sum of the arrays of `value` or, where there is an
        optimizer, has that update it."""
        keys, values = _by_key(key, value, 'value')
        self.handle.push(keys, values)

    def pull(self, key, out=None, priority=0, ignore_sparse=True):
        """Writes the stored value to each array of `out`, converted to its type; not a sparse one,
        unless `ignore_sparse` is False."""
        keys, outs = _by_key(key, out, 'out')
        self.handle.pull(keys, outs, bool(ignore_sparse))

    def pushpull(self, key, value, out=None, priority=0):
        """push and pull at once. Without `out` the arrays pushed are overwritten."""
        keys, values = _by_key(key, value, 'value')
        _, outs = _by_key(key, value if out is None else out, 'out')
        self.handle.pushpull(keys, values, outs)

    def broadcast(self, key, value, out, priority=0):
        """init and pull at once."""
        keys, values = _by_key(key, value, 'value')
        _, outs = _by_key(key, out, 'out')
        self.handle.broadcast(keys, values, outs)

    def row_sparse_pull(self, key, out=None, priority=0, row_ids=None):
        """Writes the rows of the stored value that `row_ids` names to the row_sparse arrays of `out`,
        which store no others then. `row_ids`: an array for all of `out`, or one for each."""
        assert out is not None, "out: expected an array, got None"
        assert row_ids is not None, "row_ids: expected an array, got None"
        keys, outs = _by_key(key, out, 'out')
        rows = as_list(row_ids)
        if isinstance(key, (list, tuple)) and len(rows) == len(keys):
            ids = [as_list(each) for each in rows]
        else:
            ids = [rows] * len(keys)
        for name, arrays, names in zip(keys, outs, ids):
            for i, array in enumerate(arrays):
                self.handle.row_sparse_pull(name, array, names[i if len(names) > 1 else 0])

    def set_gradient_compression(self, compression_params):
        """From now on float32 arrays are sent as MXNet compresses them: `{'type': '2bit',
        'threshold': 0.5}`. MXNetError for other settings, and for a store of one process, which
        sends nothing."""
        self.handle.set_gradient_compression({str(name): str(value)
                                              for name, value in compression_params.items()})

    def set_optimizer(self, optimizer):
        """Has push update the stored value by this optimizer, which knows it by its key. MXNetError
        where a worker's has other settings than worker 0's."""
        self._check_alike(optimizer)
        self._set_updater(get_updater(optimizer))

    def _check_alike(self, optimizer):
        """Each worker makes the updates for itself, and they are to be the same."""
        if self.num_workers == 1:
            return
        own = _settings_of(optimizer)
        text = json.dumps(own).encode()
        length = array_of([len(text)], dtype='int64')
        self.handle.unify(['how long an optimizer\'s settings are'], [[length]])
        letters = array_of(numpy.resize(numpy.frombuffer(text, 'uint8'), int(length.asscalar())),
                           dtype='uint8')
        self.handle.unify(['an optimizer\'s settings'], [[letters]])
        first = json.loads(letters.asnumpy().tobytes())
        # As text: a number may be none (nan), which is not itself.
        for name in ['optimizer', *sorted({*own, *first})]:
            mine, theirs = (json.dumps(each.get(name)) for each in (own, first))
            if mine != theirs:
                raise MXNetError(
                    f"kvstore: optimizer: {name}: expected {theirs}, as worker 0 has it, got {mine} at "
                    f'worker {self.rank}: all workers make the same updates')

    def _set_updater(self, updater):
        """Has push call `updater(key, pushed, stored)`, which changes `stored` in place; None: has
        it replace the value again."""
        self._updater = updater
        if updater is None:
            self.handle.set_updater(None)
            return
        # What the library holds is not seen by the garbage collector, and an updater may lead back
        # to this store: through an optimizer, its parameters and their trainer.
        own = weakref.ref(self)
        self.handle.set_updater(lambda *args: own()._update(*args))

    def _update(self, key, pushed, stored):
        self._updater(key, pushed, stored)
        if self.num_workers > 1 and getattr(self._updater, '_draws', False):
            self.handle.unify([key], [[stored]])

    def save_optimizer_states(self, fname, dump_optimizer=False):
        """Writes what the optimizer keeps to a file; with `dump_optimizer` the optimizer, too."""
        self._needs_updater('save')
        _core.write_file(os.fspath(fname), self._updater.get_states(dump_optimizer))

    def load_optimizer_states(self, fname):
        """Goes on from what save_optimizer_states wrote."""
        self._needs_updater('load')
        set_states_from(fname, [self._updater])

    def _needs_updater(self, what):
        assert self._updater is not None, (
            f"cannot {what} states of an optimizer: the store has none; call set_optimizer first")

    def is_capable(self, capability):
        """Whether it can run an optimizer: yes. Other words are a ValueError."""
        if capability.lower() == KVStoreBase.OPTIMIZER:
            return True
        raise ValueError(f'a store is not asked for {capability!r}')

    @property
    def type(self):
        """The name that create was given, in lower case."""
        return self.handle.type

    @property
    def rank(self):
        """This process's number, from 0."""
        return self.handle.rank

    @property
    def num_workers(self):
        """How many processes there are."""
        return self.handle.num_workers

    def barrier(self):
        """Returns when all processes have come here."""
        self.handle.barrier()

    _barrier = barrier

    def _send_command_to_servers(self, head, body):
        """Nothing: there are no servers."""
