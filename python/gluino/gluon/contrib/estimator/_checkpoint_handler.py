"""Files of a training."""
import os
import re
import warnings

import numpy as np

from ._events import BatchEnd, EpochEnd, TrainBegin
from ._monitoring import improvement_of, read


class CheckpointHandler(TrainBegin, BatchEnd, EpochEnd):
    """Saves parameters and the trainer's states every `epoch_period` epochs and every
    `batch_period` batches as PREFIX-epochEbatchB.params and .states in the folder `model_dir`, of
    which the newest `max_checkpoints` are kept; and as PREFIX-best where `save_best` and `monitor`
    has become better (see EarlyStoppingHandler for `mode`). With `resume_from_checkpoint` the
    training goes on from the newest files there: one of epochs with `epoch_period` alone, one of
    batches with `batch_period` alone, else an AssertionError."""

    def __init__(self, model_dir, model_prefix='model', monitor=None, verbose=0, save_best=False,
                 mode='auto', epoch_period=1, batch_period=None, max_checkpoints=5,
                 resume_from_checkpoint=False):
        self.monitor = monitor
        self.verbose = verbose
        os.makedirs(model_dir, exist_ok=True)
        self.model_dir = model_dir
        self.model_prefix = model_prefix
        self.save_best = save_best
        self.epoch_period = epoch_period
        self.batch_period = batch_period
        self.current_batch = 0
        self.current_epoch = 0
        self.max_checkpoints = max_checkpoints
        self.resume_from_checkpoint = resume_from_checkpoint
        self.saved_checkpoints = []
        self.trained_epoch = -1
        self.trained_batch = -1
        self._batches_before = 0
        if save_best:
            self.monitor_op, self.best = improvement_of(monitor, mode, 'ModelCheckpoint')

    def train_begin(self, estimator, *args, **kwargs):
        self.current_batch = 0
        self.current_epoch = 0
        self.trained_epoch = -1
        self.trained_batch = -1
        self._batches_before = 0
        if self.save_best:
            self.best = np.inf if self.monitor_op is np.less else -np.inf
        if not self.resume_from_checkpoint:
            return
        # What a name counts tells nothing of files in the midst of an epoch beside those at its end.
        unit, period, other = ('batches', self.batch_period, self.epoch_period)
        if not estimator.max_batch:
            unit, period, other = ('epochs', self.epoch_period, self.batch_period)
        assert period and not other, (
            f'resume_from_checkpoint: a training of {unit} goes on from files of {unit} alone, got '
            f'epoch_period={self.epoch_period} and batch_period={self.batch_period}')
        found = self._newest()
        if found is None:
            estimator.logger.info('CheckpointHandler: No checkpoint found, training from scratch')
            return
        self.trained_epoch, self.trained_batch, name = found
        self._go_on(estimator, name)

    def _newest(self):
        """Epoch, batch and name of the files of the newest checkpoint."""
        pattern = re.compile(re.escape(self.model_prefix) + r'-epoch(\d+)batch(\d+)\.params$')
        found = [(int(match[1]), int(match[2]), match[0][:-len('.params')])
                 for match in map(pattern.match, os.listdir(self.model_dir)) if match]
        return max(found, default=None)

    def _go_on(self, estimator, name):
        path = os.path.join(self.model_dir, name)
        estimator.net.load_parameters(path + '.params', ctx=estimator.context)
        estimator.trainer.load_states(path + '.states')
        message = (f'CheckpointHandler: Checkpoint resumed from epoch {self.trained_epoch} batch '
                   f'{self.trained_batch}')
        # A file at the end of an epoch has the number of batches, one of a batch that batch's own.
        self._batches_before = self.trained_batch + (1 if estimator.max_batch else 0)
        if estimator.max_epoch:
            estimator.max_epoch = max(0, estimator.max_epoch - self.trained_epoch - 1)
            message += f', continue to train for {estimator.max_epoch} epochs '
        if estimator.max_batch:
            estimator.max_batch = max(0, estimator.max_batch - self._batches_before)
            message += f', continue to train for {estimator.max_batch} batches '
        estimator.logger.info(message)

    def batch_end(self, estimator, *args, **kwargs):
        if self.current_batch == 0 and self.current_epoch == 0:
            self._save_graph(estimator)
        if self.batch_period and (self.current_batch + 1) % self.batch_period == 0:
            self._save_checkpoint(estimator)
        self.current_batch += 1

    def epoch_end(self, estimator, *args, **kwargs):
        if self.epoch_period and (self.current_epoch + 1) % self.epoch_period == 0:
            self._save_checkpoint(estimator)
        self.current_epoch += 1

    def _save_graph(self, estimator):
        """The network itself, once it has run, if it is hybridized."""
        path = os.path.join(self.model_dir, f'{self.model_prefix}-symbol.json')
        graph = getattr(estimator.net, '_cached_graph', None)
        if graph:
            graph[1].save(path)
        else:
            estimator.logger.info('Model architecture(symbol file) is not saved: make the network '
                                  'of HybridBlock and call net.hybridize() to have it saved as '
                                  '%s.', path)

    def _save_checkpoint(self, estimator):
        # Counted on from the checkpoint that the training went on from, if it did.
        epoch = self.current_epoch + self.trained_epoch + 1
        batch = self.current_batch + self._batches_before
        name = f'{self.model_prefix}-epoch{epoch}batch{batch}'
        self._save(estimator, name)
        if self.verbose > 0:
            estimator.logger.info('[Epoch %d] CheckpointHandler: trained total %d batches, saving '
                                  'model at %s with prefix: %s', self.current_epoch,
                                  self.current_batch + 1, self.model_dir, name)
        self._forget_oldest(name)
        if self.save_best:
            self._save_if_best(estimator)

    def _forget_oldest(self, name):
        if name in self.saved_checkpoints:
            return
        self.saved_checkpoints.append(name)
        while len(self.saved_checkpoints) > self.max_checkpoints:
            oldest = self.saved_checkpoints.pop(0)
            for ending in ('.params', '.states'):
                path = os.path.join(self.model_dir, oldest + ending)
                if os.path.exists(path):
                    os.remove(path)

    def _save_if_best(self, estimator):
        name, value = read(self.monitor)
        if np.isnan(value):
            # One of validation may wait for the end of the epoch.
            warnings.warn(f'{name} is not updated yet, so that nothing is saved as best: is it one '
                          'of the metrics of the training?', RuntimeWarning, stacklevel=2)
            return
        if not self.monitor_op(value, self.best):
            if self.verbose > 0:
                estimator.logger.info('[Epoch %d] CheckpointHandler: %s did not improve from '
                                      '%0.5f, skipping updating best model', self.current_epoch,
                                      name, self.best)
            return
        if self.verbose > 0:
            estimator.logger.info('[Epoch %d] CheckpointHandler: %s improved from %0.5f to %0.5f, '
                                  'updating best model at %s with prefix: %s', self.current_epoch,
                                  name, self.best, value, self.model_dir,
                                  f'{self.model_prefix}-best')
        self.best = value
        self._save(estimator, f'{self.model_prefix}-best')

    def _save(self, estimator, name):
        path = os.path.join(self.model_dir, name)
        estimator.net.save_parameters(path + '.params')
        estimator.trainer.save_states(path + '.states')
