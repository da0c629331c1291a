"""What metrics derive from, and how they are made by name."""
import math
from collections import OrderedDict

import numpy

from .. import registry

__all__ = ["EvalMetric", "CompositeEvalMetric", "check_label_shapes", "create", "register",
           "alias"]


def check_label_shapes(labels, preds, wrap=False, shape=False):
    """Raises ValueError unless labels and predictions are equally many; with `shape`, of one shape.

    Gives both back; with `wrap`, an array alone as a list.
    """
    found = (labels.shape, preds.shape) if shape else (len(labels), len(preds))
    if found[0] != found[1]:
        raise ValueError(f"labels and predictions do not fit: {found[0]} and {found[1]}")
    if wrap:
        labels = labels if isinstance(labels, (list, tuple)) else [labels]
        preds = preds if isinstance(preds, (list, tuple)) else [preds]
    return labels, preds


def as_pairs(labels, preds):
    """Labels and predictions as pairs of arrays; ValueError unless they are equally many."""
    return zip(*check_label_shapes(labels, preds, wrap=True))


class EvalMetric:
    """What metrics derive from: they override `update`, and add to `sum_metric` and `num_inst`.

    A metric counts twice: since `reset_local` (what a progress line shows) and since `reset` (a
    whole epoch), the latter in `global_sum_metric` and `global_num_inst` if it says so by
    `has_global_stats=True`.

    Parameters
    ----------
    name : what `get` calls it.
    output_names, label_names : which outputs and labels update_dict takes; None: all.
    kwargs : the options that get_config gives.
    """

    def __init__(self, name, output_names=None, label_names=None, **kwargs):
        self.name = str(name)
        self.output_names = output_names
        self.label_names = label_names
        self._has_global_stats = kwargs.pop('has_global_stats', False)
        self._kwargs = kwargs
        self.reset()

    def __str__(self):
        return f"EvalMetric: {dict(self.get_name_value())}"

    def get_config(self):
        """What `create` makes an equal metric from, as a dictionary."""
        return {**self._kwargs, 'metric': type(self).__name__, 'name': self.name,
                'output_names': self.output_names, 'label_names': self.label_names}

    def update_dict(self, label, pred):
        """update by dictionaries of arrays by name, of which those named at the start are used."""
        preds = _chosen(pred, self.output_names)
        labels = _chosen(label, self.label_names)
        self.update(labels, preds)

    def update(self, labels, preds):
        """Adds a batch: what should have come out, then what came out; arrays or lists of them."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it counts: override "
                                  "update")

    def reset(self):
        """Forgets all that was counted."""
        self.num_inst = 0
        self.sum_metric = 0.0
        self.global_num_inst = 0
        self.global_sum_metric = 0.0

    def reset_local(self):
        """Forgets what was counted since the last call; what is counted over all stays."""
        self.num_inst = 0
        self.sum_metric = 0.0

    def _count(self, total, instances):
        """Adds `total` over `instances` to both counts."""
        self.sum_metric += total
        self.num_inst += instances
        self.global_sum_metric += total
        self.global_num_inst += instances

    def _mean(self, total, instances):
        """The value that a count stands for."""
        if instances == 0:
            return math.nan
        mean = total / instances
        return mean.item() if isinstance(mean, numpy.generic) else mean

    def get(self):
        """The name and the value since reset_local, a float; NaN when nothing was counted."""
        return self.name, self._mean(self.sum_metric, self.num_inst)

    def get_global(self):
        """The name and the value since reset."""
        if not self._has_global_stats:
            return self.get()
        return self.name, self._mean(self.global_sum_metric, self.global_num_inst)

    def get_name_value(self):
        """The names and values as a list of pairs."""
        return _pairs(*self.get())

    def get_global_name_value(self):
        """The names and values since reset as a list of pairs."""
        if not self._has_global_stats:
            return self.get_name_value()  # which a metric may override alone
        return _pairs(*self.get_global())


def _chosen(arrays, names):
    return list(arrays.values()) if names is None else [arrays[name] for name in names]


def _pairs(name, value):
    if not isinstance(name, list):
        name, value = [name], [value]
    return list(zip(name, value))


register = registry.get_register_func(EvalMetric, 'metric')
alias = registry.get_alias_func(EvalMetric, 'metric')
_create = registry.get_create_func(EvalMetric, 'metric')


def create(metric, *args, **kwargs):
    """The metric of that name: "acc", "ce", "mse", ...; of a list of names or metrics, a composite;
    of a function of labels and predictions as NumPy arrays, a CustomMetric. An unknown name is an
    AssertionError."""
    if callable(metric):
        from .custom import CustomMetric  # pylint: disable=import-outside-toplevel
        return CustomMetric(metric, *args, **kwargs)
    if isinstance(metric, list):
        composite = CompositeEvalMetric()
        for each in metric:
            composite.add(create(each, *args, **kwargs))
        return composite
    return _create(metric, *args, **kwargs)


@register
@alias('composite')
class CompositeEvalMetric(EvalMetric):
    """Several metrics that are updated, reset and read as one: `get` gives lists."""

    def __init__(self, metrics=None, name='composite', output_names=None, label_names=None):
        self.metrics = [create(each) for each in metrics or ()]
        super().__init__(name, output_names=output_names, label_names=label_names,
                         has_global_stats=True)

    def add(self, metric):
        """Adds a metric, or the one of a name."""
        self.metrics.append(create(metric))

    def get_metric(self, index):
        """The metric of that number; a ValueError object, not raised, where there is none."""
        try:
            return self.metrics[index]
        except IndexError:
            return ValueError(f"there is no metric {index} among {len(self.metrics)}")

    def update_dict(self, labels, preds):  # pylint: disable=arguments-renamed
        """Each metric's update_dict, of those arrays that this one's names leave."""
        if self.label_names is not None:
            labels = OrderedDict((k, v) for k, v in labels.items() if k in self.label_names)
        if self.output_names is not None:
            preds = OrderedDict((k, v) for k, v in preds.items() if k in self.output_names)
        for metric in self.metrics:
            metric.update_dict(labels, preds)

    def update(self, labels, preds):
        """Each metric's update."""
        for metric in self.metrics:
            metric.update(labels, preds)

    def reset(self):
        """Each metric's reset."""
        for metric in self.metrics:
            metric.reset()

    def reset_local(self):
        """Each metric's reset_local."""
        for metric in self.metrics:
            metric.reset_local()

    def get(self):
        """The names and the values, as two lists."""
        return _joined(metric.get() for metric in self.metrics)

    def get_global(self):
        """The names and the values since reset, as two lists."""
        return _joined(metric.get_global() for metric in self.metrics)

    def get_config(self):
        """What `create` makes an equal metric from, with the metrics' own in a list."""
        return {**super().get_config(), 'metrics': [each.get_config() for each in self.metrics]}


def _joined(results):
    names, values = [], []
    for name, value in results:
        if isinstance(name, list):
            names += name
            values += value
        else:
            names.append(name)
            values.append(value)
    return names, values
