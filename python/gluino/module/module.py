"""One symbol with its parameters and an optimizer, on one context or several."""

import logging
import warnings

from .. import _core
from .._training import checkpoint_path, load_checkpoint, write_checkpoint
from ..context import Context, cpu
from ..executor import FrozenGraph
from ..initializer import InitDesc, Uniform
from ..io import DataDesc
from ..ndarray import arange, zeros
from ..symbol import Symbol
from .base_module import BaseModule, descriptions
from .executor_group import DataParallelExecutorGroup
from .fused_step import FusedStep, is_fusible
from .names import Batch, check_provided, joined, labels_like, names_of, shapes_for, unknown_name
from .optimized_module import OptimizedModule

# BaseModule, DataDesc and Uniform are found here, too, as in MXNet.
__all__ = ["Module"]

# What a step of training is made of.
_PARTS = ("forward", "backward", "update", "forward_backward")


class Module(OptimizedModule):
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
    group2ctxs : dict or list of dict, optional
        Where the parameters of an AttrScope's `ctx_group` live: see :meth:`Symbol.simple_bind`. One
        for each context, or one whose values are a context, or a list with one for each.
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
        if not isinstance(symbol, Symbol):
            raise TypeError(f"Module: expected a Symbol, got {type(symbol)}")
        self._context = [context] if isinstance(context, Context) else list(context)
        if work_load_list is None:
            work_load_list = [1] * len(self._context)
        assert len(work_load_list) == len(self._context), (
            f"work_load_list: expected a number for each of the {len(self._context)} contexts"
        )
        self._work_load_list = work_load_list
        self._group2ctxs = group2ctxs
        self._symbol = symbol
        self._data_names = names_of(data_names)
        self._label_names = names_of(label_names)
        self._state_names = names_of(state_names)
        self._fixed_param_names = names_of(fixed_param_names)
        for kind, names in (
            ("data_names", self._data_names),
            ("label_names", self._label_names),
            ("state_names", self._state_names),
            ("fixed_param_names", self._fixed_param_names),
        ):
            message = unknown_name(symbol, kind, names)
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
        self._kept_params = None
        self._grad_req = None
        self._exec_group = None

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
        module._kept_params = arg_params, aux_params
        module.params_initialized = True
        if load_optimizer_states:
            module._preload_opt_states = checkpoint_path(prefix, epoch, "states")
        return module

    def save_checkpoint(self, prefix, epoch, save_optimizer_states=False, remove_amp_cast=True):
        """Writes ``prefix-symbol.json``, ``prefix-0001.params`` for epoch 1 and, if asked for,
        ``prefix-0001.states``.
        """
        if save_optimizer_states:
            self._needs("optimizer_initialized")
        of_updater = save_optimizer_states and not self._update_on_kvstore
        states = self._updater.get_states() if of_updater else None
        write_checkpoint(prefix, epoch, self.symbol, *self.get_params(), states)
        if save_optimizer_states and not of_updater:
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
        self._needs("binded")
        return self._exec_group.data_shapes

    @property
    def label_shapes(self):
        """A DataDesc for each label; None if the module is bound without."""
        self._needs("binded")
        return self._exec_group.label_shapes

    @property
    def output_shapes(self):
        """A pair ``(name, shape)`` for each output."""
        self._needs("binded")
        return self._exec_group.get_output_shapes()

    # Parameters -----------------------------------------------------------------------------------

    def _pull_all_rows(self):
        """Of weights that a store keeps and updates the contexts have rows alone."""
        if self._kvstore is None or not self._update_on_kvstore:
            return
        group = self._exec_group
        for name, arrays in zip(group.trained_names, group.param_arrays):
            if arrays[0].stype == "row_sparse":
                rows = arange(arrays[0].shape[0], dtype="int64", ctx=arrays[0].context)
                self._kvstore.row_sparse_pull(name, arrays, row_ids=rows)

    @property
    def _arg_params(self):
        """The parameters, which MXNet's programs also find here; None while there are none."""
        return self._known_params()[0]

    @property
    def _aux_params(self):
        """The auxiliary states; see _arg_params."""
        return self._known_params()[1]

    def _known_params(self):
        if self.binded and self.params_initialized:
            return self.get_params()
        return self._kept_params or (None, None)

    def get_params(self):
        """Copies of the parameters and auxiliary states: two dicts of arrays on the processor."""
        self._needs("binded", "params_initialized")
        arg_params, aux_params = {}, {}
        self._pull_all_rows()
        self._exec_group.get_params(arg_params, aux_params)
        return arg_params, aux_params

    def freeze(self):
        """The network as it is now, for inference alone: a FrozenGraph of the data, in the order of
        data_names, on the first context. Its losses need no labels."""
        arg_params, aux_params = self.get_params()
        return FrozenGraph(
            self._symbol, arg_params, aux_params, self._data_names, ctx=self._context[0]
        )

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
                raise RuntimeError(
                    f"parameter {name}: no value is given; allow_missing=True initializes it"
                )
            if initializer is not None:
                value = zeros(arrays[name].shape, ctx=cpu(), dtype=arrays[name].dtype)
                initializer(InitDesc(name, attributes.get(name)), value)
                values[name] = value
        return values

    def _init_params(self, initializer, arg_params, aux_params, allow_missing, **_):
        first = self._exec_group.execs[0]
        arg = self._new_values(
            self._param_names, first.arg_dict, arg_params, initializer, allow_missing
        )
        aux = self._new_values(
            self._aux_names, first.aux_dict, aux_params, initializer, allow_missing
        )
        self._exec_group.set_params(arg, aux)

    def set_params(
        self, arg_params, aux_params, allow_missing=False, force_init=True, allow_extra=False
    ):
        """Gives the parameters the values of the dicts.

        With ``allow_missing`` those that are missing keep theirs, and superfluous ones are a
        ValueError unless ``allow_extra``; else missing ones are a RuntimeError.
        """
        if not allow_missing:
            super().set_params(arg_params, aux_params, False, force_init, allow_extra)
            return
        if self._keeps_params("set_params", force_init):
            return
        self._exec_group.set_params(arg_params, aux_params, allow_extra=allow_extra)
        self.params_initialized = True

    # Making it ready ------------------------------------------------------------------------------

    def _bind(
        self, data_shapes, label_shapes, for_training, inputs_need_grad, shared_module, grad_req, **_
    ):
        data_shapes = descriptions(data_shapes)
        check_provided("data", self._data_names, data_shapes)
        if label_shapes is not None:
            label_shapes = descriptions(label_shapes) or None
        if label_shapes is not None:
            check_provided("label", self._label_names, label_shapes)
        shared_group = None
        if shared_module is not None:
            assert isinstance(shared_module, Module)
            assert shared_module.binded and shared_module.params_initialized
            shared_group = shared_module._exec_group
            assert len(shared_group.execs) >= len(self._context)

        before = self._exec_group
        if self.binded and self.params_initialized:
            self._kept_params = self.get_params()
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
            group.set_params(*self._kept_params)
        if before is not None:
            group.take_monitors(before)
        self._kept_params = None
        self._exec_group = group
        self._grad_req = grad_req
        if shared_module is not None and shared_module.optimizer_initialized:
            self.borrow_optimizer(shared_module)

    def reshape(self, data_shapes, label_shapes=None):
        """Goes on with other shapes of data and labels; forward does it by itself. Labels whose
        shapes are not given get the batch's size.
        """
        self._needs("binded")
        data_shapes = descriptions(data_shapes)
        check_provided("data", self._data_names, data_shapes)
        if label_shapes:
            label_shapes = descriptions(label_shapes)
            check_provided("label", self._label_names, label_shapes)
        else:
            label_shapes = labels_like(data_shapes, self._exec_group)
        self._exec_group.reshape(data_shapes, label_shapes)

    def install_monitor(self, mon):
        """Lets a Monitor look into the executors."""
        self._needs("binded")
        self._exec_group.install_monitor(mon)

    # One batch ------------------------------------------------------------------------------------

    def forward(self, data_batch, is_train=None):
        """Computes the outputs. ``is_train`` is by default what the module is bound for. A batch of
        another shape is reshaped for; a list of batches is joined.
        """
        self._needs("binded", "params_initialized")
        group = self._exec_group
        data, label = joined(data_batch, group.data_shapes, group.label_shapes)
        shapes = shapes_for(data, label, group)
        if shapes is not None:
            group.reshape(*shapes)
        group.forward(Batch(data, label), is_train)

    def backward(self, out_grads=None):
        """Computes the gradients, from those of the outputs (none for losses)."""
        self._needs("binded", "params_initialized")
        self._exec_group.backward(out_grads=out_grads)

    def _is_plain(self):
        """Whether what a step of training does is known: nobody has taken part of it into their own
        hands, and nothing in it may fail after the first update.
        """
        kind = type(self)
        return (
            not any(name in vars(self) for name in _PARTS)
            and all(getattr(kind, name) is getattr(Module, name) for name in _PARTS)
            and not _core.runs_user_code(self._symbol)
            and not any(executor._is_sparse for executor in self._exec_group.execs)
        )

    def _training_step(self):
        plain = super()._training_step()
        if not self._is_plain():
            return plain
        if self._updates.sums_over_processes:

            def with_others(data_batch):
                self.forward(data_batch, is_train=True)
                self._updates.backward(self._exec_group)
                self.update()

            return with_others
        if len(self._context) > 1 or self._kvstore is not None:
            return plain
        fused = None

        def step(data_batch):
            nonlocal fused
            if fused is not None and fused.fits(self._exec_group, self._updater):
                if not isinstance(data_batch, list) and fused(data_batch):
                    return
            plain(data_batch)  # which makes executors for batches of other shapes
            if is_fusible(self._updater.optimizer):
                fused = FusedStep(self._exec_group, self._updater)

        return step

    def get_outputs(self, merge_multi_context=True):
        """The outputs of the last forward; with one context the executor's own arrays, which the
        next batch overwrites. Not merged: for each output a list with one array per context.
        """
        self._needs("binded", "params_initialized")
        return self._exec_group.get_outputs(merge_multi_context=merge_multi_context)

    def get_input_grads(self, merge_multi_context=True):
        """The gradients of the data of the last backward; see :meth:`get_outputs`."""
        self._needs("binded", "params_initialized", "inputs_need_grad")
        return self._exec_group.get_input_grads(merge_multi_context=merge_multi_context)

    def get_states(self, merge_multi_context=True):
        """The states: for each a list with one array per context. They cannot be merged."""
        self._needs("binded", "params_initialized")
        return self._exec_group.get_states(merge_multi_context=merge_multi_context)

    def set_states(self, states=None, value=None):
        """Sets the states: to arrays as :meth:`get_states` gives them, or all to one number."""
        self._needs("binded", "params_initialized")
        self._exec_group.set_states(states, value)

    def update_metric(self, eval_metric, labels, pre_sliced=False):
        """Has the metric count the last outputs against labels."""
        self._exec_group.update_metric(eval_metric, labels, pre_sliced)
