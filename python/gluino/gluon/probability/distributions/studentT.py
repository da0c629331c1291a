"""Student's distribution."""
import math

from .... import numpy as np
from .constraint import Positive, Real
from .location_scale import LocationScale
from .utils import _digamma, _gammaln, betaln, choose

__all__ = ['StudentT']


class StudentT(LocationScale):
    """Student's distribution with `df` degrees of freedom, around `loc`. The mean is NaN up to
    df = 1; the variance is infinite up to df = 2, and NaN up to df = 1."""

    has_grad = False
    support = Real()
    arg_constraints = {'df': Positive(), 'loc': Real(), 'scale': Positive()}

    def __init__(self, df, loc=0.0, scale=1.0, validate_args=None):
        self.df = df
        super().__init__(loc, scale, validate_args)

    def _noise(self, size, ctx):
        spread = np.random.gamma(self.df / 2, 2 / self.df, size=size, ctx=ctx)
        return np.random.normal(size=size, ctx=ctx) / np.sqrt(spread)

    def _log_density(self, z):
        half = self.df / 2
        return (_gammaln(half + 0.5) - _gammaln(half) - np.log(math.pi * self.df) / 2
                - (half + 0.5) * np.log1p(z ** 2 / self.df))

    @property
    def _mean(self):
        return choose(self.df > 1, lambda: 0.0 * self.df, lambda: math.nan)

    @property
    def _variance(self):
        df = self.df
        return choose(df > 2, lambda: df / (df - 2), lambda: choose(
            df > 1, lambda: math.inf, lambda: math.nan))

    @property
    def _entropy(self):
        half = self.df / 2
        return ((half + 0.5) * (_digamma(half + 0.5) - _digamma(half)) + np.log(self.df) / 2
                + betaln(half, 0.5 + 0 * half))

    def cdf(self, value):
        """NotImplementedError: it has no closed form."""
        raise NotImplementedError('StudentT has no cdf')

    def icdf(self, value):
        """NotImplementedError: it has no closed form."""
        raise NotImplementedError('StudentT has no icdf')
