"""Optimizers whose steps shrink with the squares of the gradients seen."""
from .base import register
from .fused import FusedOptimizer, zeros_like
from .steps import bound_of_any

__all__ = ["AdaGrad", "AdaDelta", "RMSProp", "Ftrl"]


@register
class AdaGrad(FusedOptimizer):
    """Duchi et al., 2011.

    With h = clip(rescale_grad * grad): history += h^2;
    weight -= lr * (h / sqrt(history + eps) + wd * weight).

    With MXNet 2's `epsilon` as there: h = clip(rescale_grad * grad) + wd * weight;
    weight -= lr * h / (sqrt(history) + epsilon).
    """

    lazy_update = True
    epsilon = None
    _bound = staticmethod(bound_of_any)

    def __init__(self, eps=1e-7, *, epsilon=None, **kwargs):
        super().__init__(**kwargs)
        self.float_stable_eps = eps
        self.epsilon = epsilon

    def create_state(self, index, weight):
        """The sum of squares, zeros."""
        return zeros_like(weight)

    def _operator(self):
        return 'adagrad_update', {'epsilon': self.float_stable_eps,
                                  'beside_root': -1. if self.epsilon is None else self.epsilon}


@register
class AdaDelta(FusedOptimizer):
    """Zeiler, 2012: the step follows from the means of squares of gradients and of steps, and has
    no rate.

    With h = clip(rescale_grad * grad): acc_g = rho * acc_g + (1 - rho) * h^2;
    delta = sqrt(acc_delta + epsilon) / sqrt(acc_g + epsilon) * h;
    acc_delta = rho * acc_delta + (1 - rho) * delta^2; weight -= delta + wd * weight.
    """

    _bound = staticmethod(bound_of_any)

    def __init__(self, rho=0.90, epsilon=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.rho = rho
        self.epsilon = epsilon

    def create_state(self, index, weight):
        """acc_g and acc_delta, zeros."""
        return zeros_like(weight), zeros_like(weight)

    def _operator(self):
        return 'adadelta_update', {'rho': self.rho, 'epsilon': self.epsilon}


@register
class RMSProp(FusedOptimizer):
    """Tieleman and Hinton, 2012; centered as in Graves, 2013.

    With h = clip(rescale_grad * grad + wd * weight): n = gamma1 * n + (1 - gamma1) * h^2;
    weight -= lr * h / sqrt(n + epsilon). Centered: g = gamma1 * g + (1 - gamma1) * h;
    delta = gamma2 * delta - lr * h / sqrt(n - g^2 + epsilon); weight += delta.

    Parameters
    ----------
    clip_weights : bounds each weight to [-c, c].
    rho, momentum : MXNet 2's names of gamma1 and gamma2.
    """

    def __init__(self, learning_rate=0.001, gamma1=0.9, gamma2=0.9, epsilon=1e-8, centered=False,
                 clip_weights=None, *, rho=None, momentum=None, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.gamma1 = gamma1 if rho is None else rho
        self.gamma2 = gamma2 if momentum is None else momentum
        self.centered = centered
        self.epsilon = epsilon
        self.clip_weights = clip_weights

    def create_state(self, index, weight):
        """(n,) or, centered, (n, g, delta): zeros."""
        return tuple(zeros_like(weight) for _ in range(3 if self.centered else 1))

    def _operator(self):
        options = {'gamma1': self.gamma1, 'epsilon': self.epsilon,
                   'clip_weights': self.clip_weights if self.clip_weights else -1.0}
        if not self.centered:
            return 'rmsprop_update', options
        return 'rmspropalex_update', {**options, 'gamma2': self.gamma2}


@register
class Ftrl(FusedOptimizer):
    """Follow the regularised leader (McMahan et al., 2013), which leaves weights at 0 where |z| is
    not above lamda1.

    With h = clip(rescale_grad * grad): z += h - (sqrt(n + h^2) - sqrt(n)) / lr * weight; n += h^2;
    weight = (sign(z) * lamda1 - z) / ((beta + sqrt(n)) / lr + wd) where |z| > lamda1, else 0.
    """

    lazy_update = True

    def __init__(self, lamda1=0.01, learning_rate=0.1, beta=1, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.lamda1 = lamda1
        self.beta = beta

    def create_state(self, index, weight):
        """z and n, zeros."""
        return zeros_like(weight), zeros_like(weight)

    def _operator(self):
        return 'ftrl_update', {'lamda1': self.lamda1, 'beta': self.beta}
