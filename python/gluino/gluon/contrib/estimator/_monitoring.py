"""Whether a metric has become better."""
import warnings

import numpy as np

from ....metric import EvalMetric


def improvement_of(monitor, mode, who):
    """numpy.less or numpy.greater, whichever makes `monitor` better, and the worst value.

    Where `mode` is 'auto' it is greater for metrics whose names say accuracy or F1, which is
    warned of.
    """
    if not isinstance(monitor, EvalMetric):
        raise ValueError('Please provide one of the metric objects from estimator.train_metrics '
                         'and estimator.val_metrics as monitor.')
    if mode not in ('auto', 'min', 'max'):
        warnings.warn(f'{who} mode {mode} is unknown, fallback to auto mode: max for f1 and '
                      'accuracy, min otherwise', RuntimeWarning, stacklevel=3)
        mode = 'auto'
    if mode == 'auto':
        name = monitor.get()[0].lower()
        mode = 'max' if 'acc' in name or 'f1' in name else 'min'
        warnings.warn(f"`{'greater' if mode == 'max' else 'less'}` operator will be used to "
                      f"determine if {monitor.get()[0]} has improved. Please specify `mode='min'` "
                      "or `mode='max'` to disable this warning.", stacklevel=3)
    return (np.greater, -np.inf) if mode == 'max' else (np.less, np.inf)


def read(monitor):
    """The metric's name and value."""
    name, value = monitor.get()
    return name, float(value)
