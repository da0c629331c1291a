"""The exponential distribution."""
from .... import numpy as np
from .constraint import NonNegative, Positive
from .exp_family import ExponentialFamily
from .location_scale import LocationScale

__all__ = ['Exponential']


class Exponential(LocationScale, ExponentialFamily):
    """The exponential distribution with the mean `scale`: density exp(-x / scale) / scale."""

    support = NonNegative()
    arg_constraints = {'scale': Positive()}
    _mean = _variance = _entropy = 1.0

    def __init__(self, scale=1.0, validate_args=None):
        super().__init__(0.0, scale, validate_args)

    @property
    def rate(self):
        """1 / scale."""
        return 1 / self.scale

    def _noise(self, size, ctx):
        return np.random.exponential(size=size, ctx=ctx)

    def _log_density(self, z):
        return -z

    def _below(self, z):
        return -np.expm1(-np.maximum(z, 0))

    def _place(self, chance):
        return -np.log1p(-chance)
