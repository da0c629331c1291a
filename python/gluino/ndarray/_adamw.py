"""Steps of AdamW and AdaBelief as functions of mx.nd.contrib, whose factor of the gradients may be a
number."""
import numpy

from .ndarray import NDArray, full
from .register import operators_of

_internal = operators_of("_internal")

__all__ = ["adabelief_update", "adamw_update", "mp_adabelief_update", "mp_adamw_update",
           "multi_adabelief_update", "multi_adamw_update", "multi_mp_adabelief_update",
           "multi_mp_adamw_update"]


def adamw_update(weight, grad, mean, var, rescale_grad, lr, eta, beta1=0.9, beta2=0.999,
                 epsilon=1e-8, wd=0, clip_gradient=-1, out=None, name=None):
    """With g = clip(rescale_grad * grad): mean = beta1 * mean + (1 - beta1) * g;
    var = beta2 * var + (1 - beta2) * g^2;
    weight -= eta * (lr * mean / (sqrt(var) + epsilon) + wd * weight).

    `rescale_grad` is a number or an array of one. Where it is 0, infinite or no number, as after an
    overflow of half precision, nothing changes. `clip_gradient` < 0 does not clip. The weight
    changes where it is `out`, as in all updates; mean and var always do.
    """
    return _internal["_adamw_update"](
        weight, grad, mean, var, _factor(rescale_grad, mean), out=out, lr=lr, eta=eta,
        beta1=beta1, beta2=beta2, epsilon=epsilon, wd=wd, clip_gradient=clip_gradient)


def mp_adamw_update(weight, grad, mean, var, weight32, rescale_grad, lr, eta, out=None, name=None,
                    **options):
    """adamw_update of `weight32`, a float32 copy of a weight of half precision, which gets its
    values."""
    return _internal["_mp_adamw_update"](
        weight, grad, mean, var, weight32, _factor(rescale_grad, mean), out=out, lr=lr,
        eta=eta, **options)


def multi_adamw_update(weights, grads, mean, var, rescale_grad, lrs, wds, etas, out=None,
                       name=None, size=0, **options):
    """adamw_update of each weight of a list, with the rates and decays of three lists."""
    return _several("_multi_adamw_update", (weights, grads, mean, var), rescale_grad,
                    (lrs, wds, etas), out, size, options)


def multi_mp_adamw_update(weights, grads, mean, var, weights32, rescale_grad, lrs, wds, etas,
                          out=None, name=None, size=0, **options):
    """mp_adamw_update of each weight of a list, with the rates and decays of three lists."""
    return _several("_multi_mp_adamw_update", (weights, grads, mean, var, weights32), rescale_grad,
                    (lrs, wds, etas), out, size, options)


def adabelief_update(weight, grad, mean, var, rescale_grad, lr, eta, beta1=0.9, beta2=0.999,
                     epsilon=1e-8, wd=0, clip_gradient=-1, out=None, name=None):
    """With g = clip(rescale_grad * grad + wd * weight): mean = beta1 * mean + (1 - beta1) * g;
    var = beta2 * var + (1 - beta2) * (g - mean)^2 + epsilon;
    weight -= eta * lr * mean / (sqrt(var) + epsilon).

    `rescale_grad` and `clip_gradient` are adamw_update's.
    """
    return _internal["_adabelief_update"](
        weight, grad, mean, var, _factor(rescale_grad, mean), out=out, lr=lr, eta=eta,
        beta1=beta1, beta2=beta2, epsilon=epsilon, wd=wd, clip_gradient=clip_gradient)


def mp_adabelief_update(weight, grad, mean, var, weight32, rescale_grad, lr, eta, out=None,
                        name=None, **options):
    """adabelief_update of `weight32`, a float32 copy of a weight of half precision, which gets its
    values."""
    return _internal["_mp_adabelief_update"](
        weight, grad, mean, var, weight32, _factor(rescale_grad, mean), out=out, lr=lr,
        eta=eta, **options)


def multi_adabelief_update(weights, grads, mean, var, rescale_grad, lrs, wds, etas, out=None,
                           name=None, size=0, **options):
    """adabelief_update of each weight of a list, with the rates and decays of three lists."""
    return _several("_multi_adabelief_update", (weights, grads, mean, var), rescale_grad,
                    (lrs, wds, etas), out, size, options)


def multi_mp_adabelief_update(weights, grads, mean, var, weights32, rescale_grad, lrs, wds, etas,
                              out=None, name=None, size=0, **options):
    """mp_adabelief_update of each weight of a list, with the rates and decays of three lists."""
    return _several("_multi_mp_adabelief_update", (weights, grads, mean, var, weights32),
                    rescale_grad, (lrs, wds, etas), out, size, options)


def _several(name, lists, rescale_grad, numbers, out, size, options):
    arrays = [array for each in zip(*lists) for array in each]
    lrs, wds, etas = (tuple(row) for row in numbers)
    result = _internal[name](*arrays, _factor(rescale_grad, lists[2][0]), out=out, lrs=lrs,
                             wds=wds, etas=etas, num_weights=size or len(lists[0]), **options)
    return result if isinstance(result, list) else [result]


def _factor(value, like):
    if isinstance(value, NDArray):
        return value.as_in_context(like.context)
    dtype = numpy.float64 if like.dtype == numpy.float64 else numpy.float32
    return full((1,), float(value), ctx=like.context, dtype=dtype)
