"""The binomial distribution."""
from .... import numpy as np
from .constraint import Interval, IntegerInterval, NonNegativeInteger, Real
from .distribution import Distribution
from .utils import ProbOrLogit, _gammaln

__all__ = ['Binomial']


class Binomial(ProbOrLogit, Distribution):
    """The number of successes in `n` attempts, a number, each with the chance `prob`."""

    arg_constraints = {'prob': Interval(0, 1), 'logit': Real()}
    _others = ('n',)

    def __init__(self, n=1, prob=None, logit=None, validate_args=None):
        NonNegativeInteger().check(n)
        self.n = int(n)
        self._give(prob, logit)
        super().__init__(0, validate_args)

    @property
    def support(self):
        """From 0 to n."""
        return IntegerInterval(0, self.n)

    def _log_prob(self, value):
        inside = np.clip(value, 0, self.n)
        ways = _gammaln(self.n + 1) - _gammaln(inside + 1) - _gammaln(self.n - inside + 1)
        return ways + self._log_chance(inside, self.n - inside)

    def _draw(self, shape):
        each = np.random.uniform(size=(self.n,) + shape, ctx=self._ctx())
        return (each < self.prob).astype('float32').sum(0)

    @property
    def mean(self):
        """The mean."""
        return self.n * self.prob

    @property
    def variance(self):
        """The variance."""
        return self.n * self.prob * (1 - self.prob)
