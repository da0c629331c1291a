"""Metrics for TensorBoard: `mx.contrib.tensorboard`."""
import logging

__all__ = ["LogMetricsCallback"]


class LogMetricsCallback:
    """Writes a metric's values to a folder that TensorBoard reads, each time it is called. The
    package mxboard or tensorboardX must be installed."""

    def __init__(self, logging_dir, prefix=None):
        self.prefix = prefix
        self.step = 0
        self.summary_writer = None
        for package in ("mxboard", "tensorboardX"):
            try:
                self.summary_writer = __import__(package).SummaryWriter(logging_dir)
                break
            except ImportError:
                continue
        if self.summary_writer is None:
            logging.error("LogMetricsCallback needs the package mxboard or tensorboardX: pip install "
                          "mxboard")

    def __call__(self, param):
        if param.eval_metric is None or self.summary_writer is None:
            return
        for name, value in param.eval_metric.get_name_value():
            tag = name if self.prefix is None else f"{self.prefix}-{name}"
            self.summary_writer.add_scalar(tag, value, global_step=self.step)
        self.step += 1
