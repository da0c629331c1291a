"""What a key-value store runs for a module of gradients that vary less, as in MXNet.

SVRGModule here keeps the mean gradients itself and needs none of it; programs that have a store of
their own update with it find them by name: ``mx.optimizer.create("_SVRGOptimizer", ...)``.
"""
import inspect

from ...optimizer import Optimizer, create, register

_BASE = frozenset(inspect.signature(Optimizer.__init__).parameters) - {"self"}


@register
class _AssignmentOptimizer(Optimizer):
    """Puts into a weight what stands in its gradient."""

    def update(self, index, weight, grad, state):
        """Makes the weight what the gradient is; there is no state."""
        weight[:] = grad


@register
class _SVRGOptimizer(Optimizer):
    """Keeps what has "full" in its name by assignment, and trains the rest.

    Parameters
    ----------
    default_optimizer : str or Optimizer
        What trains: an optimizer, or the name of one, which is made with the options that follow.
    """

    def __init__(self, default_optimizer, **kwargs):
        super().__init__(**self._check_params(**kwargs))
        self.default_opt = (create(default_optimizer, **kwargs)
                            if isinstance(default_optimizer, str) else default_optimizer)
        self.aux_opt = create(_AssignmentOptimizer.__name__)

    @staticmethod
    def _check_params(**kwargs):
        """Those of the options that every optimizer has."""
        return {name: value for name, value in kwargs.items() if name in _BASE}

    def _check_index(self, index):
        """The weight's name, for it or its number; KeyError for a number that has none."""
        return index if index in self.idx2name.values() else self.idx2name[index]

    def _optimizer_of(self, index):
        return self.aux_opt if "full" in self._check_index(index) else self.default_opt

    def create_state(self, index, weight):
        """See Optimizer.create_state."""
        return self._optimizer_of(index).create_state(index, weight)

    def update(self, index, weight, grad, state):
        """See Optimizer.update."""
        self._optimizer_of(index).update(index, weight, grad, state)
