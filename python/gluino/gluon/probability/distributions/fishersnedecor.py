"""Fisher's and Snedecor's distribution."""
import math

from .... import numpy as np
from .constraint import NonNegative, Positive
from .distribution import Distribution
from .utils import betaln, choose, times_log

__all__ = ['FisherSnedecor']


class FisherSnedecor(Distribution):
    """The ratio of two sums of squares of standard normal numbers, `df1` and `df2` of them, each
    over its count. The mean is NaN up to df2 = 2, the variance up to df2 = 4."""

    support = NonNegative()
    arg_constraints = {'df1': Positive(), 'df2': Positive()}

    def __init__(self, df1, df2, validate_args=None):
        self.df1, self.df2 = df1, df2
        super().__init__(0, validate_args)

    def _log_prob(self, value):
        a, b = self.df1 / 2, self.df2 / 2
        ratio = self.df1 / self.df2
        return (a * np.log(ratio) + times_log(a - 1, value) - (a + b) * np.log1p(ratio * value)
                - betaln(a, b))

    def _draw(self, shape):
        return np.random.f(self.df1, self.df2, size=shape, ctx=self._ctx())

    @property
    def mean(self):
        """The mean."""
        return choose(self.df2 > 2, lambda: self.df2 / (self.df2 - 2), lambda: math.nan)

    @property
    def variance(self):
        """The variance."""
        a, b = self.df1, self.df2
        return choose(b > 4, lambda: 2 * b ** 2 * (a + b - 2) / (a * (b - 2) ** 2 * (b - 4)),
                      lambda: math.nan + 0 * a)
