"""MXNet's older way to train a symbol."""

import logging
import time
import warnings

from . import ndarray as nd
from ._feed_forward_data import as_eval_iter, as_iter, joined, names_of, rows_of
from ._training import BatchEndParam, load_checkpoint, save_checkpoint
from .base import _as_list
from .callback import LogValidationMetricsCallback
from .context import Context, cpu, current_context
from .initializer import InitDesc, Uniform
from .io import DataBatch
from .module import BucketingModule, Module
from .module.base_module import as_metric, call_all
from .symbol import Symbol


class _RunningParam(BatchEndParam):
    """What callbacks of FeedForward are told: lines of progress are to look as in MXNet 0.x."""

    __slots__ = ()
    running = True


class FeedForward:
    """A symbol with its parameters::

        model = mx.model.FeedForward(mlp, num_epoch=10, learning_rate=0.1, momentum=0.9)
        model.fit(X=train_iter, eval_data=test_iter,
                  batch_end_callback=mx.callback.Speedometer(100, 200))
        accuracy = model.score(test_iter)

    Inputs have the names that the iterators give them. What it writes to the log looks as in MXNet
    0.x. New programs use :class:`~.module.Module`.

    Parameters
    ----------
    symbol : Symbol or callable
        A function takes the key of a bucket and gives its symbol; it is trained with iterators
        that have a ``default_bucket_key``.
    ctx : Context or list of Context, optional
    num_epoch : int, optional
        Where training ends; needed by ``fit``, and by ``save`` without an epoch.
    epoch_size : int, optional
        Batches in an epoch, if it is not to be what the iterator gives.
    optimizer : str or Optimizer
    initializer : Initializer
    numpy_batch_size : int
        The batch size for data that are given as arrays.
    arg_params, aux_params : dict of str to NDArray, optional
        Parameters to begin with; those that are missing are made by the initializer.
    allow_extra_params : bool
        Whether to leave out parameters that the network does not have.
    begin_epoch : int
    kwargs
        Options of an optimizer that is given by name.
    """

    def __init__(
        self,
        symbol,
        ctx=None,
        num_epoch=None,
        epoch_size=None,
        optimizer="sgd",
        initializer=Uniform(0.01),
        numpy_batch_size=128,
        arg_params=None,
        aux_params=None,
        allow_extra_params=False,
        begin_epoch=0,
        **kwargs,
    ):
        warnings.warn(
            "FeedForward is MXNet's older interface; mx.mod.Module has taken its place",
            DeprecationWarning,
            stacklevel=2,
        )
        self.sym_gen = None if isinstance(symbol, Symbol) else symbol
        self.symbol = symbol if self.sym_gen is None else None
        ctx = [current_context()] if ctx is None else ctx
        self.ctx = [ctx] if isinstance(ctx, Context) else list(ctx)
        self.num_epoch = num_epoch
        self.epoch_size = epoch_size
        self.optimizer = optimizer
        self.initializer = initializer
        self.numpy_batch_size = numpy_batch_size
        self.arg_params = arg_params
        self.aux_params = aux_params
        self.allow_extra_params = allow_extra_params
        self.begin_epoch = begin_epoch
        self.kwargs = kwargs.copy()
        self._predictor = None
        if self.symbol is not None:
            self._check_arguments()

    def _check_arguments(self):
        names = self.symbol.list_arguments()
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f"FeedForward: two arguments of the symbol have the name {name}; "
                    "give layers names of their own"
                )
        if not self.allow_extra_params:
            return

        def known(params, among):
            return params and {name: array for name, array in params.items() if name in among}

        self.arg_params = known(self.arg_params, names)
        self.aux_params = known(self.aux_params, self.symbol.list_auxiliary_states())

    def __getstate__(self):
        state = self.__dict__.copy()
        state["_predictor"] = None
        return state

    def __setstate__(self, state):
        self.__dict__.update(state)

    # Training -------------------------------------------------------------------------------------

    def _module_for_training(self, data, work_load_list, logger):
        descs, labels = data.provide_data, data.provide_label
        options = {"logger": logger, "context": self.ctx, "work_load_list": work_load_list}
        if self.sym_gen is None:
            module = Module(self.symbol, names_of(descs), names_of(labels), **options)
        else:
            key = data.default_bucket_key
            self.symbol = self.sym_gen(key)
            self._check_arguments()

            def bucket(bucket_key):
                return self.sym_gen(bucket_key), names_of(descs), names_of(labels)

            module = BucketingModule(bucket, key, **options)
        module.bind(descs, labels)
        return module

    def _init_params(self, module, inputs):
        """Completes the parameters. Unlike Module's, random numbers are drawn in the order of
        ``list_arguments``.
        """
        arg_shapes, _, aux_shapes = self.symbol.infer_shape(
            **{desc[0]: desc[1] for desc in inputs if desc[0] in self.symbol.list_arguments()}
        )
        attributes = self.symbol.attr_dict()
        given = set(names_of(inputs))

        def complete(names, shapes, before):
            params = {}
            for name, shape in zip(names, shapes):
                if name in given:
                    continue
                value = nd.zeros(shape, ctx=cpu())
                if before and name in before:
                    before[name].copyto(value)
                else:
                    self.initializer(InitDesc(name, attributes.get(name)), value)
                params[name] = value
            return params

        self.arg_params = complete(self.symbol.list_arguments(), arg_shapes, self.arg_params)
        aux_names = self.symbol.list_auxiliary_states()
        self.aux_params = complete(aux_names, aux_shapes, self.aux_params)
        module.set_params(self.arg_params, self.aux_params)

    def fit(
        self,
        X,
        y=None,
        eval_data=None,
        eval_metric="acc",
        epoch_end_callback=None,
        batch_end_callback=None,
        kvstore="local",
        logger=None,
        work_load_list=None,
        monitor=None,
        eval_end_callback=LogValidationMetricsCallback(),
        eval_batch_end_callback=None,
    ):
        """Trains from the parameters that there are, for the epochs ``begin_epoch`` to
        ``num_epoch - 1``.

        Parameters
        ----------
        X : DataIter, NDArray or numpy.ndarray
            Rows of an array are shuffled.
        y : array, optional
            The labels of an array, of shape (N) or (N, 1).
        eval_data : DataIter or pair of arrays, optional
            Measured after each epoch.
        eval_metric : EvalMetric, str, or list of them
        epoch_end_callback : callable or list
            Called with ``(epoch, symbol, arg_params, aux_params)``.
        batch_end_callback, eval_end_callback, eval_batch_end_callback : callable or list
            Called with a BatchEndParam, which counts batches from 1 in training.
        kvstore : str, KVStore or None
        logger : logging.Logger, optional
        work_load_list : list of float, optional
        monitor : Monitor, optional

        Raises
        ------
        TypeError
            When ``num_epoch`` was not given.
        ValueError
            When labels do not fit the data.
        """
        if self.num_epoch is None:
            raise TypeError("FeedForward.fit: say how many epochs: num_epoch")
        logger = logging if logger is None else logger
        data = as_iter(X, y, True, self.numpy_batch_size)
        eval_data = as_eval_iter(eval_data, self.numpy_batch_size)
        metric = as_metric(eval_metric)
        module = self._module_for_training(data, work_load_list, logger)
        self._init_params(module, list(data.provide_data) + list(data.provide_label))
        self._predictor = None
        module.init_optimizer(
            kvstore=kvstore, optimizer=self.optimizer, optimizer_params=self.kwargs
        )
        logger.info("Start training with %s", str(self.ctx))
        if monitor is not None:
            module.install_monitor(monitor)

        data.reset()
        for epoch in range(self.begin_epoch, self.num_epoch):
            tic = time.time()
            metric.reset()
            self._train_epoch(module, data, metric, epoch, batch_end_callback, monitor, logger)
            for name, value in metric.get_global_name_value():
                logger.info("Epoch[%d] Train-%s=%f", epoch, name, value)
            logger.info("Epoch[%d] Time cost=%.3f", epoch, time.time() - tic)
            self.arg_params, self.aux_params = module.get_params()
            for callback in _as_list(epoch_end_callback) if epoch_end_callback is not None else ():
                callback(epoch, self.symbol, self.arg_params, self.aux_params)
            if eval_data is not None:
                self._evaluate(
                    module, eval_data, metric, epoch, eval_end_callback, eval_batch_end_callback
                )

    def _train_epoch(self, module, data, eval_metric, epoch, batch_end_callback, monitor, logger):
        """Trains for ``epoch_size`` batches, which may begin and end in the midst of the data, or
        for all that the iterator gives.
        """
        step = module._training_step()
        nbatch = 0
        # The epoch before may have ended with the iterator's last batch.
        may_be_empty = self.epoch_size is not None
        while True:
            before = nbatch
            while nbatch != self.epoch_size:
                try:
                    data_batch = data.next()
                except StopIteration:
                    break
                if monitor is not None:
                    monitor.tic()
                step(data_batch)
                if monitor is not None:
                    monitor.toc_print()
                module.update_metric(eval_metric, data_batch.label)
                nbatch += 1
                if batch_end_callback is not None:
                    call_all(
                        batch_end_callback, _RunningParam(epoch, nbatch, eval_metric, locals())
                    )
            if nbatch == self.epoch_size:
                return
            if nbatch == before and not may_be_empty:
                raise ValueError(f"fit: the data gave no batch in epoch {epoch}")
            may_be_empty = False
            logger.info("Epoch[%d] Resetting Data Iterator", epoch)
            data.reset()
            if self.epoch_size is None:
                return

    def _evaluate(self, module, eval_data, eval_metric, epoch, end_callback, batch_end_callback):
        eval_metric.reset()
        eval_data.reset()
        nbatch = 0
        for nbatch, eval_batch in enumerate(eval_data, 1):
            module.forward(eval_batch, is_train=False)
            module.update_metric(eval_metric, eval_batch.label)
            if batch_end_callback is not None:
                call_all(
                    batch_end_callback, _RunningParam(epoch, nbatch - 1, eval_metric, locals())
                )
        if end_callback is not None:
            call_all(end_callback, _RunningParam(epoch, nbatch, eval_metric, locals()))
        eval_data.reset()

    # Use ------------------------------------------------------------------------------------------

    def _predictor_for(self, data):
        """A module for prediction. Arguments that are neither data nor parameters are labels, at
        which prediction does not look.
        """
        descs = data.provide_data
        if self._predictor is not None and self._predictor.data_names == names_of(descs):
            return self._predictor
        params = self.arg_params or {}
        if not self.allow_extra_params:
            self._check_all_known(params, self.symbol.list_arguments())
            self._check_all_known(self.aux_params or {}, self.symbol.list_auxiliary_states())
        inputs = names_of(descs)
        labels = [
            name
            for name in self.symbol.list_arguments()
            if name not in inputs and name not in params
        ]
        for name in labels:
            if not name.endswith("label"):
                raise AttributeError(
                    f"FeedForward: the parameter {name} has no value; call fit, or load a model"
                )
        module = Module(self.symbol, inputs, labels, context=self.ctx[0])
        module.bind(descs, for_training=False)
        module.set_params(params, self.aux_params or {})
        self._predictor = module
        return module

    @staticmethod
    def _check_all_known(params, names):
        for name in params:
            if name not in names:
                raise ValueError(
                    f"FeedForward: the network takes nothing called {name}, but "
                    f"{', '.join(names) or 'nothing'}; allow_extra_params=True leaves out the rest"
                )

    def predict(self, X, num_batch=None, return_data=False, reset=True):
        """The outputs for all samples, without padding, as NumPy's arrays.

        Parameters
        ----------
        X : DataIter, NDArray or numpy.ndarray
        num_batch : int, optional
            How many batches; all without.
        return_data : bool
            Whether to give also data and labels.
        reset : bool
            Whether to begin with the iterator's first batch.

        Returns
        -------
        numpy.ndarray or list of them; with ``return_data`` a tuple (outputs, data, labels)
        """
        data = as_iter(X, None, False, self.numpy_batch_size)
        module = self._predictor_for(data)
        if reset:
            data.reset()
        outputs, inputs, labels = [], [], []  # per batch a list of arrays
        for i, batch in enumerate(data):
            if i == num_batch:
                break
            module.forward(DataBatch(batch.data, None), is_train=False)
            outputs.append(rows_of(module.get_outputs(), batch.pad))
            if return_data:
                inputs.append(rows_of(batch.data, batch.pad))
                labels.append(rows_of(batch.label or [], batch.pad))
        if return_data:
            return joined(outputs), joined(inputs), joined(labels)
        return joined(outputs)

    def score(self, X, eval_metric="acc", num_batch=None, batch_end_callback=None, reset=True):
        """The metric's value for the data: a float, or a list for a metric with several values."""
        data = as_iter(X, None, False, self.numpy_batch_size)
        module = self._predictor_for(data)
        metric = as_metric(eval_metric)
        metric.reset()
        if reset:
            data.reset()
        for i, batch in enumerate(data):
            if i == num_batch:
                break
            module.forward(DataBatch(batch.data, None), is_train=False)
            module.update_metric(metric, batch.label)
            if batch_end_callback is not None:
                call_all(batch_end_callback, _RunningParam(0, i, metric, locals()))
        return metric.get()[1]

    # Files ----------------------------------------------------------------------------------------

    def save(self, prefix, epoch=None, remove_amp_cast=True):
        """Writes ``prefix-symbol.json`` and ``prefix-0010.params``; by default under the number
        ``num_epoch``.
        """
        epoch = self.num_epoch if epoch is None else epoch
        assert epoch is not None, "FeedForward.save: say which epoch it is; there is no num_epoch"
        save_checkpoint(
            prefix, epoch, self.symbol, self.arg_params, self.aux_params or {}, remove_amp_cast
        )

    @staticmethod
    def load(prefix, epoch, ctx=None, **kwargs):
        """Reads what ``save`` wrote; training goes on with the next epoch."""
        symbol, arg_params, aux_params = load_checkpoint(prefix, epoch)
        return FeedForward(
            symbol,
            ctx=ctx,
            arg_params=arg_params,
            aux_params=aux_params,
            begin_epoch=epoch,
            **kwargs,
        )

    @staticmethod
    def create(
        symbol,
        X,
        y=None,
        ctx=None,
        num_epoch=None,
        epoch_size=None,
        optimizer="sgd",
        initializer=Uniform(0.01),
        eval_data=None,
        eval_metric="acc",
        epoch_end_callback=None,
        batch_end_callback=None,
        kvstore="local",
        logger=None,
        work_load_list=None,
        eval_end_callback=LogValidationMetricsCallback(),
        eval_batch_end_callback=None,
        **kwargs,
    ):
        """Makes a model and fits it; see the class and :meth:`fit`."""
        model = FeedForward(
            symbol,
            ctx=ctx,
            num_epoch=num_epoch,
            epoch_size=epoch_size,
            optimizer=optimizer,
            initializer=initializer,
            **kwargs,
        )
        model.fit(
            X,
            y,
            eval_data=eval_data,
            eval_metric=eval_metric,
            epoch_end_callback=epoch_end_callback,
            batch_end_callback=batch_end_callback,
            kvstore=kvstore,
            logger=logger,
            work_load_list=work_load_list,
            eval_end_callback=eval_end_callback,
            eval_batch_end_callback=eval_batch_end_callback,
        )
        return model
