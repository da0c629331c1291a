"""The half-Cauchy distribution."""
import math

from ..transformation.transformation import AbsTransform
from .cauchy import Cauchy
from .constraint import NonNegative, Positive
from .transformed_distribution import Folded

__all__ = ['HalfCauchy']


class HalfCauchy(Folded):
    """|x| of Cauchy's x around 0 with the scale given. Mean and variance are infinite."""

    support = NonNegative()
    arg_constraints = {'scale': Positive()}

    def __init__(self, scale=1.0, validate_args=None):
        self.scale = scale
        super().__init__(Cauchy(0.0, scale), AbsTransform(), validate_args)

    @property
    def mean(self):
        """Infinite."""
        return self.scale * math.inf

    variance = mean
