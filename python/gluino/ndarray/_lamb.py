"""Steps of LAMB and LANS of several weights, as functions of mx.nd.contrib."""
from .register import operators_of

_internal = operators_of("_internal")


def multi_lamb_update(weights, grads, mean, var, step_count, lrs, wds, out=None, num_tensors=0,
                      **kwargs):
    """A step of LAMB (You et al., 2020) of each weight of a list, with its number, from 1 on, its
    rate and its decay from three lists. The weights change where they are `out`. The options are
    those of the operator `_multi_lamb_update`."""
    return _several("_multi_lamb_update", (weights, grads, mean, var), (step_count, lrs, wds), out,
                    num_tensors, kwargs)


def multi_mp_lamb_update(weights, grads, mean, var, weights32, step_count, lrs, wds, out=None,
                         num_tensors=0, **kwargs):
    """The same of `weights32`, float32 copies of weights of half precision, which get their
    values."""
    return _several("_multi_mp_lamb_update", (weights, grads, mean, var, weights32),
                    (step_count, lrs, wds), out, num_tensors, kwargs)


def multi_lans_update(weights, grads, mean, var, step_count, lrs, wds, out=None, num_tensors=0,
                      **kwargs):
    """A step of LANS (Zheng et al., 2020) of each weight of a list, as multi_lamb_update is of
    LAMB. The options are those of the operator `_multi_lans_update`."""
    return _several("_multi_lans_update", (weights, grads, mean, var), (step_count, lrs, wds), out,
                    num_tensors, kwargs)


def multi_mp_lans_update(weights, grads, mean, var, weights32, step_count, lrs, wds, out=None,
                         num_tensors=0, **kwargs):
    """The same of `weights32`, float32 copies of weights of half precision, which get their
    values."""
    return _several("_multi_mp_lans_update", (weights, grads, mean, var, weights32),
                    (step_count, lrs, wds), out, num_tensors, kwargs)


def _several(name, lists, numbers, out, num_tensors, options):
    arrays = [array for each in zip(*lists) for array in each]
    step_count, lrs, wds = (tuple(row) for row in numbers)
    result = _internal[name](*arrays, out=out, num_tensors=num_tensors or len(lists[0]),
                             step_count=step_count, learning_rates=lrs, wds=wds, **options)
    return result if isinstance(result, list) else [result]
