"""Optimizers whose steps are operators of the library."""
import numpy

from .. import _core
from ..ndarray import zeros
from .base import Optimizer, as_lists
from .steps import bound, number


def takes_lists(method):
    """Marks an `update` that takes many weights at once, whatever `aggregate_num` says."""
    method.takes_lists = True
    return method


def zeros_like(weight):
    """Zeros of the form of a weight, at its place."""
    return zeros(weight.shape, weight.context, dtype=weight.dtype)


class FusedOptimizer(Optimizer):
    """What derives from it says by which operator a weight is updated; many are in one call.

    The operator reads and changes the arrays that create_state made, in their order.
    """

    # Whether rows that a row_sparse gradient does not store stay as they are.
    lazy_update = False
    _bound = staticmethod(bound)

    def _operator(self):
        """The name of the update operator, and its options beside rates and clipping."""
        raise NotImplementedError

    def _step_rates(self, indices, weights, grads):
        """The rates as the operator takes them, after the updates were counted."""
        return self._rates(indices)

    def _rates(self, indices):
        # A user may have overridden the way to one rate, or that to several.
        if type(self)._get_lr is Optimizer._get_lr:
            return self._get_lrs(indices)
        return [self._get_lr(i) for i in indices]

    def _decays(self, indices):
        if type(self)._get_wd is Optimizer._get_wd:
            return self._get_wds(indices)
        return [self._get_wd(i) for i in indices]

    @takes_lists
    def update(self, index, weight, grad, state):
        """Changes a weight and its state by one step; or those of several, as lists."""
        indices, weights, grads, states = as_lists(index, weight, grad, state)
        self._update_count(indices)
        lrs = self._step_rates(indices, weights, grads)
        wds = self._decays(indices)
        name, options = self._operator()
        options['rescale_grad'] = number('rescale_grad', self.rescale_grad)
        options['clip_gradient'] = number('clip_gradient', self._bound(self))
        lrs = [number('learning rate', each) for each in lrs]
        wds = [number('wd', each) for each in wds]
        getattr(_core.updates, name)(weights, grads, states, lrs, wds, self.lazy_update,
                                     options)

    @takes_lists
    def update_multi_precision(self, index, weight, grad, state):
        """update, of the float32 copies where there are such, from which the weights follow."""
        indices, weights, grads, states = as_lists(index, weight, grad, state)
        masters = []
        if self.multi_precision:
            for i, each in enumerate(weights):
                if self._is_master_kept(each):
                    states[i], weights[i] = self._state_and_master(states[i])
                    grads[i] = grads[i].astype(numpy.float32)
                    masters.append((each, weights[i]))
        if isinstance(index, (list, tuple)):
            self.update(indices, weights, grads, states)
        else:
            self.update(index, weights[0], grads[0], states[0])
        for each, master in masters:
            each[:] = master

    @staticmethod
    def _state_and_master(state):
        """The two parts of what create_state_multi_precision made."""
        return state[1], state[0]


class MomentumOptimizer(FusedOptimizer):
    """With a momentum there is an array of it per weight; without, nothing."""

    def __init__(self, momentum=0.0, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum

    def create_state(self, index, weight):
        """The momentum, zeros; None if there is none."""
        return zeros_like(weight) if self.momentum != 0.0 else None


class MasterLast(FusedOptimizer):
    """Keeps the float32 copy of a weight behind its state, where others have it before."""

    def create_state_multi_precision(self, index, weight):
        """create_state, before a float32 copy of the weight where that is what gets updated."""
        if self._is_master_kept(weight):
            master = weight.astype(numpy.float32)
            return self.create_state(index, master), master
        self._warn_of_half(weight)
        return self.create_state(index, weight)

    @staticmethod
    def _state_and_master(state):
        return state
