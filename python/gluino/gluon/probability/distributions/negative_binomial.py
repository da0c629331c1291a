"""The negative binomial distribution."""
from .... import numpy as np
from .constraint import GreaterThanEq, Interval, NonNegativeInteger, Real
from .distribution import Distribution
from .poisson import drawn
from .utils import ProbOrLogit, _gammaln

__all__ = ['NegativeBinomial']


class NegativeBinomial(ProbOrLogit, Distribution):
    """The number of successes, each with the chance `prob`, before `n` failures.

    Mean, variance and draws are MXNet's; its log_prob counts failures before n successes.
    """

    support = NonNegativeInteger()
    arg_constraints = {'n': GreaterThanEq(0), 'prob': Interval(0, 1), 'logit': Real()}

    def __init__(self, n, prob=None, logit=None, validate_args=None):
        self.n = n
        self._give(prob, logit)
        super().__init__(0, validate_args)

    def _log_prob(self, value):
        ways = _gammaln(value + self.n) - _gammaln(value + 1) - _gammaln(self.n)
        return ways + self._log_chance(value, self.n)

    def _draw(self, shape):
        odds = self.prob / (1 - self.prob)
        return drawn(odds * np.random.gamma(self.n, 1.0, size=shape, ctx=self._ctx()), shape)

    @property
    def mean(self):
        """The mean."""
        return self.n * self.prob / (1 - self.prob)

    @property
    def variance(self):
        """The variance."""
        return self.n * self.prob / (1 - self.prob) ** 2
