"""How gradients become updates: over contexts and processes, and by the optimizer."""

import math
import os

from .. import kvstore as _kvstore
from ..kvstore import KVStoreBase

# From this many elements in one parameter on a store sums only, and contexts update.
_LARGE = 1024 * 1024 * 16


def create_kvstore(kvstore, num_device, arg_params):
    """What sums gradients over contexts, and whether it also runs the optimizer.

    Parameters
    ----------
    kvstore : KVStore, str or None
        One that is made runs the optimizer.
    num_device : int
        Of one context nothing needs to be summed, unless over processes.
    arg_params : dict of str to NDArray

    Returns
    -------
    KVStore or None, bool
    """
    update_on_kvstore = os.environ.get("MXNET_UPDATE_ON_KVSTORE", "1") not in ("0", "false")
    if isinstance(kvstore, KVStoreBase):
        return kvstore, update_on_kvstore and kvstore.is_capable(KVStoreBase.OPTIMIZER)
    if kvstore is None:
        # Else the copies of a parameter would drift apart.
        return (None if num_device == 1 else _kvstore.create("local")), False
    if not isinstance(kvstore, str):
        raise TypeError(f"kvstore: expected a KVStore, a str or None, got {type(kvstore).__name__}")
    if num_device == 1 and "dist" not in kvstore:
        return None, False
    store = _kvstore.create(kvstore)
    if kvstore == "local":
        largest = max((math.prod(array.shape) for array in arg_params.values()), default=0)
        update_on_kvstore = update_on_kvstore and largest <= _LARGE
    return store, update_on_kvstore


def initialize_kvstore(kvstore, param_arrays, param_names, update_on_kvstore):
    """Tells a store the parameters; one that runs the optimizer gives them out at once, and so does
    one of several processes, which begin with worker 0's."""
    for i, (name, arrays) in enumerate(zip(param_names, param_arrays)):
        kvstore.init(name, arrays[0])
        if update_on_kvstore or kvstore.num_workers > 1:
            kvstore.pull(name, arrays, priority=-i)


class Updates:
    """What ``update`` does: has gradients summed over contexts, and weights updated.

    Parameters
    ----------
    kvstore : KVStore or None
        What sums gradients.
    updater : Updater or None
        What updates weights; None where the store does.
    """

    def __init__(self, kvstore, updater):
        self.kvstore = kvstore
        self.updater = updater
        self._group_state = None
        self._trained = []
        self._by_context = []
        self._keys = {}

    def _prepare(self, group):
        """Lists what a gradient moves: by parameter for the store, by context for the updater."""
        self._trained = [
            (i, name, grads, weights)
            for i, (name, weights, grads) in enumerate(
                zip(group.trained_names, group.param_arrays, group.grad_arrays)
            )
            if grads[0] is not None and name not in group.fixed_at_one
        ]
        count = len(group.contexts)
        self._by_context = [
            (
                [i * count + k for i, _, _, _ in self._trained],
                [grads[k] for _, _, grads, _ in self._trained],
                [weights[k] for _, _, _, weights in self._trained],
            )
            for k in range(count)
        ]
        self._keys = {group.arg_names.index(name): name for _, name, _, _ in self._trained}
        self._group_state = group.execs

    @property
    def sums_over_processes(self):
        """Whether the store sums the gradients of several processes."""
        return isinstance(self.kvstore, _kvstore.KVStore) and self.kvstore.num_workers > 1

    def backward(self, group):
        """The group's backward, for an update that follows at once: the sums over processes begin
        while it still runs.
        """
        if self._group_state is not group.execs:
            self._prepare(group)
        executors = [executor._native for executor in group.execs]
        self.kvstore.handle.backward_and_start(executors, self._keys)

    def __call__(self, group):
        """Updates the parameters of a group of executors."""
        if self._group_state is not group.execs:
            self._prepare(group)
        if self.kvstore is not None:
            on_store = self.updater is None
            if self.sums_over_processes:
                # The last layer's first, many small ones together.
                self.kvstore.handle.start(
                    [name for _, name, _, _ in reversed(self._trained)],
                    [grads for _, _, grads, _ in reversed(self._trained)],
                )
            for i, name, grads, weights in self._trained:
                self.kvstore.push(name, grads, priority=-i)
                if on_store:
                    self.kvstore.pull(name, weights, priority=-i)
                else:  # sums of rows, too: else each context would update by its own
                    self.kvstore.pull(name, grads, priority=-i, ignore_sparse=False)
        if self.updater is not None:
            for indices, grads, weights in self._by_context:
                self.updater(indices, grads, weights)
            if getattr(self.updater, '_draws', False):
                self._make_alike()

    def _make_alike(self):
        """Gives the values of the first context, of worker 0, to all."""
        for _, name, _, weights in self._trained:
            if self.sums_over_processes:
                self.kvstore.handle.unify([name], [weights])
            else:
                for other in weights[1:]:
                    weights[0].copyto(other)
