"""Pareto's distribution."""
import math

from .... import numpy as np
from ..transformation.transformation import AffineTransform, ExpTransform
from .constraint import GreaterThanEq, Positive
from .exponential import Exponential
from .transformed_distribution import TransformedDistribution
from .utils import choose, is_array

__all__ = ['Pareto']


class Pareto(TransformedDistribution):
    """Pareto's distribution from `scale` on: cdf 1 - (scale / x)**alpha. The mean is infinite up to
    alpha = 1, the variance up to alpha = 2."""

    arg_constraints = {'alpha': Positive(), 'scale': Positive()}

    def __init__(self, alpha, scale=1.0, validate_args=None):
        self.alpha, self.scale = alpha, scale
        super().__init__(Exponential(1 / alpha + 0 * scale),
                         [ExpTransform(), AffineTransform(0.0, scale)], validate_args)

    @property
    def support(self):
        """From the scale on."""
        return GreaterThanEq(self.scale)

    def _infinite(self):
        """What stands beside a moment: as a product with the scale its slope there would be NaN."""
        return math.inf if is_array(self.alpha) else math.inf * self.scale

    @property
    def mean(self):
        """The mean."""
        return choose(self.alpha > 1, lambda: self.alpha * self.scale / (self.alpha - 1),
                      lambda: self._infinite())

    @property
    def variance(self):
        """The variance."""
        alpha, scale = self.alpha, self.scale
        return choose(alpha > 2,
                      lambda: alpha * scale ** 2 / ((alpha - 1) ** 2 * (alpha - 2)),
                      lambda: self._infinite())

    def entropy(self):
        """The mean of -log_prob, in nats."""
        return np.log(self.scale / self.alpha) + 1 + 1 / self.alpha
