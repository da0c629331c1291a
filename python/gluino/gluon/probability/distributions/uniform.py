"""The uniform distribution."""
from .... import numpy as np
from .constraint import Interval, Real
from .distribution import Distribution

__all__ = ['Uniform']


class Uniform(Distribution):
    """Numbers from `low` to `high`, all alike."""

    has_grad = True
    arg_constraints = {'low': Real(), 'high': Real()}

    def __init__(self, low=0.0, high=1.0, validate_args=None):
        self.low, self.high = low, high
        super().__init__(0, validate_args)

    @property
    def support(self):
        """From low to high."""
        return Interval(self.low, self.high)

    def _log_prob(self, value):
        return 0 * value - np.log(self.high - self.low)

    def _draw(self, shape):
        unit = np.random.uniform(size=shape, ctx=self._ctx())
        return self.low + (self.high - self.low) * unit

    def cdf(self, value):
        """The chance of at most `value`."""
        return np.clip((value - self.low) / (self.high - self.low), 0, 1)

    def icdf(self, value):
        """What comes out smaller or equal with the chance `value`."""
        return self.low + (self.high - self.low) * value

    @property
    def mean(self):
        """The middle."""
        return (self.low + self.high) / 2

    @property
    def variance(self):
        """The variance."""
        return (self.high - self.low) ** 2 / 12

    def entropy(self):
        """The mean of -log_prob, in nats."""
        return np.log(self.high - self.low)
