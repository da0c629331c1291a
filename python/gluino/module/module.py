"""One symbol with its parameters and an optimizer, on one context or several."""

import logging
import warnings

from .. import _core
from .. import ndarray as nd
from .. import optimizer as opt
from .._training import checkpoint_path, load_checkpoint, save_checkpoint
from ..context import Context, cpu
from ..initializer import InitDesc, Uniform
from ..io import DataDesc
from .base_module import BaseModule, descriptions
from .executor_group import DataParallelExecutorGroup
from .fused_step import FusedStep, is_fusible
from .updates import Updates, create_kvstore, initialize_kvstore

__all__ = ["Module"]

_PARAMETER_ENDINGS = ("_weight", "_bias", "_gamma", "_beta")


def _names(given):
    return [] if given is None else list(given)


def _unknown_name(symbol, kind, names):
    """A sentence on the first name that is no argument of the symbol; None if all are."""
    arguments = symbol.list_arguments()
    for name in names:
        if name not in arguments:
            candidates = [known for known in arguments if not known.endswith(_PARAMETER_ENDINGS)]
            return (
                f"Module: {kind}: {names} has '{name}', which is no argument of the symbol. "
                "Did you mean one of:\n\t" + "\n\t".join(candidates)
            )
    return None


def _check_provided(kind, expected, descs):
    """Raises ValueError if the data given do not have the names that the module has for them; warns
    if the labels do not, since what measures may use them nevertheless.
    """
    given = [desc.name for desc in descs]
    if sorted(given) == sorted(expected):
        return
    message = (
        f"Data provided by {kind}_shapes don't match names specified by {kind}_names "
        f"({given} vs. {expected})"
    )
    if kind == "data":
        raise ValueError(message)
    warnings.warn(message, stacklevel=4)


def _joined(batches, data_descs, label_descs):
    """The arrays of a batch, or of a list of batches, joined along the batch."""
    if not isinstance(batches, list):
        return batches.data, batches.label

    def join(parts, descs):
        if not all(parts):
            return None
        axes = [DataDesc.get_batch_axis(desc.layout) for desc in descs]
        return [nd.concat(*arrays, dim=axis) for arrays, axis in zip(zip(*parts), axes)]

    return (
        join([batch.data for batch in batches], data_descs),
        join([batch.label for batch in batches], label_descs or []),
    )


class _Batch:
    """The arrays that a forward reads."""

    def __init__(self, data, label):
        self.data = data
        self.label = label


