"""What all modules have in common: the loops over whole data sets."""

import time

from .. import metric as _metric
from .. import ndarray as nd
from .._training import BatchEndParam, named_arrays
from ..base import _as_list
from ..context import cpu
from ..initializer import Uniform
from ..io import DataBatch, DataDesc, DataIter
from .interface import ModuleInterface
from .names import _check_input_names  # noqa: F401 - programs with modules of their own use it

# cpu is found here, too, as in MXNet.
__all__ = ["BaseModule"]


def call_all(callbacks, param):
    """Calls a callback, or each of a list, with what a batch or an evaluation has come to."""
    for callback in _as_list(callbacks):
        callback(param)


def as_metric(given):
    """The metric itself, or the one of that name."""
    return given if isinstance(given, _metric.EvalMetric) else _metric.create(given)


def descriptions(shapes):
    """Descriptions of arrays, from those or from pairs ``(name, shape)``."""
    return [one if isinstance(one, DataDesc) else DataDesc(*one) for one in shapes]


def without_padding(output, pad):
    """The rows of an output that stand for samples of the data set."""
    return output[0 : output.shape[0] - pad] if pad else output


class BaseModule(ModuleInterface):
    """What a module is: inputs and outputs of known names and shapes, parameters, an optimizer, and
    a computation in between.

    A class of one's own that gives the computation (``bind``, ``init_params``, ``init_optimizer``,
    ``forward``, ``backward``, ``update``, ``get_outputs``, ``get_params``, ``update_metric`` and
    the properties) gets ``fit``, ``score`` and ``predict`` from here.

    Parameters
    ----------
    logger : logging.Logger or the module ``logging``
        Where the lines of the log go.
    """

    def forward_backward(self, data_batch):
        """Computes the outputs for a batch, in training, and the gradients."""
        self.forward(data_batch, is_train=True)
        self.backward()

    def _training_step(self):
        """What ``fit`` calls with each batch. A module may have a faster way to do the same."""

        def step(data_batch):
            self.forward_backward(data_batch)
            self.update()

        return step

    def _begin_epoch(self, epoch, train_data):
        """What ``fit`` calls before the batches of an epoch, for a module that needs to see them."""

    def _count_in(self, eval_metric, data_batch):
        """Has the metric count the last outputs against the labels of the batch that gave them."""
        if isinstance(data_batch, list):
            self.update_metric(eval_metric, [batch.label for batch in data_batch], pre_sliced=True)
        else:
            self.update_metric(eval_metric, data_batch.label)

    def _log_values(self, epoch, what, values):
        for name, value in values:
            self.logger.info("Epoch[%d] %s-%s=%f", epoch, what, name, value)

    def fit(
        self,
        train_data,
        eval_data=None,
        eval_metric="acc",
        epoch_end_callback=None,
        batch_end_callback=None,
        kvstore="local",
        optimizer="sgd",
        optimizer_params=(("learning_rate", 0.01),),
        eval_end_callback=None,
        eval_batch_end_callback=None,
        initializer=Uniform(0.01),
        arg_params=None,
        aux_params=None,
        allow_missing=False,
        force_rebind=False,
        force_init=False,
        begin_epoch=0,
        num_epoch=None,
        validation_metric=None,
        monitor=None,
        sparse_row_id_fn=None,
    ):
        """Trains for the epochs ``begin_epoch`` to ``num_epoch - 1``; binds and initializes what is
        not yet.

        Parameters
        ----------
        train_data : DataIter
            Used from where it stands, and reset after each epoch.
        eval_data : DataIter, optional
            Measured after each epoch.
        eval_metric, validation_metric : EvalMetric, str, or list of them
            What is measured in training and on ``eval_data`` (if not given, the same).
        epoch_end_callback : callable or list
            Called with ``(epoch, symbol, arg_params, aux_params)``.
        batch_end_callback, eval_batch_end_callback, eval_end_callback : callable or list
            Called with a :class:`~..model.BatchEndParam`.
        kvstore, optimizer, optimizer_params
            See :meth:`init_optimizer`.
        initializer, arg_params, aux_params, allow_missing, force_init
            See :meth:`init_params`.
        monitor : Monitor, optional
            Looks into the network while it trains.
        sparse_row_id_fn : callable, optional
            See :meth:`prepare`.

        Raises
        ------
        AssertionError
            When ``num_epoch`` is not given.
        StopIteration
            When ``train_data`` has no batch left.
        """
        assert num_epoch is not None, "fit: say how many epochs: num_epoch"
        self.bind(
            data_shapes=train_data.provide_data,
            label_shapes=train_data.provide_label,
            for_training=True,
            force_rebind=force_rebind,
        )
        if monitor is not None:
            self.install_monitor(monitor)
        self.init_params(
            initializer=initializer,
            arg_params=arg_params,
            aux_params=aux_params,
            allow_missing=allow_missing,
            force_init=force_init,
        )
        self.init_optimizer(
            kvstore=kvstore, optimizer=optimizer, optimizer_params=optimizer_params
        )
        if validation_metric is None:
            validation_metric = eval_metric
        eval_metric = as_metric(eval_metric)
        step = self._training_step()

        for epoch in range(begin_epoch, num_epoch):
            tic = time.time()
            self._begin_epoch(epoch, train_data)
            eval_metric.reset()
            nbatch = 0
            end_of_batch = False
            data_iter = iter(train_data)
            next_data_batch = next(data_iter)
            while not end_of_batch:
                data_batch = next_data_batch
                if monitor is not None:
                    monitor.tic()
                step(data_batch)
                self._count_in(eval_metric, data_batch)
                # An iterator may write the next batch over this one: it was all used by now.
                try:
                    next_data_batch = next(data_iter)
                    self.prepare(next_data_batch, sparse_row_id_fn=sparse_row_id_fn)
                except StopIteration:
                    end_of_batch = True
                if monitor is not None:
                    monitor.toc_print()
                if end_of_batch:  # before a callback that may reset the metric
                    eval_name_vals = eval_metric.get_global_name_value()
                if batch_end_callback is not None:
                    param = BatchEndParam(epoch, nbatch, eval_metric, locals())
                    call_all(batch_end_callback, param)
                nbatch += 1

            self._log_values(epoch, "Train", eval_name_vals)
            self.logger.info("Epoch[%d] Time cost=%.3f", epoch, time.time() - tic)

            # Contexts begin the next epoch with the same auxiliary states.
            arg_now, aux_now = self.get_params()
            self.set_params(arg_now, aux_now)
            for callback in _as_list(epoch_end_callback) if epoch_end_callback is not None else ():
                callback(epoch, self.symbol, arg_now, aux_now)

            if eval_data is not None:
                values = self.score(
                    eval_data,
                    validation_metric,
                    score_end_callback=eval_end_callback,
                    batch_end_callback=eval_batch_end_callback,
                    epoch=epoch,
                )
                self._log_values(epoch, "Validation", values)
            train_data.reset()

    def _batches(self, eval_data, num_batch, reset, sparse_row_id_fn):
        """Computes the outputs for one batch after the other; yields number and batch."""
        self._needs("binded", "params_initialized")
        if reset:
            eval_data.reset()
        for nbatch, batch in enumerate(eval_data):
            if num_batch is not None and nbatch == num_batch:
                return
            self.prepare(batch, sparse_row_id_fn=sparse_row_id_fn)
            self.forward(batch, is_train=False)
            yield nbatch, batch

    def score(
        self,
        eval_data,
        eval_metric,
        num_batch=None,
        batch_end_callback=None,
        score_end_callback=None,
        reset=True,
        epoch=0,
        sparse_row_id_fn=None,
    ):
        """Measures the outputs for all batches of an iterator, padding included.

        Returns
        -------
        list of (str, float)
            The names and values of the metric.
        """
        self._needs("binded", "params_initialized")
        eval_metric = as_metric(eval_metric)
        eval_metric.reset()
        actual_num_batch = 0
        for nbatch, eval_batch in self._batches(eval_data, num_batch, reset, sparse_row_id_fn):
            self._count_in(eval_metric, eval_batch)
            if batch_end_callback is not None:
                call_all(batch_end_callback, BatchEndParam(epoch, nbatch, eval_metric, locals()))
            actual_num_batch += 1
        if score_end_callback is not None:
            call_all(
                score_end_callback, BatchEndParam(epoch, actual_num_batch, eval_metric, locals())
            )
        return eval_metric.get_name_value()

    def iter_predict(self, eval_data, num_batch=None, reset=True, sparse_row_id_fn=None):
        """Yields ``(outputs, number, batch)`` for each batch; outputs are without padding, and hold
        until the next batch.
        """
        for nbatch, batch in self._batches(eval_data, num_batch, reset, sparse_row_id_fn):
            yield [without_padding(out, batch.pad) for out in self.get_outputs()], nbatch, batch

    def predict(
        self,
        eval_data,
        num_batch=None,
        merge_batches=True,
        reset=True,
        always_output_list=False,
        sparse_row_id_fn=None,
    ):
        """The outputs for all samples, without padding.

        Parameters
        ----------
        eval_data : DataIter, NDArray or numpy.ndarray
            An array is one batch.
        merge_batches : bool
            Whether to join the batches; else a list with the outputs of each is given.
        always_output_list : bool
            Whether to give a list even where there is one output.

        Raises
        ------
        ValueError
            When ``eval_data`` is nothing of these, has no batch, or batches have different numbers
            of outputs.
        """
        self._needs("binded", "params_initialized")
        if not isinstance(eval_data, DataIter):
            if isinstance(eval_data, nd.NDArray):
                array = eval_data
            elif hasattr(eval_data, "__array_interface__"):
                array = nd.array(eval_data)
            else:
                raise ValueError(
                    "predict: expected a DataIter, an NDArray or a NumPy array, "
                    f"got {type(eval_data).__name__}"
                )
            self.forward(DataBatch([array], None), is_train=False)
            outputs = [out.copy() for out in self.get_outputs()]
            return outputs if always_output_list or len(outputs) != 1 else outputs[0]

        batches = [
            [without_padding(out, batch.pad).copy() for out in self.get_outputs()]
            for _, batch in self._batches(eval_data, num_batch, reset, sparse_row_id_fn)
        ]
        if not batches or not merge_batches:
            return batches
        if any(len(outputs) != len(batches[0]) for outputs in batches):
            raise ValueError(
                "predict: batches gave different numbers of outputs, as bucketing may; "
                "pass merge_batches=False"
            )
        whole = [nd.concat(*parts, dim=0) for parts in zip(*batches)]
        return whole if always_output_list or len(whole) != 1 else whole[0]

    def save_params(self, fname):
        """Writes the parameters to one file, by names such as ``arg:fc1_weight``."""
        nd.save(fname, named_arrays(*self.get_params()))

    def load_params(self, fname):
        """Reads what :meth:`save_params` wrote.

        Raises
        ------
        ValueError
            When the file holds something else.
        """
        params = {"arg": {}, "aux": {}}
        for key, array in nd.load(fname).items():
            kind, _, name = key.partition(":")
            if kind not in params:
                raise ValueError(
                    f"{fname}: expected names that begin with arg: or aux:, found '{key}'"
                )
            params[kind][name] = array
        self.set_params(params["arg"], params["aux"])
