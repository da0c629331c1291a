"""What steps made of array operators share."""
import numbers

from ..ndarray import clip, square


def legacy(array):
    """The same array as `mx.nd` has it, whose operators the steps are made of."""
    return array.as_nd_ndarray()


def legacy_arrays(state):
    """The arrays of a state as `mx.nd` has them; None stays."""
    return tuple(None if each is None else each.as_nd_ndarray() for each in state)


def clipped(optimizer, grad, decay=None):
    """The rescaled gradient, with `decay` added, within the optimizer's bounds."""
    grad = grad * optimizer.rescale_grad
    if decay is not None:
        grad = grad + decay
    most = optimizer.clip_gradient
    return grad if most is None or most < 0 else clip(grad, -most, most)


def bound(optimizer):
    """The bound of each element of a gradient as update operators take it: below 0 for none,
    which 0 means, too."""
    return optimizer.clip_gradient if optimizer.clip_gradient else -1.


def bound_of_any(optimizer):
    """`bound` of those optimizers that 0 stops."""
    return -1. if optimizer.clip_gradient is None else optimizer.clip_gradient


def number(what, value):
    """An option of a step, which must be a number: anything else is a TypeError."""
    if type(value) is float or isinstance(value, numbers.Real):
        return value
    raise TypeError(f"optimizer: {what}: expected a number, got {value!r}")


def moved_means(optimizer, grad, state):
    """The running means of gradients and of their squares, a step further."""
    mean, var = legacy_arrays(state)
    mean[:] = optimizer.beta1 * mean + (1. - optimizer.beta1) * grad
    var[:] = optimizer.beta2 * var + (1. - optimizer.beta2) * square(grad)
    return mean, var
