"""Estimator: trains a network and evaluates it."""
import copy
import logging
import sys
import warnings

from .... import metric as metric_module
from ....context import Context, cpu, gpu, num_gpus
from ...data import DataLoader
from ...loss import Loss, SoftmaxCrossEntropyLoss
from ...trainer import Trainer
from .batch_processor import BatchProcessor
from .event_handler import (BatchBegin, BatchEnd, EpochBegin, EpochEnd, GradientUpdateHandler,
                            LoggingHandler, MetricHandler, StoppingHandler, TrainBegin, TrainEnd,
                            ValidationHandler, _KINDS)
from .utils import _check_handlers, _check_metrics

__all__ = ['Estimator']


class Estimator:
    """Trains `net` to make `loss` small.

    Parameters
    ----------
    net, loss
        a Block, and a gluon.loss.Loss.
    train_metrics, val_metrics
        metrics of training and of validation; accuracy unless given, and copies of the first. Each
        begins with "training " or "validation " in its name.
    initializer, trainer, context
        how parameters begin that have no values yet; SGD with learning rate 0.001 unless a Trainer
        is given; one device or a list, all GPUs or else the processor unless given.
    device
        MXNet 2.0's name of `context`.
    val_net, val_loss
        used for validation instead of `net` and `loss`.
    batch_processor
        what is done with a batch; see BatchProcessor.

    Raises ValueError for arguments of other types.
    """

    logger = None

    def __init__(self, net, loss, train_metrics=None, val_metrics=None, initializer=None,
                 trainer=None, context=None, val_net=None, val_loss=None, batch_processor=None,
                 device=None):
        self.net = net
        self.loss = self._checked_loss(loss)
        self._train_metrics = _check_metrics(train_metrics)
        self._val_metrics = _check_metrics(val_metrics)
        self._add_default_metrics()
        self.val_loss = self.loss if val_loss is None else self._checked_loss(val_loss)
        self.val_net = net if val_net is None else val_net
        self.logger = self._make_logger()
        self.context = self._checked_context(context or device)
        self._initialize(initializer)
        self.trainer = self._checked_trainer(trainer)
        self.batch_processor = self._checked_processor(batch_processor)

    # -- what is given ---------------------------------------------------------------------------

    @staticmethod
    def _checked_loss(loss):
        if not isinstance(loss, Loss):
            raise ValueError(f'loss: expected a gluon.loss.Loss, got {loss!r}')
        return loss

    @staticmethod
    def _checked_context(context):
        if not context:
            return [gpu(i) for i in range(num_gpus())] or [cpu()]
        contexts = context if isinstance(context, list) else [context]
        if not all(isinstance(ctx, Context) for ctx in contexts):
            raise ValueError('context: expected a Context, such as mx.cpu(), or a list of them, '
                             f'got {context!r}')
        for ctx in contexts:
            assert ctx.device_type != 'gpu' or ctx.device_id < num_gpus(), (
                f'context: there is no {ctx}; this machine has {num_gpus()} GPUs')
        return contexts

    @staticmethod
    def _checked_processor(processor):
        if processor is None:
            return BatchProcessor()
        if not hasattr(processor, 'fit_batch') or not hasattr(processor, 'evaluate_batch'):
            raise ValueError('batch_processor: expected an object with fit_batch and '
                             f'evaluate_batch, got {processor!r}')
        return processor

    def _checked_trainer(self, trainer):
        if trainer is None:
            warnings.warn('No trainer specified: it is SGD, with a learning rate of 0.001',
                          stacklevel=3)
            return Trainer(self.net.collect_params(), 'sgd', {'learning_rate': 0.001})
        if not isinstance(trainer, Trainer):
            raise ValueError(f'trainer: expected a gluon.Trainer, got {trainer!r}')
        return trainer

    @staticmethod
    def _make_logger():
        logger = logging.Logger(name='Estimator', level=logging.INFO)
        logger.addHandler(logging.StreamHandler(sys.stdout))
        return logger

    def _initialize(self, initializer):
        for net in {id(net): net for net in (self.net, self.val_net)}.values():
            parameters = net.collect_params().values()
            begun = [p for p in parameters if _is_initialized(p)]
            if len(begun) < len(parameters):
                options = {} if initializer is None else {'init': initializer}
                if begun:
                    warnings.warn('Network is partially initialized: parameters that have values '
                                  'keep them', stacklevel=4)
                for parameter in parameters:
                    if not _is_initialized(parameter):
                        parameter.initialize(ctx=self.context, default_init=_default_init(options))
            elif initializer is not None:
                warnings.warn('Network already fully initialized: all parameters keep their '
                              'values; net.initialize(init=..., force_reinit=True) gives them '
                              'others', stacklevel=4)

    def _add_default_metrics(self):
        if not self._train_metrics:
            self._train_metrics = [metric_module.Accuracy()] \
                if isinstance(self.loss, SoftmaxCrossEntropyLoss) else []
            self._train_metrics.append(metric_module.Loss(self.loss.name.rstrip('1234567890')))
        if not self._val_metrics:
            self._val_metrics = [copy.deepcopy(metric) for metric in self._train_metrics]
        for word, metrics in (('training ', self._train_metrics),
                              ('validation ', self._val_metrics)):
            for metric in metrics:
                if not metric.name.startswith(word):
                    metric.name = word + metric.name

    @property
    def train_metrics(self):
        """The metrics of training."""
        return self._train_metrics

    @property
    def val_metrics(self):
        """The metrics of validation."""
        return self._val_metrics

    # -- running ---------------------------------------------------------------------------------

    @staticmethod
    def _check_loader(data):
        if not isinstance(data, DataLoader):
            raise ValueError('an Estimator reads batches from a gluon.data.DataLoader, which arrays '
                             f'become by gluon.data.ArrayDataset; got {type(data)}')

    def evaluate(self, val_data, batch_axis=0, event_handlers=None):
        """Runs the network on the batches of a DataLoader; the results are in `val_metrics`."""
        self._check_loader(val_data)
        for metric in self.val_metrics:
            metric.reset()
        handlers = _check_handlers(event_handlers, _KINDS)
        if not any(isinstance(h, MetricHandler) for h in handlers):
            handlers.append(MetricHandler(self.val_metrics))
        if not any(isinstance(h, LoggingHandler) for h in handlers):
            handlers.append(LoggingHandler(metrics=self.val_metrics))
        events = _Events(handlers, self)
        events.fire(EpochBegin, 'epoch_begin')
        for batch in val_data:
            events.fire(BatchBegin, 'batch_begin', batch=batch)
            _, label, pred, loss = self.batch_processor.evaluate_batch(self, batch, batch_axis)
            events.fire(BatchEnd, 'batch_end', batch=batch, pred=pred, label=label, loss=loss)
        events.fire(EpochEnd, 'epoch_end')

    def fit(self, train_data, val_data=None, epochs=None, event_handlers=None, batches=None,
            batch_axis=0):
        """Trains with the batches of a DataLoader, for so many `epochs` or so many `batches`. With
        `val_data` it is evaluated after each epoch. `event_handlers`, of the classes in
        `event_handler`, are called besides those that are always there."""
        self._check_loader(train_data)
        if (not epochs) == (not batches):
            raise ValueError(f'fit: expected epochs or batches, one of both, got {epochs} and '
                             f'{batches}')
        if (epochs or batches) < 1:
            raise ValueError(f'fit: expected at least 1 epoch or batch, got {epochs or batches}')
        self.max_epoch = epochs
        self.max_batch = batches
        self.batch_axis = batch_axis
        events = _Events(self._with_defaults(event_handlers, val_data), self)
        events.fire(TrainBegin, 'train_begin')
        ended = events.want_stop()
        while not ended:
            ended = self._fit_epoch(train_data, events, batch_axis) or events.want_stop()
        events.fire(TrainEnd, 'train_end')

    def _fit_epoch(self, train_data, events, batch_axis):
        """One epoch; whether a handler wants it to be the last."""
        events.fire(EpochBegin, 'epoch_begin')
        for batch in train_data:
            events.fire(BatchBegin, 'batch_begin', batch=batch)
            _, label, pred, loss = self.batch_processor.fit_batch(self, batch, batch_axis)
            if events.fire(BatchEnd, 'batch_end', batch=batch, pred=pred, label=label, loss=loss):
                break
        return events.fire(EpochEnd, 'epoch_end')

    def _with_defaults(self, event_handlers, val_data):
        """The given handlers, and those that every training needs and that were not given."""
        handlers = _check_handlers(event_handlers, _KINDS)
        given = len(handlers)
        handlers.append(StoppingHandler(self.max_epoch, self.max_batch))

        def lacks(kind):
            return not any(isinstance(handler, kind) for handler in handlers)

        if lacks(GradientUpdateHandler):
            handlers.append(GradientUpdateHandler())
        if lacks(MetricHandler):
            handlers.append(MetricHandler(metrics=self.train_metrics))
        if lacks(ValidationHandler) and val_data is not None:
            handlers.append(ValidationHandler(val_data=val_data, eval_fn=self.evaluate))
        if lacks(LoggingHandler):
            handlers.append(LoggingHandler(metrics=self.train_metrics))
        self._check_metrics_of(handlers[:given])
        return sorted(handlers, key=lambda handler: getattr(handler, 'priority', 0))

    def _categorize_handlers(self, event_handlers):
        """Those called when training begins, an epoch, a batch begins, a batch, an epoch ends, and
        when training ends: six lists."""
        return tuple([handler for handler in event_handlers if isinstance(handler, kind)]
                     for kind in _KINDS)

    def _check_metrics_of(self, handlers):
        """Handlers must update the metrics of this training alone. A `monitor` may be a metric that a
        handler of one's own keeps."""
        known = {id(metric) for metric in self.train_metrics + self.val_metrics}
        for handler in handlers:
            metrics = getattr(handler, 'metrics', None)
            for metric in metrics if isinstance(metrics, list) else []:
                if id(metric) not in known:
                    raise ValueError(f'{type(handler).__name__} looks at {metric}, which is none '
                                     'of the metrics in estimator.train_metrics and '
                                     'estimator.val_metrics')


class _Events:
    """The handlers, and the calling of them."""

    def __init__(self, handlers, estimator):
        self._handlers = sorted(handlers, key=lambda handler: getattr(handler, 'priority', 0))
        self._by_kind = dict(zip(_KINDS, estimator._categorize_handlers(self._handlers)))
        self._estimator = estimator

    def fire(self, kind, event, **kwargs):
        """Calls `event` of the handlers of that kind; whether one of them wants to stop."""
        stop = False
        for handler in self._by_kind[kind]:
            stop = bool(getattr(handler, event)(self._estimator, **kwargs)) or stop
        return stop

    def want_stop(self):
        """Whether some handler has set its `stop_training`."""
        return any(getattr(handler, 'stop_training', False) for handler in self._handlers)


def _is_initialized(parameter):
    return parameter._data is not None or bool(parameter._deferred_init)


def _default_init(options):
    from ....initializer import Uniform
    return options.get('init', Uniform())
