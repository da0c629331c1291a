"""What training calls at the end of a batch, of an epoch, or of an evaluation."""

import logging
import math
import time

from ._training import save_checkpoint

__all__ = [
    "LogValidationMetricsCallback",
    "ProgressBar",
    "Speedometer",
    "do_checkpoint",
    "log_train_metric",
    "module_checkpoint",
]


def module_checkpoint(mod, prefix, period=1, save_optimizer_states=False):
    """A callback for the end of epochs: the module's own ``save_checkpoint``, every ``period``
    epochs. The first epoch is number 1 in the names of the files.
    """
    period = max(1, int(period))

    def callback(iter_no, sym=None, arg=None, aux=None):
        if (iter_no + 1) % period == 0:
            mod.save_checkpoint(prefix, iter_no + 1, save_optimizer_states)

    return callback


def do_checkpoint(prefix, period=1):
    """A callback for the end of epochs: :func:`~.model.save_checkpoint`, every ``period`` epochs.
    The first epoch is number 1 in the names of the files.
    """
    period = max(1, int(period))

    def callback(iter_no, sym, arg, aux):
        if (iter_no + 1) % period == 0:
            save_checkpoint(prefix, iter_no + 1, sym, arg, aux)

    return callback


def log_train_metric(period, auto_reset=False):
    """A callback for the end of batches: every ``period`` batches a line with the metric, which
    with ``auto_reset`` then begins anew.
    """

    def callback(param):
        if param.nbatch % period != 0 or param.eval_metric is None:
            return
        for name, value in param.eval_metric.get_name_value():
            logging.info(
                "Iter[%d] Batch[%d] Train-%s=%f", param.epoch, param.nbatch, name, value
            )
        if auto_reset:
            param.eval_metric.reset_local()

    return callback


class Speedometer:
    """Every ``frequent`` batches a line with the samples per second and the metric. The first batch
    of an epoch only starts the clock. In Module::

        Epoch[0] Batch [0-100]	Speed: 1353.96 samples/sec	accuracy=0.114356

    and in FeedForward, in the form of MXNet 0.x::

        Epoch[0] Batch [200]	Speed: 1353.96 samples/sec	Train-accuracy=0.114356

    Parameters
    ----------
    batch_size : int
    frequent : int
    auto_reset : bool
        Whether each line tells of the batches since the line before; else of all of the epoch.
    """

    def __init__(self, batch_size, frequent=50, auto_reset=True):
        self.batch_size = batch_size
        self.frequent = frequent
        self.auto_reset = auto_reset
        self.init = False
        self.tic = 0
        self.last_count = 0

    def __call__(self, param):
        count = param.nbatch
        new_epoch = self.last_count > count
        self.last_count = count
        if not self.init or new_epoch:
            self.init = True
            self.tic = time.time()
        elif count % self.frequent == 0:
            elapsed = time.time() - self.tic
            speed = self.frequent * self.batch_size / elapsed if elapsed > 0 else float("inf")
            self._log(param, count, speed)
            self.tic = time.time()

    def _log(self, param, count, speed):
        metric = param.eval_metric
        if metric is None:
            logging.info("Iter[%d] Batch [%d]\tSpeed: %.2f samples/sec", param.epoch, count, speed)
            return
        values = metric.get_name_value()
        if getattr(param, "running", False):
            for name, value in values:
                logging.info(
                    "Epoch[%d] Batch [%d]\tSpeed: %.2f samples/sec\tTrain-%s=%f",
                    param.epoch, count, speed, name, value,
                )  # fmt: skip
            return
        if self.auto_reset:
            metric.reset_local()
        logging.info(
            "Epoch[%d] Batch [%d-%d]\tSpeed: %.2f samples/sec" + "\t%s=%f" * len(values),
            param.epoch, count - self.frequent if self.auto_reset else 0, count, speed,
            *(part for pair in values for part in pair),
        )  # fmt: skip


class ProgressBar:
    """A line with a bar that grows with the epoch: ``[====------] 40%``.

    Parameters
    ----------
    total : int
        The batches of an epoch.
    length : int
        The bar's characters.
    """

    def __init__(self, total, length=80):
        self.bar_len = length
        self.total = total

    def __call__(self, param):
        filled = min(max(round(self.bar_len * param.nbatch / self.total), 0), self.bar_len)
        # Multiplied first: 100 * (7 / 100) is a little above 7.
        percents = math.ceil(100.0 * param.nbatch / self.total)
        bar = "=" * filled + "-" * (self.bar_len - filled)
        logging.info("[%s] %s%%\r", bar, percents)


class LogValidationMetricsCallback:
    """At the end of an evaluation a line for each value:
    ``Epoch[0] Validation-accuracy=0.113500``.
    """

    def __call__(self, param):
        if param.eval_metric is None:
            return
        for name, value in param.eval_metric.get_name_value():
            logging.info("Epoch[%d] Validation-%s=%f", param.epoch, name, value)
