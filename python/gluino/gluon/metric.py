"""Metrics as MXNet 2.0 has them, which are here and no longer in `mx.metric`.

Those that count samples or elements over all batches, where 1.9.1's take the mean of batches, are
defined here; the others are those of `gluino.metric`.
"""
import math

import numpy as _numpy

from .. import _core
from .. import metric as _metric
from ..metric import *  # noqa: F401,F403
from ..metric import EvalMetric, check_label_shapes
from ..metric.base import as_pairs
from ..metric.classification import _Counts

__all__ = [name for name in _metric.__all__ if name not in ('Caffe', 'NegativeLogLikelihood')]

_names: dict[str, type] = {}


def _named(*names):
    """Registers a class under its own name and these for this module's `create`."""
    def register(kind):
        for name in (kind.__name__, *names):
            _names[name.lower()] = kind
        return kind
    return register


def create(metric, *args, **kwargs):
    """The metric of that name, of a function, or of a list of these; see `gluino.metric`."""
    if isinstance(metric, str) and metric.lower() in _names:
        return _names[metric.lower()](*args, **kwargs)
    if isinstance(metric, list):
        return CompositeEvalMetric([create(each, *args, **kwargs) for each in metric])
    return _metric.create(metric, *args, **kwargs)


@_named('composite')
class CompositeEvalMetric(_metric.CompositeEvalMetric):
    """Several metrics that are updated, reset and read as one: `get` gives lists."""

    def __init__(self, metrics=None, name='composite', output_names=None, label_names=None):
        super().__init__([create(each) for each in metrics or ()], name, output_names, label_names)

    def add(self, metric):
        """Adds a metric, or the one of a name."""
        super().add(create(metric))


class _Elements(EvalMetric):
    """The mean of a number for each element of labels and predictions of one shape."""

    def __init__(self, name, output_names=None, label_names=None):
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def _numbers(self, difference):
        raise NotImplementedError

    def update(self, labels, preds):
        """Adds a batch, arrays or lists of them. (N,) and (N, 1) count as the same shape."""
        for label, pred in as_pairs(labels, preds):
            if label.size == pred.size and {len(label.shape), len(pred.shape)} == {1, 2}:
                label, pred = label.reshape((-1,)), pred.reshape((-1,))
            check_label_shapes(label, pred, shape=True)
            difference = label.as_nd_ndarray() - pred.as_nd_ndarray()
            self._count(float(self._numbers(difference).sum().asscalar()), difference.size)


@_named()
class MAE(_Elements):
    """The mean absolute error of all elements."""

    def __init__(self, name='mae', output_names=None, label_names=None):
        super().__init__(name, output_names, label_names)

    def _numbers(self, difference):
        return difference.abs()


@_named()
class MSE(_Elements):
    """The mean squared error of all elements."""

    def __init__(self, name='mse', output_names=None, label_names=None):
        super().__init__(name, output_names, label_names)

    def _numbers(self, difference):
        return difference.square()


@_named()
class RMSE(MSE):
    """The root of the mean squared error of all elements."""

    def __init__(self, name='rmse', output_names=None, label_names=None):
        super().__init__(name, output_names, label_names)

    def _mean(self, total, instances):
        return math.sqrt(total / instances) if instances else math.nan


@_named('ce')
class CrossEntropy(EvalMetric):
    """The mean of -log(probability of the label + eps).

    Parameters
    ----------
    ignore_label : samples with this label do not count; None: all count.
    axis : that of the classes in predictions, which are probabilities.
    from_logits : predictions are what a softmax makes probabilities of; then without eps.
    """

    def __init__(self, eps=1e-12, ignore_label=None, axis=-1, from_logits=False,
                 name='cross-entropy', output_names=None, label_names=None):
        super().__init__(name, output_names, label_names, has_global_stats=True, eps=eps,
                         ignore_label=ignore_label, axis=axis, from_logits=from_logits)
        self.eps, self.ignore_label = eps, ignore_label
        self.axis, self.from_logits = axis, from_logits

    def update(self, labels, preds):
        """Adds a batch, arrays or lists of them. A label that is no class is a ValueError."""
        for label, pred in as_pairs(labels, preds):
            label, pred = label.as_nd_ndarray(), pred.as_nd_ndarray()
            if label.size * pred.shape[self.axis] != pred.size:
                raise ValueError(f'labels of shape {label.shape} do not fit predictions of shape '
                                 f'{pred.shape}')
            axis = self.axis % pred.ndim
            pred = pred.transpose((*(i for i in range(pred.ndim) if i != axis), axis))
            if self.from_logits:  # in double, so that small ones do not vanish
                pred = pred.astype('float64').softmax(axis=-1)
            self._count(*_core.metric.negative_logs(label, pred, 0. if self.from_logits else
                                                    self.eps, -math.inf, self.ignore_label))


