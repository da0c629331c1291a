"""What losses are made of: weights, labels in the predictions' shape, and means over samples."""
import numbers
import operator

from ..base import MXNetError
from ..ndarray import NDArray
from ._nested import is_numpy, is_tracing, traced_shape
from .nn._faces import operators


def like(F, x, y):
    """`x` in the shape of `y`, which has as many elements."""
    if isinstance(x, NDArray):
        return x if x.shape == y.shape else x.reshape(y.shape)
    try:
        return F.reshape_like(x, y)
    except (NotImplementedError, MXNetError):
        # Without that operator a graph takes inputs of one shape only; others it refuses.
        return x


def weighted(F, loss, weight, sample_weight):
    """The losses times the weights of the samples, and times the weight of all."""
    if sample_weight is not None:
        # Types of the NumPy interface may differ.
        times = operator.mul if is_numpy(loss) else F.broadcast_mul
        if isinstance(loss, NDArray):
            loss = times(loss, _aligned(F, sample_weight, sample_weight.shape, loss, loss.shape))
        else:
            shapes = [traced_shape(each) for each in (sample_weight, loss)]
            if None not in shapes:
                sample_weight = _aligned(F, sample_weight, shapes[0], loss, shapes[1])
            product = times(loss, sample_weight)
            # A network's graph refuses weights of another shape that come later. Symbols that a
            # program joins, for a Module, know no shapes yet: there all is MXNet's broadcasting.
            keeps = is_tracing() and (None in shapes or not _repeats(*shapes))
            loss = like(F, product, loss) if keeps else product
    if weight is not None:
        assert isinstance(weight, numbers.Real), f'weight: expected a number, got {weight!r}'
        if weight != 1:
            loss = loss * weight
    return loss


def _aligned(F, weight, shape, loss, losses):
    """Weights that are broadcast to the losses. As many as there are losses, one for each, may
    have another shape: (N,) for (N, 1), where MXNet multiplies all by all."""
    if len(shape) <= len(losses) and all(
            n in (1, of) for n, of in zip(reversed(shape), reversed(losses))):
        return weight
    if _without_ones(shape) == _without_ones(losses):
        return like(F, weight, loss)
    if _repeats(shape, losses):
        return weight
    raise ValueError('sample_weight: expected a shape that can be broadcast to the losses\' '
                     f'{losses}, got {shape}; weights of samples are '
                     f'{losses[:1] + (1,) * (len(losses) - 1)}')


def _repeats(shape, losses):
    """Whether weights of as many axes, and as many samples, repeat losses along axes of size 1:
    (N, T, C) for (N, T, 1), masks in the shape of labels that are no classes."""
    return (len(shape) == len(losses) and shape[:1] == losses[:1] and
            all(n == of or 1 in (n, of) for n, of in zip(shape, losses)) and
            any(n > of for n, of in zip(shape, losses)))


def _without_ones(shape):
    return [n for n in shape if n != 1]


def mean_of_samples(F, loss, batch_axis):
    """The mean over all axes but the batch's."""
    if isinstance(loss, NDArray) and loss.ndim == 1:
        return loss
    return F.mean(loss, axis=batch_axis, exclude=True)
