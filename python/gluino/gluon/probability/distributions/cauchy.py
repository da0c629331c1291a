"""Cauchy's distribution."""
import math

from .... import numpy as np
from .constraint import Positive, Real
from .location_scale import LocationScale

__all__ = ['Cauchy']


class Cauchy(LocationScale):
    """Cauchy's distribution: density 1 / (pi scale (1 + ((x - loc) / scale)**2)). It has neither
    mean nor variance: NaN."""

    support = Real()
    arg_constraints = {'loc': Real(), 'scale': Positive()}
    _mean = _variance = float('nan')
    _entropy = math.log(4 * math.pi)

    def __init__(self, loc=0.0, scale=1.0, validate_args=None):
        super().__init__(loc, scale, validate_args)

    def _noise(self, size, ctx):
        return self._place(np.random.uniform(size=size, ctx=ctx))

    def _log_density(self, z):
        return -math.log(math.pi) - np.log1p(z ** 2)

    def _below(self, z):
        return np.arctan(z) / math.pi + 0.5

    def _place(self, chance):
        return np.tan(math.pi * (chance - 0.5))
