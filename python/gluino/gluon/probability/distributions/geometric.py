"""The geometric distribution."""
from .... import numpy as np
from .constraint import Interval, NonNegativeInteger, Real
from .distribution import Distribution
from .utils import ProbOrLogit

__all__ = ['Geometric']


class Geometric(ProbOrLogit, Distribution):
    """How often nothing comes of it before the first success, of which the chance is `prob`."""

    support = NonNegativeInteger()
    arg_constraints = {'prob': Interval(0, 1), 'logit': Real()}

    def __init__(self, prob=None, logit=None, validate_args=None):
        self._give(prob, logit)
        super().__init__(0, validate_args)

    def _log_prob(self, value):
        return self._log_chance(1, value)

    def _draw(self, shape):
        waiting = np.random.exponential(size=shape, ctx=self._ctx())
        return np.floor(waiting / -np.log1p(-self.prob))

    @property
    def mean(self):
        """The mean."""
        return (1 - self.prob) / self.prob

    @property
    def variance(self):
        """The variance."""
        return (1 - self.prob) / self.prob ** 2

    def entropy(self):
        """The mean of -log_prob, in nats."""
        return -self._log_chance(1, self.mean)
