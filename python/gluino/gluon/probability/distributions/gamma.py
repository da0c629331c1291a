"""The gamma distribution."""
from .... import numpy as np
from .constraint import NonNegative, Positive
from .exp_family import ExponentialFamily
from .utils import _digamma, _gammaln, times_log

__all__ = ['Gamma']


class Gamma(ExponentialFamily):
    """The gamma distribution with the mean shape * scale. Gradients of draws go to the scale, none
    to the shape."""

    support = NonNegative()
    arg_constraints = {'shape': Positive(), 'scale': Positive()}

    def __init__(self, shape, scale=1.0, validate_args=None):
        self.shape, self.scale = shape, scale
        super().__init__(0, validate_args)

    def _log_prob(self, value):
        return (times_log(self.shape - 1, value) - value / self.scale - _gammaln(self.shape)
                - self.shape * np.log(self.scale))

    def _draw(self, shape):
        return self.scale * np.random.gamma(self.shape, 1.0, size=shape, ctx=self._ctx())

    @property
    def mean(self):
        """The mean."""
        return self.shape * self.scale

    @property
    def variance(self):
        """The variance."""
        return self.shape * self.scale ** 2

    def entropy(self):
        """The mean of -log_prob, in nats."""
        return (self.shape + np.log(self.scale) + _gammaln(self.shape)
                + (1 - self.shape) * _digamma(self.shape))
