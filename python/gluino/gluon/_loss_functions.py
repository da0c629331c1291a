"""What losses are made of: operators of either face, weights, and means over samples."""
from .. import ndarray, symbol
from ..ndarray import NDArray
from ..util import is_np_array

# Legacy names of operators that the np face has under others, and those that it has in npx.
_NP_NAMES = {'broadcast_mul': 'multiply', 'broadcast_sub': 'subtract', 'broadcast_add': 'add'}
_NPX = ('relu', 'log_softmax', 'pick', 'one_hot', 'reshape_like')


class _NpFunctions:
    """The operators of the np face under the names and with the options of the legacy one."""

    def __init__(self, F):
        self._np, self._npx = F.np, F.npx

    def __getattr__(self, name):
        if name in _NPX:
            return getattr(self._npx, name)
        return getattr(self._np, _NP_NAMES.get(name, name))

    def _reduced(self, reduce, x, axis, exclude, keepdims):
        if exclude:
            axis = tuple(i for i in range(x.ndim) if i != axis % x.ndim)
        return reduce(x, axis=axis, keepdims=keepdims)

    def mean(self, x, axis=None, exclude=False, keepdims=False):
        """The mean over an axis, or over all others."""
        return self._reduced(self._np.mean, x, axis, exclude, keepdims)

    def sum(self, x, axis=None, exclude=False, keepdims=False):
        """The sum over an axis, or over all others."""
        return self._reduced(self._np.sum, x, axis, exclude, keepdims)

    def norm(self, x, axis):
        """The length of vectors."""
        return self._np.sqrt(self._np.sum(x * x, axis=axis))


class _LegacyFunctions:
    """The operators of `mx.nd` or `mx.sym`."""

    def __init__(self, F):
        self._functions = F

    def __getattr__(self, name):
        return operator(self._functions, name)

    def maximum(self, x, scalar):
        """The larger one of an element and a number."""
        return self._functions._internal._maximum_scalar(x, scalar=scalar)

    def reshape(self, x, shape):
        """In another shape."""
        return self._functions.Reshape(x, shape=shape)


_of_arrays, _of_symbols = _LegacyFunctions(ndarray), _LegacyFunctions(symbol)


def functions(F):
    """The operators of `F`, mx.nd or mx.sym, of the face in force, under legacy names."""
    if is_np_array():
        return _NpFunctions(F)
    return _of_arrays if F is ndarray else _of_symbols


def operator(F, name):
    """The operator; raises NotImplementedError that names it where there is none."""
    try:
        return getattr(F, name)
    except AttributeError:
        raise NotImplementedError(f'there is no operator {name} yet') from None


def like(F, x, y):
    """`x` in the shape of `y`, which has as many elements."""
    if isinstance(x, NDArray):
        return x if x.shape == y.shape else x.reshape(y.shape)
    try:
        return F.reshape_like(x, y)
    except NotImplementedError:
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


def masked_labels(F, label, sample_weight, batch_axis):
    """Class 0 where a sample has no weight, so that its label may be any number."""
    if not isinstance(label, NDArray):
        return label
    weight = _aligned(sample_weight, label, batch_axis)
    if weight.ndim != label.ndim:
        return label
    return F.where(F.broadcast_to(weight, shape=label.shape), label, F.zeros_like(label))


def mean_of_samples(F, loss, batch_axis):
    """The mean over all axes but the batch's."""
    if isinstance(loss, NDArray) and loss.ndim == 1:
        return loss
    return F.mean(loss, axis=batch_axis, exclude=True)