class Module(BaseModule):
    """A symbol with its parameters and an optimizer::

        module = mx.mod.Module(lenet, context=mx.cpu())
        module.fit(train_iter, eval_data=val_iter, optimizer_params={'learning_rate': 0.1},
                   num_epoch=10)
        probabilities = module.predict(test_iter)

    With several contexts every batch is split over them, and the gradients are added in the
    contexts' order.

    Parameters
    ----------
    symbol : Symbol
    data_names, label_names : list of str
        The arguments that are given with each batch.
    logger : logging.Logger or the module ``logging``
    context : Context or list of Context
    work_load_list : list of float, optional
        How much of each batch the contexts get, in proportion.
    fixed_param_names : list of str, optional
        Parameters that training leaves as they are.
    state_names : list of str, optional
        Arguments that are neither trained nor given: see :meth:`set_states`.
    group2ctxs
        Refused: the layers of one network are on one context.
    compression_params : dict, optional
        How a store compresses gradients.

    Raises
    ------
    ValueError
        When a name is no argument of the symbol. For labels that is a warning.
    """

    def __init__(
        self,
        symbol,
        data_names=("data",),
        label_names=("softmax_label",),
        logger=logging,
        context=cpu(),
        work_load_list=None,
        fixed_param_names=None,
        state_names=None,
        group2ctxs=None,
        compression_params=None,
    ):
        super().__init__(logger=logger)
        self._context = [context] if isinstance(context, Context) else list(context)
        if work_load_list is None:
            work_load_list = [1] * len(self._context)
        assert len(work_load_list) == len(self._context), (
            f"work_load_list: expected a number for each of the {len(self._context)} contexts"
        )
        self._work_load_list = work_load_list
        self._group2ctxs = group2ctxs
        self._symbol = symbol
        self._data_names = _names(data_names)
        self._label_names = _names(label_names)
        self._state_names = _names(state_names)
        self._fixed_param_names = _names(fixed_param_names)
        for kind, names in (
            ("data_names", self._data_names),
            ("label_names", self._label_names),
            ("state_names", self._state_names),
            ("fixed_param_names", self._fixed_param_names),
        ):
            message = _unknown_name(symbol, kind, names)
            if message is not None and kind != "label_names":
                raise ValueError(message)
            if message is not None:
                warnings.warn(message, stacklevel=2)
        inputs = {*self._data_names, *self._label_names, *self._state_names}
        self._param_names = [name for name in symbol.list_arguments() if name not in inputs]
        self._aux_names = symbol.list_auxiliary_states()
        self._output_names = symbol.list_outputs()
        self._compression_params = compression_params
        # Parameters that wait for bind.
        self._arg_params = self._aux_params = None
        self._preload_opt_states = None
        self._grad_req = None
        self._exec_group = None
        self._optimizer = self._kvstore = self._updater = self._update_on_kvstore = None
        self._updates = None

    @staticmethod
    def load(prefix, epoch, load_optimizer_states=False, **kwargs):
        """A module as :meth:`save_checkpoint` left it; bind it before use.

        Parameters
        ----------
        prefix, epoch
            As they were given to :meth:`save_checkpoint`.
        load_optimizer_states : bool
            Whether ``init_optimizer`` goes on with the optimizer's states.
        kwargs
            Other arguments of :class:`Module`.
        """
        symbol, arg_params, aux_params = load_checkpoint(prefix, epoch)
        module = Module(symbol=symbol, **kwargs)
        module._arg_params, module._aux_params = arg_params, aux_params
        module.params_initialized = True
        if load_optimizer_states:
            module._preload_opt_states = checkpoint_path(prefix, epoch, "states")
        return module

    def save_checkpoint(self, prefix, epoch, save_optimizer_states=False, remove_amp_cast=True):
        """Writes ``prefix-symbol.json``, ``prefix-0001.params`` for epoch 1 and, if asked for,
        ``prefix-0001.states``.
        """
        arg_params, aux_params = self.get_params()
        save_checkpoint(prefix, epoch, self.symbol, arg_params, aux_params, remove_amp_cast)
        if save_optimizer_states:
            path = checkpoint_path(prefix, epoch, "states")
            self.save_optimizer_states(path)
            logging.info('Saved optimizer state to "%s"', path)

    # What it is -----------------------------------------------------------------------------------

    @property
    def data_names(self):
        """The names of the data that a batch gives."""
        return self._data_names

    @property
    def label_names(self):
        """The names of the labels that a batch gives."""
        return self._label_names

    @property
    def output_names(self):
        """The names of the outputs."""
        return self._output_names

    @property
    def data_shapes(self):
        """A DataDesc for each of the data."""
        assert self.binded
        return self._exec_group.data_shapes

    @property
    def label_shapes(self):
        """A DataDesc for each label; None if the module is bound without."""
        assert self.binded
        return self._exec_group.label_shapes

    @property
    def output_shapes(self):
        """A pair ``(name, shape)`` for each output."""
        assert self.binded
        return self._exec_group.get_output_shapes()

    # Parameters -----------------------------------------------------------------------------------

    def get_params(self):
        """Copies of the parameters and auxiliary states: two dicts of arrays on the processor."""
        assert self.binded and self.params_initialized
        arg_params, aux_params = {}, {}
        self._exec_group.get_params(arg_params, aux_params)
        return arg_params, aux_params

    def _new_values(self, names, arrays, given, initializer, allow_missing):
        """What parameters are to become, in the order of their names: those given, else what the
        initializer makes; those for which there is neither stay out.
        """
        attributes = self._symbol.attr_dict()
        values = {}
        for name in sorted(names):
            if given is not None and name in given:
                values[name] = given[name]
                continue
            if given is not None and not allow_missing:
                raise RuntimeError(f"{name} is not presented")
            if initializer is not None:
                value = nd.zeros(arrays[name].shape, ctx=cpu(), dtype=arrays[name].dtype)
                initializer(InitDesc(name, attributes.get(name)), value)
                values[name] = value
        return values

    def init_params(
        self,
        initializer=Uniform(0.01),
        arg_params=None,
        aux_params=None,
        allow_missing=False,
        force_init=False,
        allow_extra=False,
    ):
        """Gives the parameters their first values, in the order of their names: those of the dicts,
        else by the initializer or their own attribute ``__init__``.

        Parameters
        ----------
        initializer : Initializer, optional
        arg_params, aux_params : dict of str to NDArray, optional
        allow_missing : bool
            Whether the initializer makes what a dict does not have; else that is a RuntimeError.
        force_init : bool
            Whether to begin anew with parameters that have values.
        allow_extra : bool
            Has no effect: what the network does not have is left out.
        """
        if self.params_initialized and not force_init:
            warnings.warn(
                "Parameters already initialized and force_init=False. init_params call ignored.",
                stacklevel=2,
            )
            return
        assert self.binded, "call bind before initializing the parameters"
        first = self._exec_group.execs[0]
        arg = self._new_values(
            self._param_names, first.arg_dict, arg_params, initializer, allow_missing
        )
        aux = self._new_values(
            self._aux_names, first.aux_dict, aux_params, initializer, allow_missing
        )
        self._exec_group.set_params(arg, aux)
        self.params_initialized = True

    def set_params(
        self, arg_params, aux_params, allow_missing=False, force_init=True, allow_extra=False
    ):
        """Gives the parameters the values of the dicts.

        With ``allow_missing`` those that are missing keep theirs, and superfluous ones are a
        ValueError unless ``allow_extra``; else missing ones are a RuntimeError.
        """
        if not allow_missing:
            self.init_params(
                initializer=None,
                arg_params=arg_params,
                aux_params=aux_params,
                allow_missing=allow_missing,
                force_init=force_init,
                allow_extra=allow_extra,
            )
            return
        if self.params_initialized and not force_init:
            warnings.warn(
                "Parameters already initialized and force_init=False. set_params call ignored.",
                stacklevel=2,
            )
            return
        assert self.binded, "call bind before setting the parameters"
        self._exec_group.set_params(arg_params, aux_params, allow_extra=allow_extra)
        self.params_initialized = True

    # Making it ready ------------------------------------------------------------------------------

    def bind(
        self,
        data_shapes,
        label_shapes=None,
        for_training=True,
        inputs_need_grad=False,
        force_rebind=False,
        shared_module=None,
        grad_req="write",
    ):
        """Makes executors for batches of these shapes; see :meth:`BaseModule.bind`. Parameters that
        have values keep them.
        """
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        assert for_training or not inputs_need_grad, "inputs_need_grad needs for_training"
        data_shapes = descriptions(data_shapes)
        _check_provided("data", self._data_names, data_shapes)
        if label_shapes is not None:
            label_shapes = descriptions(label_shapes) or None
        if label_shapes is not None:
            _check_provided("label", self._label_names, label_shapes)
        shared_group = None
        if shared_module is not None:
            assert isinstance(shared_module, Module)
            assert shared_module.binded and shared_module.params_initialized
            shared_group = shared_module._exec_group
            assert len(shared_group.execs) >= len(self._context)

        before = self._exec_group
        if self.binded and self.params_initialized:
            self._arg_params, self._aux_params = self.get_params()
        group = DataParallelExecutorGroup(
            self._symbol,
            self._context,
            self._work_load_list,
            data_shapes,
            label_shapes,
            self._param_names,
            for_training,
            inputs_need_grad,
            shared_group,
            logger=self.logger,
            fixed_param_names=self._fixed_param_names,
            grad_req=grad_req,
            group2ctxs=self._group2ctxs,
            state_names=self._state_names,
        )
        if shared_module is not None:
            self.params_initialized = True
        elif self.params_initialized:
            group.set_params(self._arg_params, self._aux_params)
        if before is not None:
            group.take_monitors(before)
        self._arg_params = self._aux_params = None
        self._exec_group = group
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        self._grad_req = grad_req
        self.binded = True
        if shared_module is not None and shared_module.optimizer_initialized:
            self.borrow_optimizer(shared_module)

    def reshape(self, data_shapes, label_shapes=None):
        """Goes on with other shapes of data and labels; forward does it by itself."""
        assert self.binded
        data_shapes = descriptions(data_shapes)
        _check_provided("data", self._data_names, data_shapes)
        label_shapes = descriptions(label_shapes) if label_shapes else None
        if label_shapes is not None:
            _check_provided("label", self._label_names, label_shapes)
        self._exec_group.reshape(data_shapes, label_shapes)

    def init_optimizer(
        self,
        kvstore="local",
        optimizer="sgd",
        optimizer_params=(("learning_rate", 0.01),),
        force_init=False,
    ):
        """Gives the module an optimizer; see :meth:`BaseModule.init_optimizer`."""
        assert self.binded and self.params_initialized
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring...")
            return
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
            assert isinstance(optimizer, opt.Optimizer)
            if optimizer.rescale_grad != rescale_grad:
                warnings.warn(
                    "Optimizer created manually outside Module but rescale_grad is not normalized "
                    f"to 1.0/batch_size/num_workers ({optimizer.rescale_grad} vs. {rescale_grad}). "
                    "Is this intended?",
                    stacklevel=2,
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
        assert self.optimizer_initialized
        if self._update_on_kvstore:
            self._kvstore.save_optimizer_states(fname)
            return
        with open(fname, "wb") as file:
            file.write(self._updater.get_states())

    def load_optimizer_states(self, fname):
        """Goes on with what :meth:`save_optimizer_states` wrote."""
        assert self.optimizer_initialized
        if self._update_on_kvstore:
            self._kvstore.load_optimizer_states(fname)
            return
        with open(fname, "rb") as file:
            self._updater.set_states(file.read())

    def install_monitor(self, mon):
        """Lets a Monitor look into the executors."""
        assert self.binded
        self._exec_group.install_monitor(mon)

    # One batch ------------------------------------------------------------------------------------

    def prepare(self, data_batch, sparse_row_id_fn=None):
        """Gets ready for a batch before its forward. ``sparse_row_id_fn`` takes the batch and gives,
        by name of the parameter, the rows that the batch reads; they are fetched from the store.
        """
        assert self.binded
        if sparse_row_id_fn is None:
            return
        if self._kvstore is None or not self._update_on_kvstore:
            warnings.warn("Parameters are not updated in the KVStore. No need to call sparse_row_id_fn.")
            return
        row_ids = sparse_row_id_fn(data_batch)
        assert isinstance(row_ids, dict), "sparse_row_id_fn must give a dict"
        places = {name: i for i, name in enumerate(self._exec_group.trained_names)}
        for name, ids in row_ids.items():
            if name in places:
                arrays = self._exec_group.param_arrays[places[name]]
                self._kvstore.row_sparse_pull(name, arrays, priority=-places[name], row_ids=ids)

    def _follow_shapes(self, data, label):
        """Reshapes for a batch of other shapes. Labels that are not given get its size."""
        group = self._exec_group
        data_shapes, label_shapes = group.data_shapes, group.label_shapes
        if len(data) != len(data_shapes):
            raise ValueError(
                f"forward: expected a batch with {len(data_shapes)} arrays of data, got {len(data)}"
            )
        labelled = bool(label and label_shapes)
        if labelled and len(label) != len(label_shapes):
            raise ValueError(
                f"forward: expected a batch with {len(label_shapes)} labels, got {len(label)}"
            )
        if all(array.shape == desc.shape for array, desc in zip(data, data_shapes)) and (
            not label_shapes
            or labelled
            and all(array.shape == desc.shape for array, desc in zip(label, label_shapes))
        ):
            return
        new_data = [_with_shape(desc, array.shape) for desc, array in zip(data_shapes, data)]
        new_label = None
        if labelled:
            new_label = [_with_shape(desc, array.shape) for desc, array in zip(label_shapes, label)]
        elif label_shapes:
            size = next(
                desc.shape[axis]
                for desc, axis in zip(new_data, group.data_layouts)
                if axis >= 0
            )
            new_label = []
            for desc, axis in zip(label_shapes, group.label_layouts):
                shape = list(desc.shape)
                if axis >= 0:
                    shape[axis] = size
                new_label.append(_with_shape(desc, tuple(shape)))
        group.reshape(new_data, new_label)

    def forward(self, data_batch, is_train=None):
        """Computes the outputs. ``is_train`` is by default what the module is bound for. A batch of
        another shape is reshaped for; a list of batches is joined.
        """
        assert self.binded and self.params_initialized
        group = self._exec_group
        data, label = _joined(data_batch, group.data_shapes, group.label_shapes)
        self._follow_shapes(data, label)
        group.forward(_Batch(data, label), is_train)

    def backward(self, out_grads=None):
        """Computes the gradients, from those of the outputs (none for losses)."""
        assert self.binded and self.params_initialized
        self._exec_group.backward(out_grads=out_grads)

    def update(self):
        """One step of the optimizer for every parameter."""
        assert self.binded and self.params_initialized and self.optimizer_initialized
        self._updates(self._exec_group)

    def _may_fuse(self):
        """Whether a step of training may be one call: nobody has taken part of it into their own
        hands, and nothing in it may fail after the first update.
        """
        parts = ("forward", "backward", "update", "forward_backward")
        return (
            len(self._context) == 1
            and self._kvstore is None
            and not any(name in vars(self) for name in parts)
            and all(getattr(type(self), name) is getattr(Module, name) for name in parts)
            and not _core.runs_user_code(self._symbol)
        )

    def _training_step(self):
        plain = super()._training_step()
        if not self._may_fuse():
            return plain
        group = self._exec_group
        fused = None

        def step(data_batch):
            nonlocal fused, group
            updater = self._updater
            if fused is not None and fused.fits(updater) and not isinstance(data_batch, list):
                if fused(data_batch):
                    return
            fused = None
            plain(data_batch)  # which makes the states, and executors of other shapes
            group = self._exec_group
            if is_fusible(updater.optimizer):
                indices = [i for i, grads in enumerate(group.grad_arrays) if grads[0] is not None]
                names = [group.trained_names[i] for i in indices]
                fused = FusedStep(group, updater, indices, names)

        return step

    def get_outputs(self, merge_multi_context=True):
        """The outputs of the last forward; with one context the executor's own arrays, which the
        next batch overwrites. Not merged: for each output a list with one array per context.
        """
        assert self.binded and self.params_initialized
        return self._exec_group.get_outputs(merge_multi_context=merge_multi_context)

    def get_input_grads(self, merge_multi_context=True):
        """The gradients of the data of the last backward; see :meth:`get_outputs`."""
        assert self.binded and self.params_initialized and self.inputs_need_grad
        return self._exec_group.get_input_grads(merge_multi_context=merge_multi_context)

    def get_states(self, merge_multi_context=True):
        """The states: for each a list with one array per context. They cannot be merged."""
        assert self.binded and self.params_initialized
        return self._exec_group.get_states(merge_multi_context=merge_multi_context)

    def set_states(self, states=None, value=None):
        """Sets the states: to arrays as :meth:`get_states` gives them, or all to one number."""
        assert self.binded and self.params_initialized
        self._exec_group.set_states(states, value)

    def update_metric(self, eval_metric, labels, pre_sliced=False):
        """Has the metric count the last outputs against labels."""
        self._exec_group.update_metric(eval_metric, labels, pre_sliced)


def _with_shape(desc, shape):
    return DataDesc(desc.name, shape, desc.dtype, desc.layout)
