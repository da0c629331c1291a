"""The part of a module that is about its optimizer."""

import os
import warnings

from .. import _core, optimizer as opt
from ..kvstore import KVStore
from ..optimizer.updater import set_states_from
from .base_module import BaseModule
from .updates import Updates, create_kvstore, initialize_kvstore

class OptimizedModule(BaseModule):
    """A module on a group of executors, whose parameters an optimizer updates."""

    def __init__(self, logger):
        super().__init__(logger=logger)
        self._exec_group = None
        self._optimizer = self._kvstore = self._updater = self._update_on_kvstore = None
        self._updates = None
        self._preload_opt_states = None

    def _init_optimizer(self, kvstore, optimizer, optimizer_params, force_init):
        group = self._exec_group
        store, on_store = create_kvstore(kvstore, len(self._context), group.execs[0].arg_dict)
        batch_size = group.batch_size
        if store is not None and "dist" in store.type and "_sync" in store.type:
            batch_size *= store.num_workers
        rescale_grad = 1.0 / batch_size
        if on_store:
            idx2name = dict(enumerate(group.trained_names))
        else:
            count = len(self._context)
            idx2name = {
                i * count + k: name
                for k in range(count)
                for i, name in enumerate(group.trained_names)
            }
        if isinstance(optimizer, str):
            params = dict(optimizer_params)
            params.setdefault("rescale_grad", rescale_grad)
            optimizer = opt.create(optimizer, sym=self.symbol, param_idx2name=idx2name, **params)
        else:
            assert isinstance(optimizer, opt.Optimizer), (
                f"optimizer: expected its name, such as 'sgd', or an Optimizer, got {optimizer!r}"
            )
            if optimizer.rescale_grad != rescale_grad:
                warnings.warn(
                    "Optimizer created manually outside Module but rescale_grad is not normalized: it "
                    f"is {optimizer.rescale_grad}, and would be {rescale_grad}, 1 / batch size / "
                    "workers, if the module made it",
                    stacklevel=3,
                )
            if not optimizer.idx2name:
                optimizer.idx2name = idx2name.copy()

        self._optimizer = optimizer
        self._kvstore = store
        self._update_on_kvstore = on_store
        self._updater = None if on_store else opt.get_updater(optimizer)
        if store is not None:
            if self._compression_params:
                store.set_gradient_compression(self._compression_params)
            if on_store:
                store.set_optimizer(optimizer)
            elif isinstance(store, KVStore):
                store._check_alike(optimizer)
            initialize_kvstore(store, group.param_arrays, group.trained_names, on_store)
        self._updates = Updates(store, self._updater)
        self.optimizer_initialized = True
        if self._preload_opt_states is not None:
            self.load_optimizer_states(self._preload_opt_states)
            self._preload_opt_states = None

    def borrow_optimizer(self, shared_module):
        """Uses the optimizer of another module, and its states, from now on."""
        assert shared_module.optimizer_initialized
        self._optimizer = shared_module._optimizer
        self._kvstore = shared_module._kvstore
        self._update_on_kvstore = shared_module._update_on_kvstore
        self._updater = shared_module._updater
        self._updates = Updates(self._kvstore, self._updater)
        self.optimizer_initialized = True

    def save_optimizer_states(self, fname):
        """Writes what the optimizer keeps of the weights to a file."""
        self._needs("optimizer_initialized")
        if self._update_on_kvstore:
            self._kvstore.save_optimizer_states(fname)
            return
        _core.write_file(os.fspath(fname), self._updater.get_states())

    def load_optimizer_states(self, fname):
        """Goes on with what :meth:`save_optimizer_states` wrote."""
        self._needs("optimizer_initialized")
        if self._update_on_kvstore:
            self._kvstore.load_optimizer_states(fname)
            return
        set_states_from(fname, [self._updater])

    def prepare(self, data_batch, sparse_row_id_fn=None):
        """Gets ready for a batch before its forward. ``sparse_row_id_fn`` takes the batch and
        gives, by name of the parameter, the rows that the batch reads; they are fetched from the
        store.
        """
        self._needs("binded")
        if sparse_row_id_fn is None:
            return
        if self._kvstore is None or not self._update_on_kvstore:
            warnings.warn(
                "sparse_row_id_fn is not called: no store keeps and updates the parameters"
            )
            return
        row_ids = sparse_row_id_fn(data_batch)
        assert isinstance(row_ids, dict), "sparse_row_id_fn: expected a dict of row numbers by name"
        places = {name: i for i, name in enumerate(self._exec_group.trained_names)}
        for name, ids in row_ids.items():
            if name in places:
                arrays = self._exec_group.param_arrays[places[name]]
                self._kvstore.row_sparse_pull(name, arrays, priority=-places[name], row_ids=ids)

    def update(self):
        """One step of the optimizer for every parameter."""
        self._needs("binded", "params_initialized", "optimizer_initialized")
        self._updates(self._exec_group)
