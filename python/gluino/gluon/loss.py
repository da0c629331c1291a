"""Losses: hybrid blocks that give one number per sample.

`weight` is a factor of every loss; `sample_weight`, broadcast to the loss, weighs samples against
each other: (N, 1, ...) of them. A shape that would make more losses of them is refused, but in
symbols that are joined outside of a network, where MXNet's broadcasting is all. The
gradient of their sum over the batch is what `backward()` computes, and `Trainer.step(batch_size)`
divides it. `batch_axis` is the axis of the samples.
"""
import math

from .. import ndarray
from ..util import is_np_array, use_np  # noqa: F401
from ._loss_functions import is_numpy, like, mean_of_samples, operators, weighted
from .block import HybridBlock

__all__ = ['Loss', 'L2Loss', 'L1Loss', 'SigmoidBinaryCrossEntropyLoss', 'SigmoidBCELoss',
           'SoftmaxCrossEntropyLoss', 'SoftmaxCELoss', 'KLDivLoss', 'CTCLoss', 'HuberLoss',
           'HingeLoss', 'SquaredHingeLoss', 'LogisticLoss', 'TripletLoss', 'PoissonNLLLoss',
           'CosineEmbeddingLoss', 'SDMLLoss']


# The names by which losses that others derive find the two.
_reshape_like = like


def _apply_weighting(F, loss, weight=None, sample_weight=None):
    """The losses times `weight`, a number, and `sample_weight`, which is broadcast to them."""
    return weighted(F, loss, weight, sample_weight)


class Loss(HybridBlock):
    """What losses share. One's own derives from it and has a `hybrid_forward`."""

    def __init__(self, weight, batch_axis, **kwargs):
        super().__init__(**kwargs)
        self._weight = weight
        self._batch_axis = batch_axis

    def __repr__(self):
        return f'{type(self).__name__}(batch_axis={self._batch_axis}, w={self._weight})'

    def hybrid_forward(self, F, x, *args, **kwargs):
        """The loss of each sample."""
        raise NotImplementedError(f'{type(self).__name__} does not say what its loss is')

    def _reduced(self, F, loss, sample_weight, weight=None):
        """The mean over all axes but the batch's of what is weighted."""
        loss = weighted(F, loss, self._weight if weight is None else weight, sample_weight)
        return mean_of_samples(F, loss, self._batch_axis)


