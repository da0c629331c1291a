"""Metrics of losses, and of users' own functions."""
from .. import _core
from .base import EvalMetric, check_label_shapes, register
from .classification import BatchMetric

__all__ = ["Loss", "Torch", "Caffe", "CustomMetric", "np"]


@register
class Loss(BatchMetric):
    """The mean of all elements of the predictions, which are losses. Labels are ignored."""

    def __init__(self, name='loss', output_names=None, label_names=None):
        super().__init__(_core.metric.Batch('loss', {}), name, output_names, label_names)

    def update(self, _, preds):  # pylint: disable=arguments-renamed
        """Adds a batch of losses, an array or a list of them."""
        super().update(None, preds)


@register
class Torch(Loss):
    """Loss under an old name."""

    def __init__(self, name='torch', output_names=None, label_names=None):
        super().__init__(name, output_names=output_names, label_names=label_names)


@register
class Caffe(Loss):
    """Loss under an old name."""

    def __init__(self, name='caffe', output_names=None, label_names=None):
        super().__init__(name, output_names=output_names, label_names=label_names)


@register
class CustomMetric(EvalMetric):
    """A user's function of labels and predictions.

    Parameters
    ----------
    feval : gets two NumPy arrays; gives a value per batch, of which the metric is the mean, or a
        pair of a sum and how many instances it goes over.
    name : the function's own, if not given.
    allow_extra_outputs : predictions beyond the number of labels are left out instead of being a
        ValueError.
    """

    def __init__(self, feval, name=None, allow_extra_outputs=False, output_names=None,
                 label_names=None):
        if name is None:
            name = feval.__name__
            if '<' in name:
                name = f"custom({name})"
        super().__init__(name, output_names=output_names, label_names=label_names,
                         feval=feval, allow_extra_outputs=allow_extra_outputs,
                         has_global_stats=True)
        self._feval = feval
        self._allow_extra_outputs = allow_extra_outputs

    def update(self, labels, preds):
        """Adds a batch, arrays or lists of them."""
        if not self._allow_extra_outputs:
            labels, preds = check_label_shapes(labels, preds, wrap=True)
        else:
            labels, preds = ([each] if not isinstance(each, (list, tuple)) else each
                             for each in (labels, preds))
        for pred, label in zip(preds, labels):
            value = self._feval(label.asnumpy(), pred.asnumpy())
            total, instances = value if isinstance(value, tuple) else (value, 1)
            self._count(total, instances)

    def get_config(self):
        """Refused: a function has no description."""
        raise NotImplementedError("a CustomMetric has no description: it is a function")


def np(numpy_feval, name=None, allow_extra_outputs=False):
    """A CustomMetric of a function of labels and predictions as NumPy arrays, under its own name
    if none is given."""
    def feval(label, pred):
        return numpy_feval(label, pred)

    feval.__name__ = numpy_feval.__name__
    return CustomMetric(feval, name, allow_extra_outputs)
