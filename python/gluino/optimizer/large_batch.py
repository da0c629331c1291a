"""Optimizers for training with large batches."""
import math

import numpy

from ..ndarray import (lamb_update_phase1, lamb_update_phase2, norm, sgd_mom_update,
                       sgd_update)
from ..ndarray.contrib import multi_lans_update
from .base import Optimizer, as_lists, register
from .fused import MasterLast, MomentumOptimizer, takes_lists, zeros_like
from .sgd import aggregation_size
from .steps import bound, legacy, legacy_arrays

__all__ = ["LAMB", "LANS", "LARS", "LBSGD"]


def _norm_of(array):
    return norm(array.astype('float32') if array.dtype == numpy.float16 else array)


def _norm(array):
    return float(_norm_of(array).asscalar())


class _SizedSteps(Optimizer):
    """What derives from it makes steps as long as the weight is, of each weight by itself."""

    _aggregation = staticmethod(aggregation_size)

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-6,
                 lower_bound=None, upper_bound=None, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound

    def create_state(self, index, weight):
        """The mean and the variance, zeros."""
        return zeros_like(weight), zeros_like(weight)

    @takes_lists
    def update(self, index, weight, grad, state):
        """Changes a weight and its state by one step; or those of several, as lists."""
        for i, each, gradient, own in zip(*as_lists(index, weight, grad, state)):
            self._update_count(i)
            self._step(i, legacy(each), legacy(gradient), *legacy_arrays(own))

    @takes_lists
    def update_multi_precision(self, index, weight, grad, state):
        """update, of the float32 copies where there are such, from which the weights follow."""
        for each in zip(*as_lists(index, weight, grad, state)):
            super().update_multi_precision(*each)

    def _step(self, index, weight, grad, mean, var):
        raise NotImplementedError

    def _means(self):
        return {'beta1': self.beta1, 'beta2': self.beta2, 'epsilon': self.epsilon,
                'rescale_grad': self.rescale_grad, 'clip_gradient': bound(self)}

    def _bounds(self):
        lower, upper = (-1. if each is None else each
                        for each in (self.lower_bound, self.upper_bound))
        return {'lower_bound': lower, 'upper_bound': upper}


@register
class LAMB(_SizedSteps):
    """Adam's step, made as long as the weight is (You et al., 2020).

    mean and var as in Adam; step = mean / (sqrt(var) + epsilon) + wd * weight;
    weight -= lr * |weight| / |step| * step.

    Parameters
    ----------
    lower_bound, upper_bound : bounds of |weight| in this.
    bias_correction : whether mean and var are corrected in the first steps.
    """

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-6,
                 lower_bound=None, upper_bound=None, bias_correction=True, **kwargs):
        super().__init__(learning_rate, beta1, beta2, epsilon, lower_bound, upper_bound, **kwargs)
        self.bias_correction = bias_correction

    def _step(self, index, weight, grad, mean, var):
        step = lamb_update_phase1(
            weight, grad, mean, var, t=self._index_update_count[index], wd=self._get_wd(index),
            bias_correction=self.bias_correction, **self._means())
        lamb_update_phase2(weight, step, _norm_of(weight), _norm_of(step), out=weight,
                           lr=self._get_lr(index), **self._bounds())


@register
class LANS(_SizedSteps):
    """LAMB of gradients of size 1, with a part of the step along the gradient (Zheng et al., 2020).

    With h = clip(g / |g|), g = rescale_grad * grad: mean and var as in Adam, of h; root =
    sqrt(var) + epsilon; s1 = mean / root + wd * weight, s2 = h / root + wd * weight;
    weight -= lr * |weight| * (beta1 * s1 / |s1| + (1 - beta1) * s2 / |s2|).

    Parameters
    ----------
    lower_bound, upper_bound : bounds of |weight| in this.
    """

    def _step(self, index, weight, grad, mean, var):
        multi_lans_update([weight], [grad], [mean], [var], [self._index_update_count[index]],
                          [self._get_lr(index)], [self._get_wd(index)], out=[weight],
                          **self._means(), **self._bounds())


