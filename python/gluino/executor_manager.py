"""What FeedForward's predecessors trained with: ``mx.executor_manager``."""

import logging

from ._own_loops import _split_input_slice  # noqa: F401 - programs with loaders of their own use it
from .module.executor_group import DataParallelExecutorGroup

__all__ = ["DataParallelExecutorManager"]


class DataParallelExecutorManager:
    """Executors of a symbol, one per context, for a training loop of one's own.

    Parameters
    ----------
    symbol : Symbol
    ctx : list of Context
    train_data : DataIter
        Says the names and shapes of inputs.
    arg_names, param_names, aux_names : list of str
        The symbol's arguments, those that are trained, and its auxiliary states.
    work_load_list : list of float, optional
        How much of each batch the contexts get, in proportion.
    logger : logging.Logger, optional
    sym_gen : callable, optional
        Takes the ``bucket_key`` of a batch and gives its symbol.
    """

    def __init__(
        self,
        symbol,
        ctx,
        train_data,
        arg_names,
        param_names,
        aux_names,
        work_load_list=None,
        logger=None,
        sym_gen=None,
    ):
        self.logger = logging if logger is None else logger
        self.ctx = ctx
        self.arg_names = arg_names
        self.param_names = param_names
        self.aux_names = aux_names
        self.symbol = symbol
        self.sym_gen = sym_gen
        self.work_load_list = [1] * len(ctx) if work_load_list is None else work_load_list
        assert len(self.work_load_list) == len(ctx), (
            f"work_load_list: expected a number for each of the {len(ctx)} contexts"
        )
        self._batch = None
        self._monitor = None
        self.execgrp = self.curr_execgrp = self._group(symbol, train_data, None)
        self.execgrp_bucket = {}
        if sym_gen is not None:
            self.execgrp_bucket[train_data.default_bucket_key] = self.execgrp

    def _group(self, symbol, described, shared_group):
        group = DataParallelExecutorGroup(
            symbol,
            self.ctx,
            self.work_load_list,
            described.provide_data,
            described.provide_label,
            self.param_names,
            for_training=True,
            inputs_need_grad=False,
            shared_group=shared_group,
            logger=self.logger,
        )
        if self._monitor is not None:
            group.install_monitor(self._monitor)
        return group

    def install_monitor(self, monitor):
        """Lets a Monitor look into the executors."""
        self._monitor = monitor
        for group in {self.execgrp, *self.execgrp_bucket.values()}:
            group.install_monitor(monitor)

    def set_params(self, arg_params, aux_params):
        """Copies values into parameters and auxiliary states, by name."""
        self.execgrp.set_params(arg_params, aux_params)

    def copy_to(self, arg_params, aux_params):
        """Copies the parameters and auxiliary states into the arrays of two dicts."""
        now_arg, now_aux = {}, {}
        self.execgrp.get_params(now_arg, now_aux)
        for now, params in ((now_arg, arg_params), (now_aux, aux_params)):
            for name, array in now.items():
                array.copyto(params[name])

    @property
    def param_arrays(self):
        """For each parameter a list with its array at each context."""
        return self.execgrp.param_arrays

    @property
    def grad_arrays(self):
        """For each parameter a list with its gradient at each context."""
        return self.execgrp.grad_arrays

    @property
    def aux_arrays(self):
        """For each auxiliary state a list with its array at each context."""
        return self.execgrp.aux_arrays

    def load_data_batch(self, data_batch):
        """Makes a batch the one that the next forward reads."""
        if self.sym_gen is not None:
            key = data_batch.bucket_key
            if key not in self.execgrp_bucket:
                self.execgrp_bucket[key] = self._group(self.sym_gen(key), data_batch, self.execgrp)
            self.curr_execgrp = self.execgrp_bucket[key]
        self._batch = data_batch

    def forward(self, is_train=False):
        """Computes the outputs for the batch that was loaded."""
        assert self._batch is not None, "call load_data_batch first"
        self.curr_execgrp.forward(self._batch, is_train=is_train)

    def backward(self):
        """Computes the gradients."""
        self.curr_execgrp.backward()

    def update_metric(self, metric, labels, pre_sliced=False):
        """Has the metric count the last outputs against labels."""
        self.curr_execgrp.update_metric(metric, labels, pre_sliced)
