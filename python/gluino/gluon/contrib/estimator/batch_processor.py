"""What an Estimator does with a batch."""
from .... import autograd
from ...utils import split_and_load

__all__ = ['BatchProcessor']


class BatchProcessor:
    """Splits a batch (data, label) over the devices, and runs network and loss. Derive from it for
    networks that take something else."""

    def _split(self, batch, ctx, batch_axis=0):
        return (split_and_load(batch[0], ctx_list=ctx, batch_axis=batch_axis),
                split_and_load(batch[1], ctx_list=ctx, batch_axis=batch_axis))

    def evaluate_batch(self, estimator, val_batch, batch_axis=0):
        """Data, labels, predictions and losses of a batch of validation data, each a list with one
        entry per device."""
        data, label = self._split(val_batch, estimator.context, batch_axis)
        pred = [estimator.val_net(x) for x in data]
        loss = [estimator.val_loss(y_hat, y) for y_hat, y in zip(pred, label)]
        return data, label, pred, loss

    def fit_batch(self, estimator, train_batch, batch_axis=0):
        """The same of a batch of training data, and the gradients. The update is
        GradientUpdateHandler's."""
        data, label = self._split(train_batch, estimator.context, batch_axis)
        with autograd.record():
            pred = [estimator.net(x) for x in data]
            loss = [estimator.loss(y_hat, y) for y_hat, y in zip(pred, label)]
        autograd.backward(loss)
        return data, label, pred, loss
