"""One of several outcomes, as a vector."""
from .... import numpy_extension as npx
from .categorical import Categorical
from .constraint import Real, Simplex
from .distribution import Distribution
from .utils import ProbsOrLogits

__all__ = ['OneHotCategorical']


class OneHotCategorical(ProbsOrLogits, Distribution):
    """Vectors with a 1 at the place of the outcome that a Categorical gives, and 0 elsewhere."""

    has_enumerate_support = True
    arg_constraints = {'prob': Simplex(), 'logit': Real()}
    _others = ('num_events',)

    def __init__(self, num_events, prob=None, logit=None, validate_args=None):
        self._categorical = Categorical(num_events, prob, logit)
        self.num_events = num_events
        self._give(prob, logit)
        super().__init__(1, validate_args)

    def _log_prob(self, value):
        return self._log_chances(value)

    def _draw(self, shape):
        return npx.one_hot(self._categorical.sample(shape), self.num_events)

    @property
    def mean(self):
        """The chances."""
        return self.prob

    @property
    def variance(self):
        """The variance of each element."""
        return self.prob * (1 - self.prob)

    def entropy(self):
        """The mean of -log_prob, in nats."""
        return self._categorical.entropy()

    def enumerate_support(self):
        """The vectors of the outcomes, along a new first axis."""
        return npx.one_hot(self._categorical.enumerate_support(), self.num_events)
