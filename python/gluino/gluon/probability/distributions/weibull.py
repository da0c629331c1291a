"""Weibull's distribution."""
from numpy import euler_gamma

from .... import numpy as np
from ..transformation.transformation import AffineTransform, PowerTransform
from .constraint import NonNegative, Positive
from .exponential import Exponential
from .transformed_distribution import TransformedDistribution
from .utils import _gammaln

__all__ = ['Weibull']


class Weibull(TransformedDistribution):
    """Weibull's distribution: cdf 1 - exp(-(x / scale)**concentration)."""

    support = NonNegative()
    arg_constraints = {'concentration': Positive(), 'scale': Positive()}

    def __init__(self, concentration, scale=1.0, validate_args=None):
        self.concentration, self.scale = concentration, scale
        super().__init__(Exponential(1 + 0 * (concentration * scale)),
                         [PowerTransform(1 / concentration), AffineTransform(0.0, scale)],
                         validate_args)

    @property
    def mean(self):
        """The mean."""
        return self.scale * np.exp(_gammaln(1 + 1 / self.concentration))

    @property
    def variance(self):
        """The variance."""
        return self.scale ** 2 * np.exp(_gammaln(1 + 2 / self.concentration)) - self.mean ** 2

    def entropy(self):
        """The mean of -log_prob, in nats."""
        return (euler_gamma * (1 - 1 / self.concentration) + 1
                + np.log(self.scale / self.concentration))
