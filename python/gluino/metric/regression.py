"""Metrics of networks that predict numbers."""
import math

from .. import _core
from ..ndarray import maximum, norm
from .base import EvalMetric, alias, as_pairs, check_label_shapes, register
from .classification import BatchMetric

__all__ = ["MAE", "MSE", "RMSE", "PearsonCorrelation", "MeanPairwiseDistance",
           "MeanCosineSimilarity"]


@register
class MAE(BatchMetric):
    """The mean over batches of the mean absolute error. Labels and predictions have one shape;
    (N,) and (N, 1) count as the same."""

    def __init__(self, name='mae', output_names=None, label_names=None):
        super().__init__(_core.metric.Batch('mae', {}), name, output_names, label_names)


@register
class MSE(BatchMetric):
    """The mean over batches of the mean squared error. Shapes as in MAE."""

    def __init__(self, name='mse', output_names=None, label_names=None):
        super().__init__(_core.metric.Batch('mse', {}), name, output_names, label_names)


@register
class RMSE(BatchMetric):
    """The mean over batches of the root of the mean squared error. Shapes as in MAE."""

    def __init__(self, name='rmse', output_names=None, label_names=None):
        super().__init__(_core.metric.Batch('rmse', {}), name, output_names, label_names)


class _Moments:
    """Means, and sums of squared and mixed distances from them, of what was seen so far, joined as
    in Chan, Golub and LeVeque, 1983."""

    def __init__(self):
        self.count = 0
        self.mean_x = self.mean_y = self.xx = self.yy = self.xy = 0.

    def add(self, count, mean_x, mean_y, xx, yy, xy):
        if count == 0:
            return
        total = self.count + count
        dx, dy = mean_x - self.mean_x, mean_y - self.mean_y
        shared = self.count * count / total
        self.xx += xx + dx * dx * shared
        self.yy += yy + dy * dy * shared
        self.xy += xy + dx * dy * shared
        share = count / total  # first, as 0.1 * 3 / 3 is not 0.1
        self.mean_x += dx * share
        self.mean_y += dy * share
        self.count = total

    def correlation(self):
        spread = math.sqrt(self.xx * self.yy)
        return self.xy / spread if spread > 0 else math.nan


@register
@alias('pearsonr')
class PearsonCorrelation(EvalMetric):
    """How far predictions follow labels linearly, from -1 to 1; NaN where either does not vary.

    Parameters
    ----------
    average : "macro", the mean of the batches' values; "micro", the value of all elements together.
    """

    def __init__(self, name='pearsonr', output_names=None, label_names=None, average='macro'):
        self.average = average
        super().__init__(name, output_names=output_names, label_names=label_names,
                         has_global_stats=True)

    def reset_micro(self):
        """Forgets what was counted for the value of all elements together."""
        self._moments = _Moments()
        self._global_moments = _Moments()

    def reset(self):
        """Forgets all that was counted."""
        super().reset()
        self.reset_micro()

    def reset_local(self):
        """Forgets what was counted since the last call; what is counted over all stays."""
        super().reset_local()
        self._moments = _Moments()

    def update(self, labels, preds):
        """Adds a batch of arrays of one shape, or lists of them."""
        for label, pred in as_pairs(labels, preds):
            check_label_shapes(label, pred, shape=True)
            found = _core.metric.moments(label, pred)
            batch = _Moments()
            for moments in (batch, self._moments, self._global_moments):
                moments.add(*found)
            self._count(batch.correlation() if self.average == 'macro' else 0., 1)

    def update_variance(self, new_values, *aggregate):
        """Not there: what is counted lies in the library."""
        raise NotImplementedError("PearsonCorrelation.update_variance: call update")

    def update_cov(self, label, pred):
        """Not there: what is counted lies in the library."""
        raise NotImplementedError("PearsonCorrelation.update_cov: call update")

    def get(self):
        """The name and the value since reset_local."""
        if self.average == 'macro' or self.num_inst == 0:
            return super().get()
        return self.name, self._moments.correlation()

    def get_global(self):
        """The name and the value since reset."""
        if self.average == 'macro' or self.global_num_inst == 0:
            return super().get_global()
        return self.name, self._global_moments.correlation()


class _PerRow(EvalMetric):
    """The mean of a number for each row of labels and predictions of one shape."""

    def __init__(self, name, output_names, label_names, **kwargs):
        super().__init__(name, output_names=output_names, label_names=label_names,
                         has_global_stats=True, **kwargs)

    def _numbers(self, label, pred):
        raise NotImplementedError

    def update(self, labels, preds):
        """Adds a batch of arrays of one shape, or lists of them."""
        for label, pred in as_pairs(labels, preds):
            check_label_shapes(label, pred, shape=True)
            numbers = self._numbers(label.as_nd_ndarray(), pred.as_nd_ndarray())
            self._count(float(numbers.sum().asscalar()), numbers.size)


@register
@alias('mpd')
class MeanPairwiseDistance(_PerRow):
    """The mean distance of the rows of predictions from those of labels. MXNet 2.0's.

    Parameters
    ----------
    p : the norm, sum(|x|^p)^(1/p).
    """

    def __init__(self, name='mpd', output_names=None, label_names=None, p=2):
        super().__init__(name, output_names, label_names, p=p)
        self.p = p

    def _numbers(self, label, pred):
        return ((label - pred).abs() ** self.p).sum(axis=-1) ** (1. / self.p)


@register
@alias('cos_sim')
class MeanCosineSimilarity(_PerRow):
    """The mean cosine of the angle between rows of labels and predictions. MXNet 2.0's.

    Parameters
    ----------
    eps : the product of the rows' lengths is at least this.
    """

    def __init__(self, name='cos_sim', output_names=None, label_names=None, eps=1e-8):
        super().__init__(name, output_names, label_names, eps=eps)
        self.eps = eps

    def _numbers(self, label, pred):
        lengths = norm(label, axis=-1) * norm(pred, axis=-1)
        return (label * pred).sum(axis=-1) / maximum(lengths, self.eps)
