"""How often each of several outcomes comes."""
from .... import numpy_extension as npx
from .categorical import Categorical
from .constraint import IntegerInterval, Real, Simplex
from .distribution import Distribution
from .utils import ProbsOrLogits, _gammaln

__all__ = ['Multinomial']


class Multinomial(ProbsOrLogits, Distribution):
    """Vectors of how often each outcome comes in `total_count` draws of a Categorical."""

    arg_constraints = {'prob': Simplex(), 'logit': Real()}
    _others = ('num_events', 'total_count')

    def __init__(self, num_events, prob=None, logit=None, total_count=1, validate_args=None):
        self._categorical = Categorical(num_events, prob, logit)
        self.num_events, self.total_count = num_events, int(total_count)
        self._give(prob, logit)
        super().__init__(1, validate_args)

    @property
    def support(self):
        """What each element may be: from 0 to total_count."""
        return IntegerInterval(0, self.total_count)

    def _log_prob(self, value):
        ways = _gammaln(value.sum(-1) + 1) - _gammaln(value + 1).sum(-1)
        return ways + self._log_chances(value)

    def _draw(self, shape):
        draws = self._categorical.sample((self.total_count,) + shape)
        return npx.one_hot(draws, self.num_events).sum(0)

    @property
    def mean(self):
        """The means."""
        return self.total_count * self.prob

    @property
    def variance(self):
        """The variance of each element."""
        return self.total_count * self.prob * (1 - self.prob)
