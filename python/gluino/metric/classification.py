"""Metrics of networks that choose among classes."""
import math

import numpy

from .. import _core
from .base import EvalMetric, alias, as_pairs, check_label_shapes, register

__all__ = ["Accuracy", "TopKAccuracy", "CrossEntropy", "NegativeLogLikelihood", "Perplexity",
           "F1", "Fbeta", "MCC", "PCC", "BinaryAccuracy"]


class BatchMetric(EvalMetric):
    """A metric whose sum over a batch the library computes."""

    def __init__(self, counter, name, output_names, label_names, **kwargs):
        self._batch = counter
        super().__init__(name, output_names=output_names, label_names=label_names,
                         has_global_stats=True, **kwargs)

    def update(self, labels, preds):
        """Adds a batch, arrays or lists of them. What does not fit is a ValueError."""
        total, instances = self._batch(labels, preds)
        # As _count does; this is called for every batch.
        self.sum_metric += total
        self.num_inst += instances
        self.global_sum_metric += total
        self.global_num_inst += instances


@register
@alias('acc')
class Accuracy(BatchMetric):
    """The share of predictions that equal the label. A prediction of another shape than its label
    holds scores, of which the first largest along `axis` counts; fractions are cut off."""

    def __init__(self, axis=1, name='accuracy', output_names=None, label_names=None):
        super().__init__(_core.metric.Batch('accuracy', {'axis': axis}), name, output_names,
                         label_names, axis=axis)
        self.axis = axis


@register
@alias('top_k_accuracy', 'top_k_acc')
class TopKAccuracy(BatchMetric):
    """The share of samples whose label is among the `top_k` classes with the largest scores.

    Predictions are scores (N, classes). The name gets "_<top_k>" at its end.
    """

    def __init__(self, top_k=1, name='top_k_accuracy', output_names=None, label_names=None):
        assert top_k > 1, f"top_k: expected at least 2, got {top_k}; Accuracy is for 1"
        super().__init__(_core.metric.Batch('top_k_accuracy', {'top_k': top_k}),
                         f"{name}_{top_k}", output_names, label_names, top_k=top_k)
        self.top_k = top_k

    def update(self, labels, preds):
        """Adds a batch, arrays or lists of them."""
        for each in preds if isinstance(preds, (list, tuple)) else [preds]:
            assert len(each.shape) <= 2, f"expected scores (N, classes), got {each.shape}"
        super().update(labels, preds)


class _NegativeLogs(EvalMetric):
    """The mean of -log(probability of the label + eps)."""

    def __init__(self, eps, name, output_names, label_names):
        super().__init__(name, output_names=output_names, label_names=label_names,
                         has_global_stats=True, eps=eps)
        self.eps = eps

    def update(self, labels, preds):
        """Adds a batch, arrays or lists of them. A label that is no class is a ValueError."""
        self._count(*_core.metric.negative_logs(labels, preds, self.eps, -math.inf, None))


@register
@alias('ce')
class CrossEntropy(_NegativeLogs):
    """The mean of -log(probability of the label + eps). Predictions are probabilities
    (N, classes)."""

    def __init__(self, eps=1e-12, name='cross-entropy', output_names=None, label_names=None):
        super().__init__(eps, name, output_names, label_names)


@register
@alias('nll_loss')
class NegativeLogLikelihood(_NegativeLogs):
    """The same as CrossEntropy under another name."""

    def __init__(self, eps=1e-12, name='nll-loss', output_names=None, label_names=None):
        super().__init__(eps, name, output_names, label_names)


