"""The Bernoulli distribution."""
from .... import numpy_extension as npx
from .constraint import Boolean, Interval, Real
from .exp_family import ExponentialFamily
from .utils import ProbOrLogit

__all__ = ['Bernoulli']


class Bernoulli(ProbOrLogit, ExponentialFamily):
    """1 with a chance that `prob` says, or `logit`; else 0."""

    support = Boolean()
    arg_constraints = {'prob': Interval(0, 1), 'logit': Real()}

    def __init__(self, prob=None, logit=None, validate_args=None):
        self._give(prob, logit)
        super().__init__(0, validate_args)

    def _log_prob(self, value):
        return self._log_chance(value, 1 - value)

    def _draw(self, shape):
        return npx.random.bernoulli(**self._parameters(), size=shape, ctx=self._ctx())

    @property
    def mean(self):
        """The mean."""
        return self.prob

    @property
    def variance(self):
        """The variance."""
        return self.prob * (1 - self.prob)

    def entropy(self):
        """The mean of -log_prob, in nats."""
        return -self._log_chance(self.prob, 1 - self.prob)
