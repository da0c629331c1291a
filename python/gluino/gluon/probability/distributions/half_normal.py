"""The half-normal distribution."""
import math

from ..transformation.transformation import AbsTransform
from .constraint import NonNegative, Positive
from .normal import Normal
from .transformed_distribution import Folded

__all__ = ['HalfNormal']


class HalfNormal(Folded):
    """|x| of normal x with the mean 0 and the standard deviation `scale`."""

    support = NonNegative()
    arg_constraints = {'scale': Positive()}
    loc = 0.0

    def __init__(self, scale=1.0, validate_args=None):
        self.scale = scale
        super().__init__(Normal(0.0, scale), AbsTransform(), validate_args)

    @property
    def mean(self):
        """The mean."""
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self):
        """The variance."""
        return self.scale ** 2 * (1 - 2 / math.pi)
