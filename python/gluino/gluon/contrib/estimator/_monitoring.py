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
        raise ValueError('monitor: expected one of the metrics of the estimator, in its '
                         f'train_metrics and val_metrics, got {monitor!r}')
    if mode not in ('auto', 'min', 'max'):
        warnings.warn(f'{who}: mode: expected auto, min or max, got {mode!r}; taken for auto: '
                      'max for F1 and accuracy, else min', RuntimeWarning, stacklevel=3)
        mode = 'auto'
    if mode == 'auto':
        name = monitor.get()[0].lower()
        mode = 'max' if 'acc' in name or 'f1' in name else 'min'
        warnings.warn(f"{who}: mode='auto': {monitor.get()[0]} counts as better when it is "
                      f"{'greater' if mode == 'max' else 'less'}; mode='min' or 'max' says so",
                      stacklevel=3)
    return (np.greater, -np.inf) if mode == 'max' else (np.less, np.inf)


def read(monitor):
    """The metric's name and value."""
    name, value = monitor.get()
    return name, float(value)
