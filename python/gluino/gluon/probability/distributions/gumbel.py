"""Gumbel's distribution."""
import math

from numpy import euler_gamma

from .... import numpy as np
from .constraint import Positive, Real
from .location_scale import LocationScale

__all__ = ['Gumbel']


class Gumbel(LocationScale):
    """Gumbel's distribution of maxima: cdf exp(-exp(-(x - loc) / scale))."""

    support = Real()
    arg_constraints = {'loc': Real(), 'scale': Positive()}
    _mean, _variance = euler_gamma, math.pi ** 2 / 6
    _entropy = 1 + euler_gamma

    def __init__(self, loc, scale=1, validate_args=None):
        super().__init__(loc, scale, validate_args)

    def _noise(self, size, ctx):
        return np.random.gumbel(size=size, ctx=ctx)

    def _log_density(self, z):
        return -z - np.exp(-z)

    def _below(self, z):
        return np.exp(-np.exp(-z))

    def _place(self, chance):
        return -np.log(-np.log(chance))
