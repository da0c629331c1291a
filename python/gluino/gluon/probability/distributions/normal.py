"""The normal distribution."""
import math

from .... import numpy as np
from .constraint import Positive, Real
from .exp_family import ExponentialFamily
from .location_scale import LocationScale
from .utils import _erf, _erfinv

__all__ = ['Normal']

_LOG_2_PI = math.log(2 * math.pi)


class Normal(LocationScale, ExponentialFamily):
    """Gauss's distribution with the mean `loc` and the standard deviation `scale`."""

    support = Real()
    arg_constraints = {'loc': Real(), 'scale': Positive()}
    _mean, _variance = 0.0, 1.0
    _entropy = (1 + _LOG_2_PI) / 2

    def __init__(self, loc=0.0, scale=1.0, validate_args=None):
        super().__init__(loc, scale, validate_args)

    def _noise(self, size, ctx):
        return np.random.normal(size=size, ctx=ctx)

    def _log_density(self, z):
        return -(z ** 2 + _LOG_2_PI) / 2

    def _below(self, z):
        return (1 + _erf(z / math.sqrt(2))) / 2

    def _place(self, chance):
        return math.sqrt(2) * _erfinv(2 * chance - 1)
