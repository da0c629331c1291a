"""Poisson's distribution."""
from ....numpy._call import call
from .constraint import NonNegativeInteger, Positive
from .exp_family import ExponentialFamily
from .utils import _gammaln, broadcast, times_log

__all__ = ['Poisson']


class Poisson(ExponentialFamily):
    """How often something comes that comes `rate` times on the average."""

    support = NonNegativeInteger()
    arg_constraints = {'rate': Positive()}

    def __init__(self, rate=1.0, validate_args=None):
        self.rate = rate
        super().__init__(0, validate_args)

    def _log_prob(self, value):
        return times_log(value, self.rate) - self.rate - _gammaln(value + 1)

    def _draw(self, shape):
        return drawn(self.rate, shape)

    @property
    def mean(self):
        """The mean."""
        return self.rate

    @property
    def variance(self):
        """The variance: the mean."""
        return self.rate


def drawn(rate, shape):
    """A draw of each of the rates, broadcast to a shape."""
    return call('_sample_poisson', broadcast(rate, shape), shape=())