@register
class LARS(MasterLast, MomentumOptimizer):
    """SGD whose rate follows each weight's size (You et al., 2017):
    eta * |weight| / (|rescale_grad * grad| + wd * |weight| + eps) is a factor of it.

    Weights whose names end in gamma, beta or bias have the plain rate.

    Parameters
    ----------
    momentum_correction : whether the momentum is scaled when the rate changes.
    epsilon : MXNet 2's name of eps.
    """

    _decaying_names = ('_weight',)
    _aggregation = staticmethod(aggregation_size)

    def __init__(self, momentum=0.0, lazy_update=True, eta=0.001, eps=0,
                 momentum_correction=True, *, epsilon=None, **kwargs):
        super().__init__(momentum=momentum, **kwargs)
        self.momentum_correction = momentum_correction
        self.lazy_update = lazy_update
        self.eta = eta
        self.eps = eps if epsilon is None else epsilon
        self.skip = 0
        self.last_lr = None
        self.cur_lr = None

    def _get_lrs(self, indices):
        base = self.learning_rate
        if self.cur_lr is not None:
            self.last_lr = self.cur_lr
        if self.last_lr is None:
            self.last_lr = base
        self.cur_lr = base
        return super()._get_lrs(indices)

    def _operator(self):
        if self.momentum == 0.0:
            return 'sgd_update', {}
        correction = self.cur_lr / self.last_lr if (self.momentum_correction and
                                                    self.last_lr) else 1.
        return 'sgd_mom_update', {'momentum': self.momentum * correction}

    def _factor(self, index, weight, grad, wd):
        name = self.idx2name.get(index, str(index))
        if name.endswith(('gamma', 'beta', 'bias')):
            return 1.
        of_weight = _norm(legacy(weight))
        of_grad = _norm(legacy(grad) * self.rescale_grad)
        if of_weight > 0 and of_grad > 0:
            return self.eta * of_weight / (of_grad + wd * of_weight + self.eps)
        return 1.

    def _step_rates(self, indices, weights, grads):
        return [lr * self._factor(*each) for lr, *each in
                zip(self._rates(indices), indices, weights, grads, self._decays(indices))]


@register
class LBSGD(Optimizer):
    """SGD with momentum for batches that are made of several: gradients are added up over
    `batch_scale` calls, and the rate rises to `batch_scale` times itself over the warm-up.

    Parameters
    ----------
    warmup_strategy : how the rate rises: "linear", "power2", "sqrt"; or "lars", by the sizes of
        weight and gradient instead, at all times.
    warmup_epochs, updates_per_epoch, begin_epoch : how long it rises, and where training begins.
    num_epochs : of the training; kept for programs that read it.
    """

    def __init__(self, momentum=0.0, multi_precision=False, warmup_strategy='linear',
                 warmup_epochs=5, batch_scale=1, updates_per_epoch=32, begin_epoch=0,
                 num_epochs=60, **kwargs):
        super().__init__(multi_precision=multi_precision, **kwargs)
        self.momentum = momentum
        self.warmup_strategy = warmup_strategy
        self.warmup_epochs = warmup_epochs
        self.batch_scale = batch_scale
        self.updates_per_epoch = updates_per_epoch
        self.init_updates = begin_epoch * updates_per_epoch
        self.num_epochs = num_epochs
        self.lbmult = 1
        self.cumgrads = {}
        self.adaptive = False
        self.admult = 1

    def create_state(self, index, weight):
        """The momentum, zeros; None if there is none."""
        return zeros_like(weight) if self.momentum != 0.0 else None

    def _warmed_up(self, num_update):
        """What the rate is multiplied by at an update."""
        rising = self.warmup_epochs * self.updates_per_epoch
        most = float(self.batch_scale)
        if num_update >= rising:
            return most
        if rising <= 1:
            return 1.
        done = num_update / rising
        shapes = {'linear': done, 'power2': done * done, 'sqrt': math.sqrt(done)}
        return 1. + (most - 1) * shapes.get(self.warmup_strategy, 0.)

    def _by_sizes(self, weight, grad, wd):
        of_weight, of_grad = _norm(weight) ** 2, _norm(grad) ** 2
        factor = math.sqrt(of_weight / (of_grad + wd * of_weight + 1e-18))
        return min(max(factor, 0.01), 100.)

    def _whole_gradient(self, index, grad):
        """The mean of the gradients since the last step; None while some are still to come."""
        if self.batch_scale == 1:
            return grad
        so_far = self.cumgrads.get(index, {'cum_grad': 0, 'num_cums': 0})
        count = so_far['num_cums'] + 1
        total = grad.copy() if isinstance(so_far['cum_grad'], int) else so_far['cum_grad'] + grad
        complete = count % self.batch_scale == 0
        self.cumgrads[index] = {'cum_grad': 0 if complete else total, 'num_cums': count}
        return total / self.batch_scale if complete else None

    def update(self, index, weight, grad, state):
        """Changes a weight and its state by one step, when its gradient is complete."""
        self._update_count(index)
        lr, wd = self._get_lr(index), self._get_wd(index)
        weight, grad = legacy(weight), self._whole_gradient(index, legacy(grad))
        if grad is None:
            return
        if self.warmup_strategy == 'lars':
            lr *= self._by_sizes(weight, grad, wd)
        else:
            lr *= self._warmed_up(self.num_update + self.init_updates)
        options = {'lr': lr, 'wd': wd, 'rescale_grad': self.rescale_grad,
                   'clip_gradient': bound(self)}
        if state is None:
            sgd_update(weight, grad, out=weight, **options)
        else:
            sgd_mom_update(weight, grad, legacy(state), out=weight, momentum=self.momentum,
                           **options)