@register
class Perplexity(EvalMetric):
    """e to the mean of -log(probability of the label), probabilities taken as 1e-10 at least.

    Parameters
    ----------
    ignore_label : samples with this label do not count; None: all count.
    axis : that of the classes in predictions.
    """

    def __init__(self, ignore_label, axis=-1, name='perplexity', output_names=None,
                 label_names=None):
        super().__init__(name, output_names=output_names, label_names=label_names,
                         has_global_stats=True, ignore_label=ignore_label)
        self.ignore_label = ignore_label
        self.axis = axis

    def update(self, labels, preds):
        """Adds a batch, arrays or lists of them. A label that is no class is a ValueError."""
        for label, pred in as_pairs(labels, preds):
            assert label.size * pred.shape[self.axis] == pred.size, (
                f"labels of shape {label.shape} do not fit predictions of shape {pred.shape}")
            if self.axis not in (-1, len(pred.shape) - 1):
                axis = self.axis % len(pred.shape)
                others = [i for i in range(len(pred.shape)) if i != axis]
                pred = pred.transpose((*others, axis))
            self._count(*_core.metric.negative_logs(label, pred, 0., 1e-10, self.ignore_label))

    def _mean(self, total, instances):
        return math.exp(total / instances) if instances else math.nan


class _Counts:
    """How often one of two classes was found, taken wrongly, missed, and left rightly."""

    def __init__(self):
        self.hits = self.false_alarms = self.misses = self.rejections = 0

    def add(self, hits, false_alarms, misses, rejections):
        self.hits += hits
        self.false_alarms += false_alarms
        self.misses += misses
        self.rejections += rejections

    @property
    def samples(self):
        return self.hits + self.false_alarms + self.misses + self.rejections

    def fbeta(self, beta):
        """The harmonic mean of precision and recall, the latter with the weight beta^2."""
        weight = beta * beta
        below = (1 + weight) * self.hits + weight * self.misses + self.false_alarms
        return (1 + weight) * self.hits / below if self.hits else 0.

    def correlation(self):
        """Matthews' coefficient, -1 to 1; a sum that is 0 counts as 1."""
        if not self.samples:
            return 0.
        sums = (self.hits + self.false_alarms, self.hits + self.misses,
                self.rejections + self.false_alarms, self.rejections + self.misses)
        product = math.prod(each or 1 for each in sums)
        return ((self.hits * self.rejections - self.false_alarms * self.misses) /
                math.sqrt(product))


class _Binary(EvalMetric):
    """A value of the counts of two classes: the mean over batches ("macro"), or of all samples
    together ("micro")."""

    def __init__(self, name, output_names, label_names, average):
        self.average = average
        self._counts = _Counts()
        self._global_counts = _Counts()
        super().__init__(name, output_names=output_names, label_names=label_names,
                         has_global_stats=True)

    def _value(self, counts):
        raise NotImplementedError

    def _batch_counts(self, label, pred):
        return _core.metric.binary_counts(label, pred)

    def update(self, labels, preds):
        """Adds a batch of labels 0 and 1, and scores (N, classes) or classes 0 and 1 (N,), or lists of
        them. Other labels and classes are a ValueError."""
        batch = _Counts()
        for label, pred in as_pairs(labels, preds):
            found = self._batch_counts(label, pred)
            for counts in (batch, self._counts, self._global_counts):
                counts.add(*found)
        if self.average == 'macro':
            self._count(self._value(batch), 1)
            return
        self.num_inst = self._counts.samples
        self.sum_metric = self._value(self._counts) * self.num_inst
        self.global_num_inst = self._global_counts.samples
        self.global_sum_metric = self._value(self._global_counts) * self.global_num_inst

    def reset(self):
        """Forgets all that was counted."""
        super().reset()
        self._counts = _Counts()
        self._global_counts = _Counts()

    def reset_local(self):
        """Forgets what was counted since the last call; what is counted over all stays."""
        super().reset_local()
        self._counts = _Counts()


@register
class F1(_Binary):
    """The harmonic mean of precision and recall of class 1 of two; 0 where neither is above 0.

    Parameters
    ----------
    average : "macro", the mean of the batches' values; "micro", the value of all samples together.
    """

    def __init__(self, name='f1', output_names=None, label_names=None, average="macro"):
        super().__init__(name, output_names, label_names, average)

    def _value(self, counts):
        return counts.fbeta(1)


def _needs_binary(who, class_type):
    if class_type != 'binary':
        raise NotImplementedError(f"{who}: class_type {class_type!r}: only 'binary' is there")


