"""What a training says about itself."""
import time

import numpy as np

from ._events import BatchBegin, BatchEnd, EpochBegin, EpochEnd, TrainBegin, TrainEnd
from .utils import _check_metrics, _figures


class LoggingHandler(TrainBegin, TrainEnd, EpochBegin, EpochEnd, BatchBegin, BatchEnd):
    """Logs a line for each epoch, and, where `log_interval` is a number, for each so many
    batches."""

    def __init__(self, log_interval='epoch', metrics=None, priority=np.inf):
        if not isinstance(log_interval, int) and log_interval != 'epoch':
            raise ValueError("log_interval: expected a number of batches, or 'epoch', got "
                             f"{log_interval!r}")
        self.metrics = _check_metrics(metrics)
        self.batch_index = 0
        self.current_epoch = 0
        self.processed_samples = 0
        # Last, so that all figures are up to date.
        self.priority = priority
        self.log_interval = log_interval
        self.log_interval_time = 0

    def _log(self, estimator, line, *values):
        # Where there are no metrics the line ends before them.
        text = line % (*values, _figures(self.metrics))
        estimator.logger.info('%s', text.rstrip(', '))

    def train_begin(self, estimator, *args, **kwargs):
        self.train_start = time.time()
        trainer = estimator.trainer
        estimator.logger.info('Training begin: using optimizer %s with current learning rate '
                              '%.4f ', type(trainer.optimizer).__name__, trainer.learning_rate)
        if estimator.max_epoch:
            estimator.logger.info('Train for %d epochs.', estimator.max_epoch)
        else:
            estimator.logger.info('Train for %d batches.', estimator.max_batch)
        self.current_epoch = 0
        self.batch_index = 0
        self.processed_samples = 0
        self.log_interval_time = 0

    def train_end(self, estimator, *args, **kwargs):
        self._log(estimator, 'Train finished using total %ds with %d epochs. %s',
                  time.time() - self.train_start, self.current_epoch)

    def epoch_begin(self, estimator, *args, **kwargs):
        self.epoch_start = time.time()
        if any(metric.name.startswith('training') for metric in self.metrics):
            estimator.logger.info('[Epoch %d] Begin, current learning rate: %.4f',
                                  self.current_epoch, estimator.trainer.learning_rate)
        else:
            estimator.logger.info('Validation Begin')

    def epoch_end(self, estimator, *args, **kwargs):
        self._log(estimator, '[Epoch %d] Finished in %.3fs, %s', self.current_epoch,
                  time.time() - self.epoch_start)
        self.current_epoch += 1
        self.batch_index = 0

    def batch_begin(self, estimator, *args, **kwargs):
        if isinstance(self.log_interval, int):
            self.batch_start = time.time()

    def batch_end(self, estimator, *args, **kwargs):
        if isinstance(self.log_interval, int):
            self.log_interval_time += time.time() - self.batch_start
            self.processed_samples += kwargs['batch'][0].shape[0]
            if self.batch_index % self.log_interval == 0:
                self._log(estimator, '[Epoch %d][Batch %d][Samples %d] time/interval: %.3fs %s',
                          self.current_epoch, self.batch_index, self.processed_samples,
                          self.log_interval_time)
                self.log_interval_time = 0
        self.batch_index += 1
