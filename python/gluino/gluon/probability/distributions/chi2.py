"""The chi-squared distribution."""
from .constraint import Positive
from .gamma import Gamma

__all__ = ['Chi2']


class Chi2(Gamma):
    """Sums of squares of `df` standard normal numbers: Gamma(df / 2, 2)."""

    arg_constraints = {'df': Positive()}

    def __init__(self, df, validate_args=None):
        self.df = df
        super().__init__(df / 2, 2.0, validate_args)
