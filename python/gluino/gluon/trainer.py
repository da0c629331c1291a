"""What applies an optimizer to the parameters of a network."""

import os

from .. import _core, autograd, optimizer as opt
from ..kvstore import KVStore, KVStoreBase, create as create_kvstore  # noqa: F401
from ..optimizer.updater import set_states_from
from .parameter import Parameter
from .parameter_dict import ParameterDict

__all__ = ['Trainer']


class Trainer:
    """Applies an optimizer to a set of parameters::

        trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1})
        with autograd.record():
            loss = loss_fn(net(x), y)
        loss.backward()
        trainer.step(batch_size)

    Parameters
    ----------
    params : ParameterDict, dict or list of Parameter
        What is trained. All have to be initialized, at the same devices.
    optimizer : str or Optimizer
        What trains them.
    optimizer_params : dict, optional
        The options of an optimizer that is given by its name.
    kvstore : str, KVStore or None
        What sums the gradients of several devices; of one device no store is made. 'dist_sync' sums
        those of several processes too, which all begin with worker 0's values of the parameters.
    compression_params : dict, optional
        How a store is to compress gradients.
    update_on_kvstore : bool, optional
        Whether the store runs the optimizer. If not given it does, where it can, unless the
        environment's MXNET_UPDATE_ON_KVSTORE is 0.
    """

    def __init__(self, params, optimizer, optimizer_params=None, kvstore='device',
                 compression_params=None, update_on_kvstore=None):
        self._params = _list_of(params)
        self._param2idx = {}
        for i, parameter in enumerate(self._params):
            self._param2idx[id(parameter)] = i
            parameter._set_trainer(self)
        self._compression_params = compression_params
        self._contexts = self._check_contexts()
        self._init_optimizer(optimizer, optimizer_params or {})
        self._scale = self._optimizer.rescale_grad
        self._kvstore_params = {'kvstore': kvstore, 'update_on_kvstore': update_on_kvstore}
        self._reset_kvstore()
        self._join_processes()

    def _check_contexts(self):
        contexts = None
        for parameter in self._params:
            ctx = parameter.list_ctx()
            assert contexts is None or contexts == ctx, (
                'All parameters are to be at the same devices, but '
                f'{parameter.name} is at {ctx} and those before it at {contexts}')
            contexts = ctx
        return contexts

    def _init_optimizer(self, optimizer, optimizer_params):
        param_dict = dict(enumerate(self._params))
        if isinstance(optimizer, opt.Optimizer):
            assert not optimizer_params, ('optimizer_params are for an optimizer that is given by '
                                          'its name; this one is made already')
            self._optimizer = optimizer
            self._optimizer.param_dict = param_dict
        else:
            self._optimizer = opt.create(optimizer, param_dict=param_dict, **optimizer_params)
        self._updaters = [opt.get_updater(self._optimizer) for _ in self._contexts or [None]]

    # -- the store -------------------------------------------------------------------------------

    def _reset_kvstore(self):
        """Forgets the store, and makes it anew in the next step from the parameters' values
        then."""
        if getattr(self, '_kvstore', None) and 'dist' in self._kvstore.type:
            raise RuntimeError('Parameters of a distributed store cannot be loaded or moved')
        self._kv_initialized = False
        self._kvstore = None
        self._distributed = None
        self._update_on_kvstore = None
        self._params_to_init = list(self._params)

    def _join_processes(self):
        """Where a store sums over processes, gives all of them worker 0's values that are known by
        now; the first step sees to the others."""
        store = self._kvstore_params['kvstore']
        if isinstance(store, str) and 'dist' in store:
            store = self._kvstore_params['kvstore'] = create_kvstore(store)
        several = isinstance(store, KVStore) and store.num_workers > 1
        self._processes = store.handle if several else None
        if several:
            known = [(i, parameter._data) for i, parameter in enumerate(self._params)
                     if parameter._data is not None]
            self._processes.unify(*_keys_and_copies(known))
            self._start_in_backward()

    def _start_in_backward(self):
        """Has sums over processes set out as soon as a backward has the gradients. Not those that
        several backwards add to: they are complete when step says so."""
        if self._processes is not None:
            self._processes.start_in_backward(*_keys_and_copies(
                (i, parameter._data) for i, parameter in enumerate(self._params)
                if parameter.grad_req == 'write' and parameter._data is not None))

    def _start(self, gradients):
        """Begins the sums over processes that no backward has begun: the last layer's first, many
        small ones together."""
        if self._processes is not None:
            self._processes.start(*_keys_and_copies(reversed(gradients)))

    def _init_kvstore(self):
        store = self._kvstore_params['kvstore']
        wanted = self._kvstore_params['update_on_kvstore']
        sparse_weights = any(parameter.stype != 'default' for parameter in self._params)
        if sparse_weights and wanted is not None and not wanted:
            raise ValueError('update_on_kvstore: rows of sparse parameters are the store\'s to '
                             'update, so it cannot be False')
        if isinstance(store, str):
            several = len(self._contexts or ()) > 1 or sparse_weights
            store = create_kvstore(store) if several or 'dist' in store else None
        elif store is not None and not isinstance(store, KVStoreBase):
            raise TypeError(f'kvstore: expected a name, a KVStore or None, got {store!r}')
        if store is None:
            if wanted and self._kvstore_params['kvstore'] is None:
                raise ValueError('update_on_kvstore: there is no kvstore')
            self._update_on_kvstore = False
        else:
            if self._compression_params:
                store.set_gradient_compression(self._compression_params)
            self._distributed = 'dist' in store.type
            can = store.is_capable(KVStoreBase.OPTIMIZER)
            sparse_grads = any(parameter.grad_stype != 'default' for parameter in self._params)
            if wanted is None and sparse_grads and not sparse_weights:
                wanted = can and self._distributed
            elif wanted is None:
                wanted = can and os.environ.get('MXNET_UPDATE_ON_KVSTORE', '1') != '0'
            elif wanted and not can:
                raise ValueError(f'update_on_kvstore: a {store.type} store runs no optimizer')
            self._update_on_kvstore = bool(wanted)
            if self._update_on_kvstore:
                store.set_optimizer(self._optimizer)
            elif isinstance(store, KVStore):
                store._check_alike(self._optimizer)
        self._kvstore = store
        self._kv_initialized = True

    def _init_params(self):
        """Tells the store the values of parameters that have some by now."""
        waiting = []
        for parameter in self._params_to_init:
            if parameter._deferred_init:
                waiting.append(parameter)
                continue
            if parameter.grad_req != 'null':
                parameter._check_gradient()
            if self._kvstore is not None:
                index = self._param2idx[id(parameter)]
                arrays = parameter._check_and_get(parameter._data, list)
                self._kvstore.broadcast(index, arrays[0], arrays)
        self._params_to_init = waiting

    def _prepare(self):
        if not self._kv_initialized:
            self._init_kvstore()
        if self._params_to_init:
            self._init_params()

    # -- training --------------------------------------------------------------------------------

    @property
    def optimizer(self):
        """The optimizer."""
        return self._optimizer

    @property
    def learning_rate(self):
        """The learning rate: what the optimizer's scheduler says, if it has one."""
        return self._optimizer.learning_rate

    def set_learning_rate(self, lr):
        """Sets the learning rate. UserWarning raised where a scheduler decides on it."""
        self._optimizer.set_learning_rate(lr)

    def step(self, batch_size, ignore_stale_grad=False):
        """One update, with the gradients of all devices summed and divided by `batch_size`.

        UserWarning raised where a gradient is none of a backward since the last step, unless
        `ignore_stale_grad`: then such parameters stay as they are.
        """
        self._check_and_rescale_grad(self._scale / batch_size)
        self._prepare()
        if not self._update_on_kvstore:
            self._allreduce_grads()
        self._update(ignore_stale_grad)

    def allreduce_grads(self):
        """The first half of step: puts the sum over the devices in the place of each gradient.
        AssertionError where the store updates."""
        self._prepare()
        assert not self._update_on_kvstore, (
            'allreduce_grads(): the kvstore sums and updates at once; pass update_on_kvstore=False '
            'to the Trainer')
        self._allreduce_grads()

    def update(self, batch_size, ignore_stale_grad=False):
        """The second half of step: updates the parameters with the gradients as they are.
        AssertionError where the store updates."""
        self._prepare()
        assert not self._update_on_kvstore, (
            'update(): the kvstore sums and updates at once; pass update_on_kvstore=False to the '
            'Trainer')
        self._check_and_rescale_grad(self._scale / batch_size)
        self._update(ignore_stale_grad)

    def _check_and_rescale_grad(self, scale):
        if (self._update_on_kvstore and self._distributed and self._kv_initialized
                and self._optimizer.rescale_grad != scale):
            raise UserWarning('The batch size may not change while a distributed store updates, '
                              'which has its own copy of the optimizer')
        self._optimizer.rescale_grad = scale

    def _allreduce_grads(self):
        if self._kvstore is None:
            return
        # Devices without a backward have nothing to add.
        trained = [(i, _fresh_grads(parameter) or parameter.list_grad())
                   for i, parameter in enumerate(self._params) if parameter.grad_req != 'null']
        self._start(trained)
        for i, grads in trained:
            self._kvstore.pushpull(i, grads, out=self._params[i].list_grad(), priority=-i)

    def _update(self, ignore_stale_grad=False):
        if not ignore_stale_grad:
            self._check_fresh()
        if self._update_on_kvstore:
            self._update_in_store()
        else:
            self._update_here()
        self._start_in_backward()

    def _update_here(self):
        updates = [([], [], []) for _ in self._updaters]
        for i, parameter in enumerate(self._params):
            if parameter.grad_req == 'null' or parameter._data is None:
                continue
            fresh = [_core.has_fresh_grad(array) for array in parameter._data]
            for rows, array, grad in zip(updates, parameter._data, parameter._grad):
                # Where the gradients were summed, one device's is that of all.
                if any(fresh):
                    rows[0].append(i)
                    rows[1].append(grad)
                    rows[2].append(array)
        for updater, (indices, grads, arrays) in zip(self._updaters, updates):
            if indices:
                updater(indices, grads, arrays)
            for array in arrays:
                _core.clear_fresh_grad(array)
        if self._updaters[0]._draws:
            for i in updates[0][0]:
                self._make_alike(i, self._params[i]._data)

    def _make_alike(self, i, arrays):
        """Gives the first array's values, of worker 0, to all."""
        if self._processes is not None:
            self._processes.unify([i], [arrays])
            return
        with autograd.pause():
            for other in arrays[1:]:
                arrays[0].copyto(other)

    def _update_in_store(self):
        trained = [(i, _fresh_grads(parameter)) for i, parameter in enumerate(self._params)
                   if parameter.grad_req != 'null' and parameter._data is not None]
        trained = [(i, grads) for i, grads in trained if grads]
        self._start(trained)
        for i, grads in trained:
            arrays = self._params[i]._data
            self._kvstore.push(i, grads, priority=-i)
            self._kvstore.pull(i, arrays, priority=-i, ignore_sparse=False)
            for array in arrays:
                _core.clear_fresh_grad(array)

    def _check_fresh(self):
        """Before anything has changed."""
        for parameter in self._params:
            if parameter.grad_req == 'null':
                continue
            for array in parameter._check_and_get(parameter._data, list):
                if not _core.has_fresh_grad(array):
                    raise UserWarning(
                        f'The gradient of Parameter `{parameter.name}` on {array.context} is none '
                        'of a backward since the last step. If the loss does not depend on all '
                        'parameters, pass ignore_stale_grad=True to leave such ones as they are')

    # -- files -----------------------------------------------------------------------------------

    def save_states(self, fname):
        """Writes what the optimizer keeps for the parameters, and the optimizer. With the
        parameters themselves a training can go on from there."""
        self._prepare()
        if self._update_on_kvstore:
            assert not self._params_to_init, (
                'save_states(): some parameters have no values yet; pass a batch through the '
                'network first')
            self._kvstore.save_optimizer_states(fname, dump_optimizer=True)
            return
        _core.write_file(os.fspath(fname), self._updaters[0].get_states(dump_optimizer=True))

    def load_states(self, fname):
        """Goes on from what save_states wrote."""
        self._prepare()
        if self._update_on_kvstore:
            self._kvstore.load_optimizer_states(fname)
            self._optimizer = self._kvstore._updater.optimizer
        else:
            set_states_from(fname, self._updaters)
            for updater in self._updaters:
                updater.optimizer = self._updaters[0].optimizer
            self._optimizer = self._updaters[0].optimizer
        self._optimizer.param_dict = dict(enumerate(self._params))


def _fresh_grads(parameter):
    """The gradients at the devices that have had a backward since the last step."""
    return [grad for array, grad in zip(parameter._data, parameter._grad)
            if _core.has_fresh_grad(array)]


def _keys_and_copies(pairs):
    """Pairs of a number and arrays as the library's stores take them."""
    pairs = list(pairs)
    return [key for key, _ in pairs], [copies for _, copies in pairs]


def _list_of(params):
    """The parameters in the order by which states are numbered: a dictionary's by name."""
    if isinstance(params, (dict, ParameterDict)):
        params = [params[name] for name in sorted(params.keys())]
    if not isinstance(params, (list, tuple)):
        raise ValueError('Trainer: expected a list or a dictionary of parameters, as '
                         f'collect_params() gives it, got {type(params)}')
    for parameter in params:
        if not isinstance(parameter, Parameter):
            raise ValueError('Trainer: expected a list of parameters, got one of '
                             f'{type(parameter)}')
    return list(params)
