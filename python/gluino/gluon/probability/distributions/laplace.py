"""Laplace's distribution."""
import math

from .... import numpy as np
from .constraint import Positive, Real
from .location_scale import LocationScale

__all__ = ['Laplace']


class Laplace(LocationScale):
    """Laplace's distribution: density exp(-|x - loc| / scale) / (2 scale)."""

    support = Real()
    arg_constraints = {'loc': Real(), 'scale': Positive()}
    _mean, _variance = 0.0, 2.0
    _entropy = 1 + math.log(2)

    def __init__(self, loc=0.0, scale=1.0, validate_args=None):
        super().__init__(loc, scale, validate_args)

    def _noise(self, size, ctx):
        return np.random.laplace(size=size, ctx=ctx)

    def _log_density(self, z):
        return -abs(z) - math.log(2)

    def _below(self, z):
        return (1 - np.sign(z) * np.expm1(-abs(z))) / 2

    def _place(self, chance):
        middle = chance - 0.5
        return -np.sign(middle) * np.log1p(-2 * abs(middle))
