"""Adam and its kin: steps by running means of gradients and of their squares."""
import math

from ..ndarray import contrib, ftml_update, sqrt
from .base import Optimizer, register
from .fused import FusedOptimizer, zeros_like
from .steps import bound, bound_of_any, clipped, legacy, legacy_arrays, moved_means

__all__ = ["AdaBelief", "Adam", "AdamW", "Adamax", "Nadam", "FTML"]


def _two_means(weight):
    return zeros_like(weight), zeros_like(weight)


@register
class Adam(FusedOptimizer):
    """Kingma and Ba, 2015.

    With h = clip(rescale_grad * grad + wd * weight): mean = beta1 * mean + (1 - beta1) * h;
    var = beta2 * var + (1 - beta2) * h^2;
    weight -= lr * sqrt(1 - beta2^t) / (1 - beta1^t) * mean / (sqrt(var) + epsilon), where t counts
    the weight's updates.

    Parameters
    ----------
    lazy_update : whether rows that a row_sparse gradient does not store stay as they are.
    """

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8,
                 lazy_update=True, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lazy_update = lazy_update

    def create_state(self, index, weight):
        """The mean and the variance, zeros."""
        return _two_means(weight)

    def _operator(self):
        return 'adam_update', {'beta1': self.beta1, 'beta2': self.beta2, 'epsilon': self.epsilon}

    def _step_rates(self, indices, weights, grads):
        counts = self._index_update_count
        return [lr * (math.sqrt(1. - self.beta2 ** counts[i]) / (1. - self.beta1 ** counts[i]))
                for i, lr in zip(indices, self._rates(indices))]


class _AdamOfOneCall(Optimizer):
    """What derives from it updates a weight by one call of an operator with a mean, a variance and
    a factor of the gradients."""

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-6,
                 correct_bias=True, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.correct_bias = correct_bias

    def create_state(self, index, weight):
        """The mean and the variance, zeros."""
        return _two_means(weight)

    def update(self, index, weight, grad, state):
        """Changes a weight and its state by one step."""
        self._update_count(index)
        lr, wd = self._get_lr(index), self._get_wd(index)
        rate = lr
        if self.correct_bias:
            t = self._index_update_count[index]
            rate *= math.sqrt(1. - self.beta2 ** t) / (1. - self.beta1 ** t)
        weight = legacy(weight)
        self._step(weight, legacy(grad), *legacy_arrays(state), self.rescale_grad, out=weight,
                   lr=rate, eta=1., wd=self._decay(lr, wd), beta1=self.beta1, beta2=self.beta2,
                   epsilon=self.epsilon, clip_gradient=bound(self))

    def _decay(self, lr, wd):
        return wd

    @staticmethod
    def _step(*arrays, **options):
        raise NotImplementedError


@register
class AdamW(_AdamOfOneCall):
    """Adam whose weight decay is no part of the gradient (Loshchilov and Hutter, 2019):
    weight -= lr * correction * mean / (sqrt(var) + epsilon) + lr * wd * weight.

    Parameters
    ----------
    correct_bias : whether the first steps are corrected as Adam's are.
    """

    _step = staticmethod(contrib.adamw_update)

    def _decay(self, lr, wd):
        return lr * wd


@register
class AdaBelief(_AdamOfOneCall):
    """Adam whose variance is of what the mean did not foresee (Zhuang et al., 2020).

    With h = clip(rescale_grad * grad + wd * weight): mean = beta1 * mean + (1 - beta1) * h;
    var = beta2 * var + (1 - beta2) * (h - mean)^2 + epsilon;
    weight -= lr * correction * mean / (sqrt(var) + epsilon).

    Parameters
    ----------
    correct_bias : whether the first steps are corrected as Adam's are.
    """

    _step = staticmethod(contrib.adabelief_update)


@register
class Adamax(FusedOptimizer):
    """Kingma and Ba, 2015, section 7: the largest magnitude takes the place of the variance.

    With h = clip(rescale_grad * grad + wd * weight): mean = beta1 * mean + (1 - beta1) * h;
    most = max(beta2 * most, |h|); weight -= lr / (1 - beta1^t) * mean / most.

    With MXNet 2's `epsilon` as there: h = clip(rescale_grad * grad) + wd * weight, and the divisor
    is most + epsilon.
    """

    epsilon = None
    _bound = staticmethod(bound_of_any)

    def __init__(self, learning_rate=0.002, beta1=0.9, beta2=0.999, *, epsilon=None, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.epsilon = epsilon
        self.beta1 = beta1
        self.beta2 = beta2

    def create_state(self, index, weight):
        """The mean and the largest magnitude, zeros."""
        return _two_means(weight)

    def _operator(self):
        return 'adamax_update', {'beta1': self.beta1, 'beta2': self.beta2,
                                 'epsilon': -1. if self.epsilon is None else self.epsilon}

    def _step_rates(self, indices, weights, grads):
        counts = self._index_update_count
        return [lr / (1. - self.beta1 ** counts[i])
                for i, lr in zip(indices, self._rates(indices))]


@register
class Nadam(Optimizer):
    """Adam with Nesterov's momentum, which grows as training goes on (Dozat, 2016).

    Parameters
    ----------
    schedule_decay : how fast the momentum comes near to beta1.
    """

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8,
                 schedule_decay=0.004, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.schedule_decay = schedule_decay
        self.m_schedule = 1.  # the product of all momentums so far

    def create_state(self, index, weight):
        """The mean and the variance, zeros."""
        return _two_means(weight)

    def _momentum(self, t):
        return self.beta1 * (1. - 0.5 * 0.96 ** (t * self.schedule_decay))

    def update(self, index, weight, grad, state):
        """Changes a weight and its state by one step."""
        self._update_count(index)
        lr, wd = self._get_lr(index), self._get_wd(index)
        t = self._index_update_count[index]
        weight, grad = legacy(weight), legacy(grad)
        grad = clipped(self, grad, wd * weight)
        mean, var = moved_means(self, grad, state)
        momentum, next_momentum = self._momentum(t), self._momentum(t + 1)
        self.m_schedule *= momentum
        now = grad / (1. - self.m_schedule)
        ahead = mean / (1. - self.m_schedule * next_momentum)
        spread = var / (1. - self.beta2 ** t)
        weight[:] -= (lr * ((1. - momentum) * now + next_momentum * ahead) /
                      (sqrt(spread) + self.epsilon))


@register
class FTML(Optimizer):
    """Follow the moving leader (Zheng and Kwok, 2017).

    With h = clip(rescale_grad * grad + wd * weight): v = beta2 * v + (1 - beta2) * h^2;
    d' = (1 - beta1^t) / lr * (sqrt(v / (1 - beta2^t)) + epsilon);
    z = beta1 * z + (1 - beta1) * h - (d' - beta1 * d) * weight; weight = -z / d'; d = d'.
    """

    def __init__(self, beta1=0.6, beta2=0.999, epsilon=1e-8, **kwargs):
        super().__init__(**kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon

    def create_state(self, index, weight):
        """d, v and z, zeros."""
        return zeros_like(weight), zeros_like(weight), zeros_like(weight)

    def update(self, index, weight, grad, state):
        """Changes a weight and its state by one step."""
        self._update_count(index)
        lr, wd = self._get_lr(index), self._get_wd(index)
        t = self._index_update_count[index]
        weight = legacy(weight)
        ftml_update(weight, legacy(grad), *legacy_arrays(state), out=weight, lr=lr, wd=wd, t=t,
                    beta1=self.beta1, beta2=self.beta2, epsilon=self.epsilon,
                    rescale_grad=self.rescale_grad, clip_grad=bound(self))
