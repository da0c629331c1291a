"""One network per length of a sequence, all with the same parameters."""

import logging

from .. import ndarray as nd
from .._training import load_params, save_checkpoint
from ..context import cpu
from ..initializer import Uniform
from ..name import NameManager
from .base_module import BaseModule
from .module import Module

# Uniform is found here, too, as in MXNet.
__all__ = ["BucketingModule"]


class BucketingModule(BaseModule):
    """Modules that share their parameters, one per key of a bucket, such as the length of the
    sequences in it. Those beside the first one are made when a batch needs them.

    Parameters
    ----------
    sym_gen : callable
        Takes a key, gives ``(symbol, data_names, label_names)``.
    default_bucket_key
        That of the module which is bound first. It has all parameters, and the largest inputs.
    logger, context, work_load_list, fixed_param_names, state_names, group2ctxs, compression_params
        See :class:`Module`.
    """

    def __init__(
        self,
        sym_gen,
        default_bucket_key=None,
        logger=logging,
        context=cpu(),
        work_load_list=None,
        fixed_param_names=None,
        state_names=None,
        group2ctxs=None,
        compression_params=None,
    ):
        super().__init__(logger=logger)
        assert default_bucket_key is not None, "BucketingModule needs a default_bucket_key"
        self._default_bucket_key = default_bucket_key
        self._sym_gen = sym_gen
        self._context = context
        self._work_load_list = work_load_list
        self._fixed_param_names = fixed_param_names
        self._state_names = state_names
        self._group2ctxs = group2ctxs
        self._compression_params = compression_params
        self._buckets = {}
        self._curr_module = None
        self._curr_bucket_key = None
        self._grad_req = None
        self._monitor = None
        self._loaded = None
        self._new_module(default_bucket_key)  # names that are wrong are told now

    def _call_sym_gen(self, bucket_key):
        # Layers without a name of their own have the same one in every bucket.
        with NameManager():
            return self._sym_gen(bucket_key)

    def _new_module(self, bucket_key):
        symbol, data_names, label_names = self._call_sym_gen(bucket_key)
        return Module(
            symbol,
            data_names,
            label_names,
            logger=self.logger,
            context=self._context,
            work_load_list=self._work_load_list,
            fixed_param_names=self._fixed_param_names,
            state_names=self._state_names,
            group2ctxs=self._group2ctxs,
            compression_params=self._compression_params,
        )

    # What it is -----------------------------------------------------------------------------------

    @property
    def data_names(self):
        """The names of the data of the current bucket."""
        if self.binded:
            return self._curr_module.data_names
        return self._call_sym_gen(self._default_bucket_key)[1]

    @property
    def output_names(self):
        """The names of the outputs of the current bucket."""
        if self.binded:
            return self._curr_module.output_names
        return self._call_sym_gen(self._default_bucket_key)[0].list_outputs()

    @property
    def data_shapes(self):
        """A DataDesc for each of the data of the current bucket."""
        self._needs("binded")
        return self._curr_module.data_shapes

    @property
    def label_shapes(self):
        """A DataDesc for each label of the current bucket."""
        self._needs("binded")
        return self._curr_module.label_shapes

    @property
    def output_shapes(self):
        """A pair ``(name, shape)`` for each output of the current bucket."""
        self._needs("binded")
        return self._curr_module.output_shapes

    @property
    def symbol(self):
        """The network of the current bucket."""
        self._needs("binded")
        return self._curr_module.symbol

    # Parameters -----------------------------------------------------------------------------------

    def get_params(self):
        """Copies of the parameters and auxiliary states: two dicts of arrays on the processor."""
        self._needs("binded", "params_initialized")
        return self._curr_module.get_params()

    def _init_params(self, *args, **options):
        self._curr_module.init_params(*args, **options)
        self._know_params()

    def set_params(
        self, arg_params, aux_params, allow_missing=False, force_init=True, allow_extra=False
    ):
        """Gives the parameters the values of the dicts; see :meth:`Module.set_params`."""
        if self._keeps_params("set_params", force_init):
            return
        self._curr_module.set_params(
            arg_params, aux_params, allow_missing, force_init, allow_extra
        )
        self._know_params()

    def _know_params(self):
        """All buckets have the parameters that one has got."""
        self.params_initialized = True
        for module in self._buckets.values():
            module.params_initialized = True

    def get_states(self, merge_multi_context=True):
        """The states of the current bucket; see :meth:`Module.get_states`."""
        self._needs("binded", "params_initialized")
        return self._curr_module.get_states(merge_multi_context=merge_multi_context)

    def set_states(self, states=None, value=None):
        """Sets the states of the current bucket; see :meth:`Module.set_states`."""
        self._needs("binded", "params_initialized")
        self._curr_module.set_states(states, value)

    # Making it ready ------------------------------------------------------------------------------

    def _bind(
        self, data_shapes, label_shapes, for_training, inputs_need_grad, shared_module, grad_req, **_
    ):
        assert shared_module is None, "bind: a BucketingModule shares no module"
        params = self._loaded
        if self.binded and self.params_initialized:
            params = self.get_params()
        module = self._new_module(self._default_bucket_key)
        module.bind(
            data_shapes,
            label_shapes,
            for_training,
            inputs_need_grad,
            force_rebind=False,
            shared_module=None,
            grad_req=grad_req,
        )
        if params is not None:
            module.set_params(*params)
            self.params_initialized = True
        self._loaded = None
        self._buckets = {self._default_bucket_key: module}
        self._curr_module = module
        self._curr_bucket_key = self._default_bucket_key
        self._grad_req = grad_req
        if self._monitor is not None:
            module.install_monitor(self._monitor)

    def switch_bucket(self, bucket_key, data_shapes, label_shapes=None):
        """Goes on with the module of a key, which is made and bound to these shapes if there is
        none yet.
        """
        assert self.binded, "switch_bucket: the module has no shapes yet; call bind first"
        if bucket_key not in self._buckets:
            first = self._buckets[self._default_bucket_key]
            module = self._new_module(bucket_key)
            if not first.params_initialized:
                raise AssertionError("switch_bucket: call init_params first")
            module.bind(
                data_shapes,
                label_shapes,
                first.for_training,
                first.inputs_need_grad,
                force_rebind=False,
                shared_module=first,
                grad_req=self._grad_req,
            )
            if self._monitor is not None:
                module.install_monitor(self._monitor)
            self._buckets[bucket_key] = module
        self._curr_module = self._buckets[bucket_key]
        self._curr_bucket_key = bucket_key

    def _init_optimizer(self, kvstore, optimizer, optimizer_params, force_init):
        self._curr_module.init_optimizer(kvstore, optimizer, optimizer_params, force_init)
        for module in self._buckets.values():
            if module is not self._curr_module:
                module.borrow_optimizer(self._curr_module)

    def install_monitor(self, mon):
        """Lets a Monitor look into all buckets."""
        self._needs("binded")
        self._monitor = mon
        for module in self._buckets.values():
            module.install_monitor(mon)

    # One batch ------------------------------------------------------------------------------------

    def prepare(self, data_batch, sparse_row_id_fn=None):
        """Makes the module of the batch's key ready; the current one stays that."""
        self._needs("binded", "params_initialized")
        before = self._curr_bucket_key
        self.switch_bucket(
            data_batch.bucket_key, data_batch.provide_data, data_batch.provide_label
        )
        self._curr_module.prepare(data_batch, sparse_row_id_fn=sparse_row_id_fn)
        self.switch_bucket(before, None, None)

    def forward(self, data_batch, is_train=None):
        """Computes the outputs with the module of the batch's ``bucket_key``."""
        self._needs("binded", "params_initialized")
        self.switch_bucket(
            data_batch.bucket_key, data_batch.provide_data, data_batch.provide_label
        )
        self._curr_module.forward(data_batch, is_train=is_train)

    def backward(self, out_grads=None):
        """Computes the gradients, from those of the outputs (none for losses)."""
        self._needs("binded", "params_initialized")
        self._curr_module.backward(out_grads=out_grads)

    def update(self):
        """One step of the optimizer for every parameter of the current bucket."""
        self._needs("binded", "params_initialized", "optimizer_initialized")
        self._curr_module.update()

    def get_outputs(self, merge_multi_context=True):
        """The outputs of the last forward; see :meth:`Module.get_outputs`."""
        self._needs("binded", "params_initialized")
        return self._curr_module.get_outputs(merge_multi_context=merge_multi_context)

    def get_input_grads(self, merge_multi_context=True):
        """The gradients of the data of the last backward; see :meth:`Module.get_outputs`."""
        self._needs("binded", "params_initialized", "inputs_need_grad")
        return self._curr_module.get_input_grads(merge_multi_context=merge_multi_context)

    def update_metric(self, eval_metric, labels, pre_sliced=False):
        """Has the metric count the last outputs against labels."""
        self._needs("binded", "params_initialized")
        self._curr_module.update_metric(eval_metric, labels, pre_sliced)

    # Files ----------------------------------------------------------------------------------------

    def save_checkpoint(self, prefix, epoch, remove_amp_cast=False):
        """Writes the parameters (``prefix-0001.params`` for epoch 1), the network of each bucket
        there is (``prefix-KEY-symbol.json``) and, if they are numbers, their keys
        (``prefix.buckets``).
        """
        self._needs("binded", "params_initialized")
        save_checkpoint(prefix, epoch, None, *self.get_params(), remove_amp_cast)
        for key, module in self._buckets.items():
            module.symbol.save(f"{prefix}-{key}-symbol.json")
        keys = list(self._buckets)
        if all(isinstance(key, int) for key in keys):
            nd.save(f"{prefix}.buckets", nd.array(keys, dtype="int32"))

    @staticmethod
    def load(prefix, epoch, sym_gen=None, default_bucket_key=None, **kwargs):
        """A module with the parameters that :meth:`save_checkpoint` wrote; bind it before use."""
        assert sym_gen is not None, "BucketingModule.load: give sym_gen"
        assert default_bucket_key is not None, "BucketingModule.load: give default_bucket_key"
        module = BucketingModule(sym_gen, default_bucket_key, **kwargs)
        module._loaded = load_params(prefix, epoch)
        return module

    @staticmethod
    def load_dict(
        sym_dict=None,
        sym_gen=None,
        default_bucket_key=None,
        arg_params=None,
        aux_params=None,
        **kwargs,
    ):
        """A module with the networks and parameters given; bind it before use.

        Parameters
        ----------
        sym_dict : dict
            By key the network of a bucket; others come from ``sym_gen``.
        """
        for name, given in (
            ("sym_dict", sym_dict),
            ("arg_params", arg_params),
            ("aux_params", aux_params),
            ("sym_gen", sym_gen),
            ("default_bucket_key", default_bucket_key),
        ):
            assert given is not None, f"BucketingModule.load_dict: give {name}"

        def known_or_new(bucket_key):
            symbol, data_names, label_names = sym_gen(bucket_key)
            return sym_dict.get(bucket_key, symbol), data_names, label_names

        module = BucketingModule(known_or_new, default_bucket_key, **kwargs)
        module._loaded = (arg_params, aux_params)
        return module