class L2Loss(Loss):
    """Half the mean squared difference; `label` has as many elements as `pred`."""

    def __init__(self, weight=1., batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        F = operators(F, pred)
        loss = F.square(like(F, label, pred) - pred)
        return self._reduced(F, loss, sample_weight, None if self._weight is None
                             else self._weight / 2)


class L1Loss(Loss):
    """The mean absolute difference; `label` has as many elements as `pred`."""

    def __init__(self, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        F = operators(F, pred)
        loss = F.abs(like(F, label, pred) - pred)
        return self._reduced(F, loss, sample_weight)


class SigmoidBinaryCrossEntropyLoss(Loss):
    """The cross entropy of labels from 0 to 1 and sigmoid(pred), or pred itself where
    `from_sigmoid`. `pos_weight` is a factor of what label 1 adds, broadcast to the labels."""

    def __init__(self, from_sigmoid=False, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._from_sigmoid = from_sigmoid

    def hybrid_forward(self, F, pred, label, sample_weight=None, pos_weight=None):
        F = operators(F, pred)
        label = like(F, label, pred)
        of_probabilities = self._of_probabilities if self._from_sigmoid else self._of_logits
        return self._reduced(F, of_probabilities(F, pred, label, pos_weight), sample_weight)

    @staticmethod
    def _of_logits(F, pred, label, pos_weight):
        # log(1 + exp(-|x|)) never overflows.
        softplus = F.log1p(F.exp(-F.abs(pred)))
        if pos_weight is None:
            return F.relu(pred) - pred * label + softplus
        factor = F.broadcast_mul(label, pos_weight - 1) + 1
        return pred - pred * label + factor * (softplus + F.relu(-pred))

    @staticmethod
    def _of_probabilities(F, pred, label, pos_weight):
        eps = 1e-12
        positive = F.log(pred + eps) * label
        if pos_weight is not None:
            positive = F.broadcast_mul(positive, pos_weight)
        return -(positive + F.log(1. - pred + eps) * (1. - label))


SigmoidBCELoss = SigmoidBinaryCrossEntropyLoss


class SoftmaxCrossEntropyLoss(Loss):
    """-log of the probability that softmax along `axis` gives the label's class.

    Labels are class numbers, of `pred`'s shape without `axis`, where `sparse_label`; else
    probabilities of `pred`'s shape. `from_logits` says that `pred` holds log probabilities
    already. As in MXNet, the number of a class that does not exist counts as the nearest one that
    does.
    """

    def __init__(self, axis=-1, sparse_label=True, from_logits=False, weight=None, batch_axis=0,
                 **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._axis = axis
        self._sparse_label = sparse_label
        self._from_logits = from_logits

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        F = operators(F, pred)
        if not self._from_logits:
            pred = F.log_softmax(pred, axis=self._axis)
        if self._sparse_label:
            loss = -F.pick(pred, label, axis=self._axis, keepdims=True)
        else:
            loss = -F.sum(pred * like(F, label, pred), axis=self._axis, keepdims=True)
        return self._reduced(F, loss, sample_weight)


SoftmaxCELoss = SoftmaxCrossEntropyLoss


class KLDivLoss(Loss):
    """The Kullback-Leibler divergence of the distributions `label` from `pred`: log probabilities
    where `from_logits`, or else what softmax along `axis` makes them of."""

    def __init__(self, from_logits=True, axis=-1, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._from_logits = from_logits
        self._axis = axis

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        F = operators(F, pred)
        if not self._from_logits:
            pred = F.log_softmax(pred, axis=self._axis)
        loss = weighted(F, label * (F.log(label + 1e-12) - pred), self._weight,
                        sample_weight)
        return F.sum(loss, axis=self._batch_axis, exclude=True)


class CTCLoss(Loss):
    """Connectionist temporal classification (Graves et al., 2006), of sequences of predictions
    before softmax and shorter sequences of labels, which end before the first -1 or where
    `label_lengths` says. The last class is the blank."""

    def __init__(self, layout='NTC', label_layout='NT', weight=None, **kwargs):
        assert layout in ('NTC', 'TNC'), (
            f'layout: expected NTC or TNC, got {layout!r}')
        assert label_layout in ('NT', 'TN'), (
            f'label_layout: expected NT or TN, got {label_layout!r}')
        self._layout = layout
        self._label_layout = label_layout
        super().__init__(weight, label_layout.find('N'), **kwargs)

    def hybrid_forward(self, F, pred, label, pred_lengths=None, label_lengths=None,
                       sample_weight=None):
        F = operators(F, pred)
        if self._layout == 'NTC':
            pred = F.swapaxes(pred, dim1=0, dim2=1)
        if self._batch_axis == 1:
            label = F.swapaxes(label, dim1=0, dim2=1)
        ctc_loss = F.CTCLoss
        lengths = [length for length in (pred_lengths, label_lengths) if length is not None]
        loss = ctc_loss(pred, label, *lengths, use_data_lengths=pred_lengths is not None,
                        use_label_lengths=label_lengths is not None, blank_label='last')
        return weighted(F, loss, self._weight, sample_weight)


class HuberLoss(Loss):
    """Squared differences up to `rho`, and absolute ones beyond, joined smoothly."""

    def __init__(self, rho=1, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._rho = rho

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        F = operators(F, pred)
        loss = F.abs(like(F, label, pred) - pred)
        loss = F.where(loss > self._rho, loss - 0.5 * self._rho,
                       (0.5 / self._rho) * F.square(loss))
        return self._reduced(F, loss, sample_weight)


class HingeLoss(Loss):
    """max(0, margin - pred label), of labels -1 and 1."""

    def __init__(self, margin=1, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        F = operators(F, pred)
        loss = F.relu(self._margin - pred * like(F, label, pred))
        return self._reduced(F, loss, sample_weight)


class SquaredHingeLoss(Loss):
    """The square of the same."""

    def __init__(self, margin=1, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        F = operators(F, pred)
        loss = F.square(F.relu(self._margin - pred * like(F, label, pred)))
        return self._reduced(F, loss, sample_weight)


class LogisticLoss(Loss):
    """log(1 + exp(-pred label)), of labels -1 and 1, or, where `label_format` is 'binary', of
    labels 0 and 1."""

    def __init__(self, weight=None, batch_axis=0, label_format='signed', **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._label_format = label_format
        if label_format not in ('signed', 'binary'):
            raise ValueError(f'label_format: expected signed or binary, got {label_format!r}')

    def hybrid_forward(self, F, pred, label, sample_weight=None):
        F = operators(F, pred)
        label = like(F, label, pred)
        if self._label_format == 'signed':
            label = (label + 1.0) / 2.0
        loss = F.relu(pred) - pred * label + F.log1p(F.exp(-F.abs(pred)))
        return self._reduced(F, loss, sample_weight)


class TripletLoss(Loss):
    """max(0, |positive - pred|^2 - |negative - pred|^2 + margin): small where pred is nearer to
    `positive` than to `negative` by the margin."""

    def __init__(self, margin=1, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F, pred, positive, negative, sample_weight=None):
        F = operators(F, pred)
        nearer = (F.square(like(F, positive, pred) - pred) -
                  F.square(like(F, negative, pred) - pred))
        loss = F.sum(nearer, axis=self._batch_axis, exclude=True)
        return weighted(F, F.relu(loss + self._margin), self._weight, sample_weight)


class PoissonNLLLoss(Loss):
    """The negative logarithm of the probability that a Poisson distribution gives `target`; its
    mean is exp(pred) where `from_logits`, else pred. One number, the mean over all. `compute_full`
    adds Stirling's approximation of what does not depend on `pred`, for targets above 1."""

    def __init__(self, weight=None, from_logits=True, batch_axis=0, compute_full=False, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._from_logits = from_logits
        self._compute_full = compute_full

    def hybrid_forward(self, F, pred, target, sample_weight=None, epsilon=1e-08):
        F = operators(F, pred)
        target = like(F, target, pred)
        if self._from_logits:
            loss = F.exp(pred) - target * pred
        else:
            loss = pred - target * F.log(pred + epsilon)
        if self._compute_full:
            # Where it does not count, the logarithm may not exist.
            counts = target > 1
            n = F.where(counts, target, F.ones_like(target))
            loss = loss + (n * F.log(n) - n + 0.5 * F.log(2 * math.pi * n)) * counts
        loss = weighted(F, loss, self._weight, sample_weight)
        return F.mean(loss)


class CosineEmbeddingLoss(Loss):
    """Of vectors `input1` and `input2`: 1 - cos where the label is 1, max(0, cos - margin) where
    it is -1, where cos is that of the angle between them. Shape (N, 1)."""

    def __init__(self, weight=None, batch_axis=0, margin=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F, input1, input2, label, sample_weight=None):
        F = operators(F, input1)
        cosine = self._cosine(F, like(F, input1, input2), input2)
        label = F.Reshape(label, shape=(-1, 1))
        loss = ((1 - cosine) * (label == 1) +
                F.relu((cosine - self._margin) * (label == -1)))
        return weighted(F, loss, self._weight, sample_weight)

    @staticmethod
    def _cosine(F, x, y):
        def rows(values):
            return F.Reshape(values, shape=(-1, 1))
        norms = rows(F.norm(x, axis=-1)) * rows(F.norm(y, axis=-1))
        return rows(F.sum(x * y, axis=-1)) / F.broadcast_maximum(norms, 1e-12 * F.ones_like(norms))


class SDMLLoss(Loss):
    """Smoothed deep metric learning (Bonadiman, Kumar and Mittal, 2019): rows i of `x1` and `x2`
    belong together and all other pairs do not, with the probability
    1 - `smoothing_parameter`."""

    def __init__(self, smoothing_parameter=0.3, weight=1., batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)
        self.kl_loss = KLDivLoss(from_logits=True)
        self.smoothing_parameter = smoothing_parameter

    def hybrid_forward(self, F, x1, x2):
        if F is not ndarray:
            raise NotImplementedError('SDMLLoss of symbols: there is no operator that makes labels '
                                      'of the size of a batch that is not known yet')
        assert x1.shape == x2.shape, f'x2: expected shape {x1.shape} as x1 has, got {x2.shape}'
        F = operators(F, x1)
        n = x1.shape[0]
        # Squared distances of each row of x1 to each of x2, (N, N).
        differences = F.broadcast_sub(F.expand_dims(x1, axis=1), F.expand_dims(x2, axis=0))
        distances = F.sum(F.square(differences), axis=2)
        index = ndarray.arange(n, ctx=x1.context)
        index = index.as_np_ndarray() if is_numpy(x1) else index
        labels = F.one_hot(index, depth=n, dtype=x1.dtype) if n > 1 else F.ones_like(distances)
        others = self.smoothing_parameter / max(1, n - 1)
        labels = labels * (1 - self.smoothing_parameter - others) + others
        log_p = F.log_softmax(-distances, axis=1)
        return weighted(F, self.kl_loss(log_p, labels), self._weight, None)
