"""The beta distribution."""
from .... import numpy as np
from .constraint import Positive, UnitInterval
from .exp_family import ExponentialFamily
from .utils import _digamma, betaln, times_log

__all__ = ['Beta']


class Beta(ExponentialFamily):
    """The beta distribution in [0, 1]: density x**(alpha - 1) (1 - x)**(beta - 1) / B."""

    support = UnitInterval()
    arg_constraints = {'alpha': Positive(), 'beta': Positive()}

    def __init__(self, alpha, beta, validate_args=None):
        self.alpha, self.beta = alpha, beta
        super().__init__(0, validate_args)

    def _log_prob(self, value):
        return (times_log(self.alpha - 1, value) + times_log(self.beta - 1, 1 - value)
                - betaln(self.alpha, self.beta))

    def _draw(self, shape):
        return np.random.beta(self.alpha, self.beta, size=shape, ctx=self._ctx())

    @property
    def mean(self):
        """The mean."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def variance(self):
        """The variance."""
        total = self.alpha + self.beta
        return self.alpha * self.beta / (total ** 2 * (total + 1))

    def entropy(self):
        """The mean of -log_prob, in nats."""
        a, b = self.alpha, self.beta
        return (betaln(a, b) - (a - 1) * _digamma(a) - (b - 1) * _digamma(b)
                + (a + b - 2) * _digamma(a + b))
