"""Stochastic gradient descent and its kin."""
import math
import os

from ..random import normal
from .base import Optimizer, register
from .fused import MasterLast, MomentumOptimizer, zeros_like
from .steps import clipped, legacy, legacy_arrays

__all__ = ["SGD", "ccSGD", "NAG", "Signum", "SGLD", "DCASGD", "Test"]


def aggregation_size():
    """How many weights are given to `update` at once, unless the environment says otherwise."""
    return int(os.environ.get('MXNET_OPTIMIZER_AGGREGATION_SIZE', '4'))


@register
class SGD(MasterLast, MomentumOptimizer):
    """mom = momentum * mom - lr * (clip(rescale_grad * grad) + wd * weight); weight += mom.

    Parameters
    ----------
    momentum : how much of the last step stays; 0 keeps no state.
    lazy_update : whether rows that a row_sparse gradient does not store stay as they are.
    """

    _aggregation = staticmethod(aggregation_size)

    def __init__(self, momentum=0.0, lazy_update=True, **kwargs):
        super().__init__(momentum=momentum, **kwargs)
        self.lazy_update = lazy_update

    def _operator(self):
        if self.momentum == 0.0:
            return 'sgd_update', {}
        return 'sgd_mom_update', {'momentum': self.momentum}


@register
class ccSGD(SGD):  # pylint: disable=invalid-name
    """SGD under an old name."""

    def __init__(self, *args, **kwargs):  # pylint: disable=useless-parent-delegation
        super().__init__(*args, **kwargs)


@register
class NAG(MasterLast, MomentumOptimizer):
    """Nesterov's accelerated gradient: the gradient is taken where the momentum leads to.

    With h = clip(rescale_grad * grad) + wd * weight:
    weight += momentum * (momentum * mom - lr * h) - lr * h; then mom = momentum * mom - lr * h,
    with the h of the new weight, as MXNet has it.
    """

    def _operator(self):
        if self.momentum == 0.0:
            return 'sgd_update', {}
        return 'nag_mom_update', {'momentum': self.momentum}

    @property
    def lazy_update(self):
        """Without momentum the step is SGD's, by which rows without a gradient stay."""
        return self.momentum == 0.0


@register
class Signum(MomentumOptimizer):
    """Steps of one size, by the sign of the momentum (Bernstein et al., 2018).

    mom = momentum * mom - (1 - momentum) * (clip(rescale_grad * grad) + wd * weight);
    weight = (1 - lr * wd_lh) * weight + lr * sign(mom). Without momentum: by the gradient's sign, and
    both wd and wd_lh decay the weight itself.

    Parameters
    ----------
    wd_lh : decay of the weight itself, apart from the gradient.
    """

    def __init__(self, learning_rate=0.01, momentum=0.9, wd_lh=0.0, **kwargs):
        super().__init__(learning_rate=learning_rate, momentum=momentum, **kwargs)
        self.wd_lh = wd_lh

    def _operator(self):
        if self.momentum == 0.0:
            return 'signsgd_update', {}
        return 'signum_update', {'momentum': self.momentum, 'wd_lh': self.wd_lh}

    def _decays(self, indices):
        # Without momentum wd decays the weight itself, too.
        more = self.wd_lh if self.momentum == 0.0 else 0.0
        return [wd + more for wd in super()._decays(indices)]


@register
class SGLD(Optimizer):
    """Stochastic gradient Langevin dynamics (Welling and Teh, 2011): half a step against the
    gradient, and normally distributed noise of variance lr."""

    _draws = True

    def __init__(self, **kwargs):  # pylint: disable=useless-parent-delegation
        super().__init__(**kwargs)

    def update(self, index, weight, grad, state):
        """Changes a weight by one step."""
        self._update_count(index)
        lr, wd = self._get_lr(index), self._get_wd(index)
        weight, grad = legacy(weight), legacy(grad)
        noise = normal(0, math.sqrt(lr), shape=weight.shape, dtype=weight.dtype,
                       ctx=weight.context)
        weight[:] += -lr / 2 * (clipped(self, grad) + wd * weight) + noise


@register
class DCASGD(Optimizer):
    """Gradients that come late, corrected by how far the weight has gone since (Zheng et al.,
    2017): lamda * grad^2 * (weight - the weight before) is added to the gradient.

    Parameters
    ----------
    lamda : how strongly is corrected.
    """

    def __init__(self, momentum=0.0, lamda=0.04, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.weight_previous = {}
        self.lamda = lamda

    def create_state(self, index, weight):
        """The momentum, if any, and the weight of the step before."""
        return (zeros_like(weight) if self.momentum != 0.0 else None), weight.copy()

    def update(self, index, weight, grad, state):
        """Changes a weight and its state by one step."""
        self._update_count(index)
        lr, wd = self._get_lr(index), self._get_wd(index)
        weight, grad = legacy(weight), legacy(grad)
        mom, previous = legacy_arrays(state)
        grad = clipped(self, grad)
        step = -lr * (grad + wd * weight + self.lamda * grad * grad * (weight - previous))
        if mom is not None:
            mom[:] = self.momentum * mom + step
            step = mom
        previous[:] = weight
        weight[:] += step


@register
class Test(Optimizer):
    """weight += rescale_grad * grad, for tests of what calls optimizers."""

    __test__ = False  # not for pytest

    def __init__(self, **kwargs):  # pylint: disable=useless-parent-delegation
        super().__init__(**kwargs)

    def create_state(self, index, weight):
        """Zeros."""
        return zeros_like(weight)

    def update(self, index, weight, grad, state):
        """Adds the gradient, and copies the weight into the state."""
        weight[:] += grad * self.rescale_grad
        state[:] = weight