@register
class Fbeta(_Binary):
    """The harmonic mean of precision and of recall, which has the weight beta^2, of class 1 of two.

    MXNet 2.0's. Predictions are scores (N, 2), or probabilities of the labels' shape, which count
    as 1 above `threshold`. Of class types there is "binary".
    """

    def __init__(self, name="fbeta", output_names=None, label_names=None, class_type="binary",
                 beta=1, threshold=0.5, average="micro"):
        _needs_binary('Fbeta', class_type)
        self.beta = beta
        self.threshold = threshold
        super().__init__(name, output_names, label_names, average)

    def _value(self, counts):
        return counts.fbeta(self.beta)

    def _batch_counts(self, label, pred):
        if pred.shape == label.shape:
            pred = pred > self.threshold
        return super()._batch_counts(label, pred)


@register
class BinaryAccuracy(EvalMetric):
    """The share of probabilities that are above `threshold` where the label is 1, and not where it
    is 0. MXNet 2.0's."""

    def __init__(self, name='binary_accuracy', output_names=None, label_names=None,
                 threshold=0.5):
        self.threshold = threshold
        super().__init__(name, output_names=output_names, label_names=label_names,
                         has_global_stats=True, threshold=threshold)

    def update(self, labels, preds):
        """Adds a batch: labels 0 and 1, probabilities of the same number; or lists of them."""
        for label, pred in as_pairs(labels, preds):
            check_label_shapes(label, pred, shape=True)
            hits, false_alarms, misses, rejections = _core.metric.binary_counts(
                label, pred > self.threshold)
            self._count(hits + rejections, hits + false_alarms + misses + rejections)


@register
class MCC(_Binary):
    """Matthews' correlation coefficient of two classes, -1 to 1 (Matthews, 1975).

    Parameters
    ----------
    average : "macro", the mean of the batches' values; "micro", the value of all samples together.
    """

    def __init__(self, name='mcc', output_names=None, label_names=None, average="macro"):
        super().__init__(name, output_names, label_names, average)

    def _value(self, counts):
        return counts.correlation()


@register
class PCC(EvalMetric):
    """Pearson's correlation of labels and predictions for any number of classes, which for two is
    MCC's (Gorodkin, 2004). The number of classes grows with those that are met.

    Predictions are scores (N, classes), or classes of the labels' shape.
    """

    def __init__(self, name='pcc', output_names=None, label_names=None, has_global_stats=True):
        self.k = 2
        super().__init__(name, output_names=output_names, label_names=label_names,
                         has_global_stats=has_global_stats)

    @staticmethod
    def _correlation(counts):
        total = counts.sum()
        if total == 0:
            return math.nan
        of_preds, of_labels = counts.sum(axis=1), counts.sum(axis=0)
        together = (numpy.trace(counts) * total - of_preds @ of_labels) / total ** 2
        spread = ((total ** 2 - of_preds @ of_preds) * (total ** 2 - of_labels @ of_labels) /
                  total ** 4)
        return float(together / math.sqrt(spread)) if spread > 0 else math.nan

    def update(self, labels, preds):
        """Adds a batch, arrays or lists of them."""
        for label, pred in as_pairs(labels, preds):
            counts = _core.metric.confusion(label, pred, self.k).asnumpy().astype(numpy.float64)
            grown = len(counts) - self.k
            if grown:
                self.lcm = numpy.pad(self.lcm, ((0, grown), (0, grown)))
                self.gcm = numpy.pad(self.gcm, ((0, grown), (0, grown)))
                self.k = len(counts)
            self.lcm += counts
            self.gcm += counts
        self.num_inst += 1
        self.global_num_inst += 1

    @property
    def sum_metric(self):
        """The value since reset_local."""
        return self._correlation(self.lcm) * self.num_inst

    @property
    def global_sum_metric(self):
        """The value since reset."""
        return self._correlation(self.gcm) * self.global_num_inst

    def reset(self):
        """Forgets all that was counted."""
        self.global_num_inst = 0.
        self.gcm = numpy.zeros((self.k, self.k))
        self.reset_local()

    def reset_local(self):
        """Forgets what was counted since the last call; what is counted over all stays."""
        self.num_inst = 0.
        self.lcm = numpy.zeros((self.k, self.k))
