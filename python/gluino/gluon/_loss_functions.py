"""What losses are made of: weights, labels in the predictions' shape, and means over samples."""
from ..base import MXNetError
from ..ndarray import NDArray
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


def weighted(F, loss, weight, sample_weight, batch_axis):
    """The losses times the weights of the samples, and times the weight of all."""
    if sample_weight is not None:
        loss = F.broadcast_mul(loss, _aligned(sample_weight, loss, batch_axis))
    if weight is not None:
        assert isinstance(weight, (float, int)), 'weight must be a number'
        if weight != 1:
            loss = loss * weight
    return loss


def _aligned(weight, loss, batch_axis):
    """Weights (N,) along the axis of the samples. Where shapes are not known, as they are."""
    if not isinstance(loss, NDArray) or weight.ndim == loss.ndim:
        return weight
    if weight.ndim == 1:
        shape = [1] * loss.ndim
        shape[batch_axis if loss.shape[batch_axis] == weight.shape[0] else 0] = weight.shape[0]
        return weight.reshape(tuple(shape))
    if weight.ndim < loss.ndim:
        return weight.reshape(weight.shape + (1,) * (loss.ndim - weight.ndim))
    return weight.reshape(weight.shape[:loss.ndim]) \
        if set(weight.shape[loss.ndim:]) == {1} else weight


def mean_of_samples(F, loss, batch_axis):
    """The mean over all axes but the batch's."""
    if isinstance(loss, NDArray) and loss.ndim == 1:
        return loss
    return F.mean(loss, axis=batch_axis, exclude=True)
