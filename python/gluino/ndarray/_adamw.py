"""Steps of AdamW as functions of mx.nd.contrib, which optimizers that others derive call.

They are made of array operators. Each changes its means and variances in place, writes the new
weights to `out` and gives that.
"""
import math

from .ndarray import NDArray
from .register import operators_of

_op = operators_of("op")

__all__ = ["adamw_update", "mp_adamw_update", "multi_adamw_update", "multi_mp_adamw_update"]


def adamw_update(weight, grad, mean, var, rescale_grad, lr, eta, beta1=0.9, beta2=0.999,
                 epsilon=1e-8, wd=0, clip_gradient=-1, out=None, name=None):
    """With g = clip(rescale_grad * grad): mean = beta1 * mean + (1 - beta1) * g;
    var = beta2 * var + (1 - beta2) * g^2;
    weight -= eta * (lr * mean / (sqrt(var) + epsilon) + wd * weight).

    `rescale_grad` is a number or an array of one. Where it is 0, infinite or no number, as after an
    overflow of half precision, nothing changes. `clip_gradient` <= 0 does not clip.
    """
    out = weight if out is None else out
    scale = _number(rescale_grad)
    if scale == 0 or not math.isfinite(scale):
        out[:] = weight
        return out
    grad = grad * scale
    if clip_gradient > 0:
        grad = _op["clip"](grad, -clip_gradient, clip_gradient)
    mean[:] = beta1 * mean + (1 - beta1) * grad
    var[:] = beta2 * var + (1 - beta2) * _op["square"](grad)
    step = lr * mean / (_op["sqrt"](var) + epsilon) + wd * weight
    out[:] = weight - eta * step
    return out


def mp_adamw_update(weight, grad, mean, var, weight32, rescale_grad, lr, eta, out=None, name=None,
                    **options):
    """adamw_update of `weight32`, a float32 copy of a weight of half precision, which gets its
    values."""
    out = weight if out is None else out
    adamw_update(weight32, grad.astype("float32"), mean, var, rescale_grad, lr, eta, **options)
    out[:] = weight32
    return out


def multi_adamw_update(weights, grads, mean, var, rescale_grad, lrs, wds, etas, out=None,
                       name=None, size=0, **options):
    """adamw_update of each weight of a list, with the rates and decays of three lists."""
    rescale_grad = _number(rescale_grad)
    out = weights if out is None else out
    return [adamw_update(*arrays, rescale_grad, lr, eta, wd=wd, out=target, **options)
            for *arrays, lr, wd, eta, target
            in zip(weights, grads, mean, var, lrs, wds, etas, out)]


def multi_mp_adamw_update(weights, grads, mean, var, weights32, rescale_grad, lrs, wds, etas,
                          out=None, name=None, size=0, **options):
    """mp_adamw_update of each weight of a list, with the rates and decays of three lists."""
    rescale_grad = _number(rescale_grad)
    out = weights if out is None else out
    return [mp_adamw_update(*arrays, rescale_grad, lr, eta, wd=wd, out=target, **options)
            for *arrays, lr, wd, eta, target
            in zip(weights, grads, mean, var, weights32, lrs, wds, etas, out)]


def _number(value):
    return float(value.asscalar() if isinstance(value, NDArray) else value)