@_named()
class Perplexity(CrossEntropy):
    """e to the CrossEntropy of all samples."""

    def __init__(self, eps=1e-12, ignore_label=None, axis=-1, from_logits=False,
                 name='perplexity', output_names=None, label_names=None):
        super().__init__(eps, ignore_label, axis, from_logits, name, output_names, label_names)

    def _mean(self, total, instances):
        return math.exp(total / instances) if instances else math.nan


@_named('pearsonr')
class PearsonCorrelation(_metric.PearsonCorrelation):
    """How far predictions follow labels linearly, over all elements; NaN where either does not
    vary."""

    def __init__(self, name='pearsonr', output_names=None, label_names=None):
        super().__init__(name, output_names, label_names, average='micro')


@_named()
class MCC(_metric.MCC):
    """Matthews' correlation coefficient of two classes, over all samples."""

    def __init__(self, name='mcc', output_names=None, label_names=None):
        super().__init__(name, output_names, label_names, average='micro')


@_named()
class Fbeta(EvalMetric):
    """The harmonic mean of precision and of recall, which has the weight beta^2.

    Parameters
    ----------
    class_type : "binary", of class 1 of two: predictions are its probabilities, or scores of both
        classes in the last axis; "multiclass": scores along the last axis, or classes; "multilabel":
        labels and probabilities (N, classes).
    threshold : probabilities above it count as 1.
    average : "micro", of all classes together; "macro", the mean of the classes' values; None: an
        array of these.
    """

    def __init__(self, name='fbeta', output_names=None, label_names=None, class_type='binary',
                 beta=1, threshold=0.5, average='micro'):
        for what, given, choices in (('class_type', class_type, tuple(self._ways)),
                                     ('average', average, ('micro', 'macro', None))):
            if given not in choices:
                raise ValueError(f'{type(self).__name__}: {what}: expected one of {choices}, '
                                 f'got {given!r}')
        self.class_type, self.beta = class_type, beta
        self.threshold, self.average = threshold, average
        super().__init__(name, output_names, label_names, class_type=class_type,
                         threshold=threshold, average=average)

    def reset(self):
        """Forgets all that was counted."""
        super().reset()
        self._classes = []

    reset_local = reset

    def update(self, labels, preds):
        """Adds a batch, arrays or lists of them. Labels that are no classes are a ValueError."""
        for label, pred in as_pairs(labels, preds):
            found = self._ways[self.class_type](self, label.as_nd_ndarray(), pred.as_nd_ndarray())
            for place, counts in enumerate(found):
                if place == len(self._classes):
                    self._classes.append(_Counts())
                self._classes[place].add(*counts)
            self.num_inst += label.size

    def _binary(self, label, pred):
        if pred.size == 2 * label.size:
            pred = pred.slice_axis(axis=-1, begin=1, end=2)
        check_label_shapes(label.reshape((-1,)), pred.reshape((-1,)), shape=True)
        yield _core.metric.binary_counts(label.reshape((-1,)),
                                         predict_with_threshold(pred, self.threshold).reshape((-1,)))

    def _multiclass(self, label, pred):
        matrix = _core.metric.confusion(label, pred, len(self._classes) or 2).asnumpy()
        for place, row in enumerate(matrix):
            hits, column = int(row[place]), int(matrix[:, place].sum())
            false_alarms, misses = int(row.sum()) - hits, column - hits
            yield hits, false_alarms, misses, int(matrix.sum()) - hits - false_alarms - misses

    def _multilabel(self, label, pred):
        check_label_shapes(label, pred, shape=True)
        pred = predict_with_threshold(pred, self.threshold)
        for place in range(label.shape[-1]):
            part = {'axis': -1, 'begin': place, 'end': place + 1}
            yield _core.metric.binary_counts(label.slice_axis(**part).reshape((-1,)),
                                             pred.slice_axis(**part).reshape((-1,)))

    _ways = {'binary': _binary, 'multiclass': _multiclass, 'multilabel': _multilabel}

    def get(self):
        """The name and the value, a float; an array without an average; NaN when nothing was
        counted."""
        if not self._classes:
            return self.name, math.nan
        if self.average == 'micro':
            together = _Counts()
            for each in self._classes:
                together.add(each.hits, each.false_alarms, each.misses, each.rejections)
            return self.name, together.fbeta(self.beta)
        values = _numpy.array([each.fbeta(self.beta) for each in self._classes])
        return self.name, values if self.average is None else float(values.mean())


@_named()
class F1(Fbeta):
    """The harmonic mean of precision and recall; options as those of Fbeta."""

    def __init__(self, name='f1', output_names=None, label_names=None, class_type='binary',
                 threshold=0.5, average='micro'):
        super().__init__(name, output_names, label_names, class_type, 1, threshold, average)


def predict_with_threshold(pred, threshold=0.5):
    """1 where a probability is above the threshold, a number or one per class along the last axis;
    else 0."""
    if isinstance(threshold, (list, tuple, _numpy.ndarray)):
        from ..ndarray import array, broadcast_greater
        return broadcast_greater(pred, array(threshold, dtype=pred.dtype).reshape((1, -1)))
    return pred > threshold


def __getattr__(name):
    return getattr(_metric, name)
